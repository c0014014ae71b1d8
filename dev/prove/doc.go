// Package prove runs the connector as docker-compose.yml describes, without a container engine: the same programs as
// processes, each with the environment that the compose file gives its service; only addresses and folders are
// replaced. PostgreSQL is the machine's own. Temporal's server and schema tool are built from the version in the
// compose file. It contains only tests; README.md in the folder above explains how to run them.
package prove
