// Command chaos runs the connector as a company would, with separate processes and every role twice. While followers
// and agents write, it kills, stops, fills or misleads one of the processes. Then it compares what was acknowledged
// with what C4C, the phones and Temporal show.
//
// It calls the connector's webhooks itself as WeChat and C4C, with its own signatures and encryption: WeChat waits five
// seconds for an answer, posts twice more with a second between, and gives up; C4C posts a reply once.
// docs/chaos.md explains the cells and how to read the table.
package main
