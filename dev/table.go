package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// printAddresses prints where everything is and what to do first.
func printAddresses(out io.Writer, s settings, took time.Duration) {
	a := s.addresses
	fmt.Fprintf(out, "\nThe development stack is up (%.1f s). Ctrl-C stops it.\n\n", took.Seconds())
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	for _, row := range [][3]string{
		{"phone", "http://" + a.WeChat + "/", "WeChat simulator: follow, write, read"},
		{"desk", "http://" + a.C4C + "/", "C4C simulator: the agent's tickets"},
		{"Temporal UI", "http://" + a.TemporalUI + "/", "every sync is a row"},
		{"api", "http://" + a.API + "/", "webhooks: /wechat, /c4c/wechat"},
		{"api, internal", "http://" + a.Internal + "/", "/livez, /readyz, /metrics, /codec"},
		{"Temporal", a.Temporal, "gRPC, namespace default"},
		{"state", s.state.Dir, "kept over restarts, -fresh forgets it"},
	} {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", row[0], row[1], row[2])
	}
	_ = table.Flush()
	fmt.Fprint(out, `
First steps
  1. Open the phone and press follow (关注): the welcome appears.
  2. Write "my brakes squeal": a ticket with that text appears at the desk.
  3. Answer it at the desk: the answer appears on the phone.
  4. Open Temporal UI: OnboardFollower, CreateTicket and DeliverReply are a row each.

`)
}
