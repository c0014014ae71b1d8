package main

import (
	"slices"
	"strings"
)

// messages expects every acknowledged message once in C4C, in the follower's order, and the file of each picture once.
func (v *verdict) messages(r *record, th thread) {
	times := map[string]int{}
	for _, id := range th.lines {
		times[id]++
	}
	var there []*message
	for _, m := range r.Messages {
		if m.Event {
			continue
		}
		n := times[m.ID]
		delete(times, m.ID)
		switch {
		case n > 1:
			v.doubled++
			v.fault("message %s of %s is in C4C %d times", m.ID, r.OpenID, n)
		case n == 0 && !m.Acked.IsZero():
			v.lost++
			v.fault("message %s of %s was acknowledged and is not in C4C", m.ID, r.OpenID)
		}
		if n > 0 {
			there = append(there, m)
			v.picture(r, m, th)
		}
	}
	for id := range times {
		v.strange++
		v.fault("message %s of %s was written by nobody", id, r.OpenID)
	}
	v.order(r, there, th.lines)
}

func (v *verdict) picture(r *record, m *message, th thread) {
	if !m.Picture {
		return
	}
	n := 0
	for _, name := range th.files {
		if strings.HasPrefix(name, "image-"+m.ID+"-") {
			n++
		}
	}
	switch {
	case n > 1:
		v.doubled++
		v.fault("the picture of message %s of %s is attached %d times", m.ID, r.OpenID, n)
	case n == 0:
		v.lost++
		v.fault("the picture of message %s of %s is not attached", m.ID, r.OpenID)
	}
}

// order expects the messages in the order written. A message that comes after a later one is out of order if it was
// acknowledged before the later one was first posted: the connector then knew their order. It is only late if both were
// in flight together.
func (v *verdict) order(r *record, written []*message, lines []string) {
	for i, m := range written {
		at := slices.Index(lines, m.ID)
		behind := func(known bool) bool {
			return slices.ContainsFunc(written[i+1:], func(later *message) bool {
				knewBoth := !m.Acked.IsZero() && m.Acked.Before(later.Sent)
				return slices.Index(lines, later.ID) < at && knewBoth == known
			})
		}
		switch {
		case behind(true):
			v.misplaced++
			v.fault("message %s of %s comes after a later one", m.ID, r.OpenID)
		case behind(false):
			v.late++
		}
	}
}

// replies expects every reply that C4C has once on the phone, in the order written, or a state or a note that explains
// why not. If C4C itself did not confirm the reply, it may be on the phone or not.
func (v *verdict) replies(r *record, phone []string, states map[string]execution, th thread) {
	times := map[string]int{}
	for _, text := range phone {
		times[text]++
	}
	var there []*reply
	for _, p := range r.Replies {
		n := times[p.Text]
		delete(times, p.Text)
		switch {
		case n > 1:
			v.doubled++
			v.fault("%q is %d times on the phone", p.Text, n)
		case n == 1:
			there = append(there, p)
		case p.SMA == "":
		case named(states["reply/default/"+p.SMA]) || named(states["route/default/"+p.SMA]) || noted(th.notes, p.Text):
			v.waiting++
		default:
			v.lost++
			v.fault("%q, which is %s, is not on the phone, and nothing says so", p.Text, p.SMA)
		}
	}
	for text := range times {
		v.strange++
		v.fault("%q on the phone of %s was written by nobody", text, r.OpenID)
	}
	v.orderOfReplies(there, phone, states)
}

// orderOfReplies expects the replies whose outcome was never in doubt in order.
func (v *verdict) orderOfReplies(written []*reply, phone []string, states map[string]execution) {
	for i, p := range written {
		if p.Acked.IsZero() || states["reply/default/"+p.SMA].Error == unknownOutcome {
			continue
		}
		at := slices.Index(phone, p.Text)
		if slices.ContainsFunc(written[i+1:], func(later *reply) bool {
			return slices.Index(phone, later.Text) < at && p.Acked.Before(later.Written)
		}) {
			v.misplaced++
			v.fault("%q comes after a later one on the phone", p.Text)
		}
	}
}

// unknownOutcome is the error of a send that may have arrived.
const unknownOutcome = "WeChatOutcomeUnknown"

// named reports whether an unfinished sync has a state that explains it: it waits for the follower or for a person, or
// was given up.
func named(e execution) bool {
	return e.State == "held" || e.State == "skipped" || e.State == "needs_attention" && e.Error != ""
}

func noted(notes []string, text string) bool {
	return slices.ContainsFunc(notes, func(note string) bool { return strings.Contains(note, text) })
}
