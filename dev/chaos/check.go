package main

import (
	"fmt"
	"slices"
	"strings"
)

// seen is the final state of C4C, the phones, Temporal and the platform.
type seen struct {
	Tickets   []ticket
	Customers []string            // their ids
	Profiles  []profile           //
	Phones    map[string][]string // agents' texts by openid, in the order in which they arrived
	Workflows []execution
	Deaths    []string // processes that ended unasked, or did not end when asked
}

// ticket is a ticket in C4C.
type ticket struct {
	ID          string `json:"id"`
	CustomerID  string `json:"customer_id"`
	Thread      []line `json:"thread"`
	Attachments []struct {
		Name string `json:"name"`
	} `json:"attachments"`
	Notes []struct {
		Text string `json:"text"`
	} `json:"notes"`
}

// line is one line of a ticket's thread.
type line struct {
	ID        string `json:"id"`
	MessageID string `json:"message_id"` // wx:<account>:<openid>:<MsgId>; empty for an agent's
	Text      string `json:"text"`
	From      string `json:"from"`
}

// profile is a social media user profile.
type profile struct {
	OpenID     string `json:"openid"`
	CustomerID string `json:"customer_id"`
}

// execution is a workflow.
type execution struct{ ID, Type, Status, State, Error string }

// verdict is the result of the comparison. Every entry of faults is a broken promise.
type verdict struct {
	lost, doubled, misplaced, strange int
	// late counts messages that come after later ones because WeChat had to post them again.
	late int
	// waiting counts replies that are not on the phone and have a state or a note that explains it.
	waiting int
	faults  []string
}

func (v *verdict) sound() bool { return len(v.faults) == 0 }

func (v *verdict) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

// check compares what was acknowledged with what was delivered.
func check(l ledger, s seen) verdict {
	var v verdict
	v.faults = append(v.faults, s.Deaths...)
	known := map[string]*record{}
	for i := range l {
		known[l[i].OpenID] = &l[i]
	}
	threads := v.threads(known, s)
	states := v.workflows(s)
	v.people(known, s)
	for i := range l {
		v.messages(&l[i], threads[l[i].OpenID])
		v.replies(&l[i], s.Phones[l[i].OpenID], states, threads[l[i].OpenID])
	}
	return v
}

// thread is everything C4C has from one follower.
type thread struct {
	tickets []string
	lines   []string // MsgIds in the thread's order
	files   []string
	notes   []string
}

// threads groups C4C's tickets by follower. Each follower must have one ticket, and each ticket a follower.
func (v *verdict) threads(known map[string]*record, s seen) map[string]thread {
	all := map[string]thread{}
	for _, t := range s.Tickets {
		owner := ownerOf(t)
		if known[owner] == nil {
			v.strange++
			v.fault("ticket %s is of nobody known", t.ID)
			continue
		}
		th := all[owner]
		th.tickets = append(th.tickets, t.ID)
		for _, line := range t.Thread {
			if line.From == "follower" {
				th.lines = append(th.lines, line.MessageID[strings.LastIndexByte(line.MessageID, ':')+1:])
			}
		}
		for _, a := range t.Attachments {
			th.files = append(th.files, a.Name)
		}
		for _, n := range t.Notes {
			th.notes = append(th.notes, n.Text)
		}
		all[owner] = th
	}
	for openid, th := range all {
		if len(th.tickets) > 1 {
			v.strange++
			v.fault("%s has %d tickets: %s", openid, len(th.tickets), strings.Join(th.tickets, ", "))
		}
	}
	return all
}

// ownerOf returns the follower whose lines are in a ticket.
func ownerOf(t ticket) string {
	for _, line := range t.Thread {
		if part := strings.Split(line.MessageID, ":"); len(part) == 4 {
			return part[2]
		}
	}
	return ""
}

// people expects one profile for each follower and one customer for each profile.
func (v *verdict) people(known map[string]*record, s seen) {
	profiles, bound := map[string]int{}, map[string]string{}
	for _, p := range s.Profiles {
		profiles[p.OpenID]++
		switch other := bound[p.CustomerID]; {
		case known[p.OpenID] == nil:
			v.strange++
			v.fault("a profile of nobody known")
		case !slices.Contains(s.Customers, p.CustomerID):
			v.fault("the profile of %s has no customer", p.OpenID)
		case other != "":
			v.fault("%s and %s have the same customer", other, p.OpenID)
		default:
			bound[p.CustomerID] = p.OpenID
		}
	}
	for _, id := range s.Customers {
		if bound[id] == "" {
			v.strange++
			v.fault("customer %s has no profile", id)
		}
	}
	for openid, r := range known {
		acked := slices.ContainsFunc(r.Messages, func(m *message) bool { return !m.Acked.IsZero() })
		switch n := profiles[openid]; {
		case n > 1:
			v.doubled++
			v.fault("%s has %d profiles", openid, n)
		case n == 0 && acked:
			v.lost++
			v.fault("%s has no profile", openid)
		}
	}
}

// periodic are the scheduled syncs: one may be running at any time.
var periodic = []string{"MaintainToken", "ReconcileReplies"}

// fair reports whether a workflow is running or has ended as it should.
func fair(status string) bool {
	return status == "Running" || status == "Completed" || status == "ContinuedAsNew"
}

// workflows expects every workflow in a state of the runbook, and returns them by id. None may fail: a sync that WeChat
// or C4C refuses parks. In the end only replies of unknown outcome may be parked, because no cell breaks anything for
// good.
func (v *verdict) workflows(s seen) map[string]execution {
	byID := map[string]execution{}
	for _, e := range s.Workflows {
		byID[e.ID] = e
		switch {
		case !fair(e.Status):
			v.fault("workflow %s is %s", e.ID, e.Status)
		case e.Status != "Running":
		case e.State == "needs_attention" && e.Type == "DeliverReply" && e.Error == unknownOutcome:
		case e.State == "needs_attention":
			v.fault("workflow %s needs attention: %q", e.ID, e.Error)
		case moving(e.State) && !slices.Contains(periodic, e.Type):
			v.fault("workflow %s is still %s", e.ID, e.State)
		}
	}
	return byID
}

// moving reports whether a sync is under way.
func moving(state string) bool { return state == "syncing" || state == "waiting" || state == "stuck" }
