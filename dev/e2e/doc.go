// Package e2e plays the connector's stories on the development stack: a real Temporal server, the product's api and
// worker, both simulators, HTTP between them. It contains only tests.
//
// The tests share one Temporal server; each has its own namespace, simulators and ports, so all run in parallel. The
// server is the one that package devserver finds, compiled once if there is none. The browser test needs Chromium and
// is skipped without it; with SCREENSHOTS set to a folder it stores its pictures there.
package e2e
