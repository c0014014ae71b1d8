// Command chaos runs the connector as a company would, every process apart and every role twice, lets followers and
// agents write, and meanwhile kills, stops, fills and misleads one of the processes. Then it compares what was
// acknowledged with what C4C, the phones and Temporal show.
//
// It plays WeChat and C4C towards the connector's webhooks itself, with signatures and encryption of its own: WeChat
// waits five seconds for an answer, posts twice more with a second between, and gives up; C4C posts a reply once.
// docs/chaos.md explains the cells and how to read the table.
package main
