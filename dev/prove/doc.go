// Package prove runs the connector as docker-compose.yml says, without a container engine: the same programs as
// processes, each with the environment that the compose file gives its service, with nothing but addresses and folders
// replaced. PostgreSQL is the machine's own; Temporal's server and schema tool are built from the version that the
// compose file names. It holds tests only; README.md of the folder above says how to run them and what they need.
package prove
