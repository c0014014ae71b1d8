package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// at is a time in a made-up cell.
func at(second float64) time.Time {
	return time.Unix(1_700_000_000, 0).Add(time.Duration(second * float64(time.Second)))
}

// world is a ledger and the matching state of the systems, for tests to spoil.
type world struct {
	l ledger
	s seen
}

func lineOf(openid, id string) line {
	return line{MessageID: "wx:default:" + openid + ":" + id, Text: "something", From: "follower"}
}

// sound is a world without faults: Ann wrote three messages, the second of them a picture, and got two replies; Bob
// wrote one.
func sound() *world {
	ann := record{OpenID: "ann"}
	for i := range 3 {
		start := float64(10 * i)
		ann.Messages = append(ann.Messages, &message{
			ID: fmt.Sprint("1", i), Picture: i == 1, Written: at(start), Sent: at(start), Acked: at(start + 1),
		})
	}
	for i := range 2 {
		start := float64(10 * i)
		ann.Replies = append(ann.Replies, &reply{
			SMA: fmt.Sprint("s", i), Text: fmt.Sprint("Answer ", i), Written: at(start), Acked: at(start + 1),
		})
	}
	bob := record{OpenID: "bob", Messages: []*message{
		{Event: true, Written: at(0), Sent: at(0), Acked: at(1)},
		{ID: "20", Written: at(1), Sent: at(1), Acked: at(2)},
	}}
	w := &world{l: ledger{ann, bob}}
	w.s = seen{
		Tickets: []ticket{
			{ID: "T1", Thread: []line{
				lineOf("ann", "10"), lineOf("ann", "11"), {From: "agent", Text: "Answer 0"}, lineOf("ann", "12"),
			}},
			{ID: "T2", Thread: []line{lineOf("bob", "20")}},
		},
		Customers: []string{"C1", "C2"},
		Profiles:  []profile{{"ann", "C1"}, {"bob", "C2"}},
		Phones:    map[string][]string{"ann": {"Answer 0", "Answer 1"}},
		Workflows: []execution{
			{ID: "conversation/default/a", Type: "Conversation", Status: "Running"},
			{ID: "ticket/default/a/10", Type: "CreateTicket", Status: "Completed", State: "synced"},
			{ID: "maintain-token/default-1", Type: "MaintainToken", Status: "Running", State: "syncing"},
		},
	}
	w.attach("image-11-1-0123456789abcdef.jpg")
	return w
}

func (w *world) attach(name string) {
	w.s.Tickets[0].Attachments = append(w.s.Tickets[0].Attachments, struct {
		Name string `json:"name"`
	}{name})
}

// reorder puts Ann's lines into another order.
func (w *world) reorder(ids ...string) {
	w.s.Tickets[0].Thread = nil
	for _, id := range ids {
		w.s.Tickets[0].Thread = append(w.s.Tickets[0].Thread, lineOf("ann", id))
	}
}

func running(workflowType, state, cause string) execution {
	return execution{ID: "x", Type: workflowType, Status: "Running", State: state, Error: cause}
}

func (w *world) workflow(e execution) { w.s.Workflows = append(w.s.Workflows, e) }

// counts are a verdict's numbers.
type counts struct{ lost, doubled, misplaced, strange, late, waiting int }

func (v verdict) counts() counts {
	return counts{v.lost, v.doubled, v.misplaced, v.strange, v.late, v.waiting}
}

func TestCheckNoticesMessages(t *testing.T) {
	t.Parallel()
	judge(t, []judged{
		{"all as it should be", func(*world) {}, counts{}, ""},
		{"one lost", func(w *world) { w.reorder("10", "11") }, counts{lost: 1},
			"message 12 of ann was acknowledged and is not in C4C"},
		{"one that nobody acknowledged, and that is not there", func(w *world) {
			w.reorder("10", "11")
			w.l[0].Messages[2].Acked = time.Time{}
		}, counts{}, ""},
		{"one that nobody acknowledged, and that is there", func(w *world) {
			w.l[0].Messages[2].Acked = time.Time{}
		}, counts{}, ""},
		{"one doubled", func(w *world) { w.reorder("10", "11", "12", "12") }, counts{doubled: 1},
			"message 12 of ann is in C4C 2 times"},
		{"one doubled that nobody acknowledged", func(w *world) {
			w.reorder("10", "11", "12", "12")
			w.l[0].Messages[2].Acked = time.Time{}
		}, counts{doubled: 1}, "is in C4C 2 times"},
		{"out of order", func(w *world) { w.reorder("10", "12", "11") }, counts{misplaced: 1},
			"message 11 of ann comes after a later one"},
		{"late: acknowledged only after the later one was posted", func(w *world) {
			w.reorder("10", "12", "11")
			w.l[0].Messages[1].Acked = at(25)
		}, counts{late: 1}, ""},
		{"late, and never acknowledged", func(w *world) {
			w.reorder("10", "12", "11")
			w.l[0].Messages[1].Acked = time.Time{}
		}, counts{late: 1}, ""},
		{"from nowhere", func(w *world) { w.reorder("10", "11", "12", "99") }, counts{strange: 1},
			"message 99 of ann was written by nobody"},
		{"a picture lost", func(w *world) { w.s.Tickets[0].Attachments = nil }, counts{lost: 1},
			"picture of message 11 of ann is not attached"},
		{"a picture doubled", func(w *world) { w.attach("image-11-1-fedcba9876543210.jpg") }, counts{doubled: 1},
			"is attached 2 times"},
	})
}

func TestCheckNoticesPeopleAndTickets(t *testing.T) {
	t.Parallel()
	judge(t, []judged{
		{"a second ticket", func(w *world) {
			w.reorder("10", "11")
			w.s.Tickets = append(w.s.Tickets, ticket{ID: "T3", Thread: []line{lineOf("ann", "12")}})
		}, counts{strange: 1}, "ann has 2 tickets: T1, T3"},
		{"a stray ticket", func(w *world) { w.s.Tickets = append(w.s.Tickets, ticket{ID: "T3"}) }, counts{strange: 1},
			"ticket T3 is of nobody known"},
		{"a second profile", func(w *world) {
			w.s.Customers = append(w.s.Customers, "C3")
			w.s.Profiles = append(w.s.Profiles, profile{"ann", "C3"})
		}, counts{doubled: 1}, "ann has 2 profiles"},
		{"no profile", func(w *world) {
			w.s.Profiles, w.s.Customers = w.s.Profiles[:1], w.s.Customers[:1]
		}, counts{lost: 1}, "bob has no profile"},
		{"somebody else's profile", func(w *world) {
			w.s.Profiles = append(w.s.Profiles, profile{"eve", "C2"})
		}, counts{strange: 1}, "of nobody known"},
		{"a second customer", func(w *world) { w.s.Customers = append(w.s.Customers, "C3") }, counts{strange: 1},
			"customer C3 has no profile"},
		{"a profile without a customer", func(w *world) {
			w.s.Profiles[1].CustomerID, w.s.Customers = "", w.s.Customers[:1]
		}, counts{}, "the profile of bob has no customer"},
		{"a customer of two", func(w *world) {
			w.s.Profiles[1].CustomerID, w.s.Customers = "C1", w.s.Customers[:1]
		}, counts{}, "ann and bob have the same customer"},
	})
}

func TestCheckNoticesReplies(t *testing.T) {
	t.Parallel()
	const first, second = "Answer 0", "Answer 1"
	phone := func(texts ...string) func(*world) { return func(w *world) { w.s.Phones["ann"] = texts } }
	held := running("DeliverReply", "held", "")
	held.ID = "reply/default/s1"
	unknown := running("DeliverReply", "needs_attention", unknownOutcome)
	unknown.ID = "reply/default/s0"
	judge(t, []judged{
		{"one lost", phone(first), counts{lost: 1}, `"Answer 1", which is s1, is not on the phone`},
		{"one lost whose push failed", func(w *world) {
			phone(first)(w)
			w.l[0].Replies[1].Acked = time.Time{}
		}, counts{lost: 1}, "is not on the phone"},
		{"one that C4C may not have", func(w *world) {
			phone(first)(w)
			w.l[0].Replies[1].SMA = ""
		}, counts{}, ""},
		{"one that C4C may not have, twice", func(w *world) {
			phone(first, second, second)(w)
			w.l[0].Replies[1].SMA = ""
		}, counts{doubled: 1}, "2 times on the phone"},
		{"one held", func(w *world) {
			phone(first)(w)
			w.workflow(held)
		}, counts{waiting: 1}, ""},
		{"one done and not there", func(w *world) {
			phone(first)(w)
			w.workflow(execution{ID: "reply/default/s1", Type: "DeliverReply", Status: "Completed", State: "synced"})
		}, counts{lost: 1}, "is not on the phone"},
		{"one that a note names", func(w *world) {
			phone(first)(w)
			w.s.Tickets[0].Notes = append(w.s.Tickets[0].Notes, struct {
				Text string `json:"text"`
			}{`The reply "Answer 1" has not arrived.`})
		}, counts{waiting: 1}, ""},
		{"one doubled", phone(first, second, second), counts{doubled: 1}, `"Answer 1" is 2 times on the phone`},
		{"out of order", phone(second, first), counts{misplaced: 1}, `"Answer 0" comes after a later one on the phone`},
		{"out of order, under way together", func(w *world) {
			phone(second, first)(w)
			w.l[0].Replies[1].Written = at(0.5)
		}, counts{}, ""},
		{"out of order, the first of unknown outcome", func(w *world) {
			phone(second, first)(w)
			w.workflow(unknown)
		}, counts{}, ""},
		{"unknown outcome, twice", func(w *world) {
			phone(first, first, second)(w)
			w.workflow(unknown)
		}, counts{doubled: 1}, "2 times on the phone"},
		{"somebody else's", phone(first, second, "Answer 7"), counts{strange: 1},
			`"Answer 7" on the phone of ann was written by nobody`},
	})
}

func TestCheckNoticesWorkflowsAndProcesses(t *testing.T) {
	t.Parallel()
	with := func(e execution) func(*world) { return func(w *world) { w.workflow(e) } }
	judge(t, []judged{
		{"failed", with(execution{ID: "x", Status: "Failed"}), counts{}, "workflow x is Failed"},
		{"timed out", with(execution{ID: "x", Status: "TimedOut"}), counts{}, "workflow x is TimedOut"},
		{"terminated", with(execution{ID: "x", Status: "Terminated"}), counts{}, "workflow x is Terminated"},
		{"still under way", with(running("CreateTicket", "stuck", "")), counts{}, "workflow x is still stuck"},
		{"parked for no reason", with(running("DeliverReply", "needs_attention", "")), counts{}, `needs attention: ""`},
		{"a message parked", with(running("CreateTicket", "needs_attention", "C4CFault")), counts{},
			`needs attention: "C4CFault"`},
		{"a reply of unknown outcome", with(running("DeliverReply", "needs_attention", unknownOutcome)), counts{}, ""},
		{"a process that ended", func(w *world) { w.s.Deaths = []string{"api-1 ended by itself"} }, counts{},
			"api-1 ended by itself"},
	})
}

// judged is a spoiled world and the fault expected of it; empty: none.
type judged struct {
	name  string
	spoil func(*world)
	want  counts
	fault string
}

func judge(t *testing.T, tests []judged) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := sound()
			test.spoil(w)
			got := check(w.l, w.s)
			require.Equal(t, test.want, got.counts(), got.faults)
			if test.fault == "" {
				require.Empty(t, got.faults)
				require.True(t, got.sound())
				return
			}
			require.Len(t, got.faults, 1)
			require.Contains(t, got.faults[0], test.fault)
			require.False(t, got.sound())
		})
	}
}
