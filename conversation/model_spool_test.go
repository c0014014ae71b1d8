package conversation_test

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// spools are those of two apis. While Temporal is unavailable, each keeps what it gets. When Temporal is back, each
// notices by itself and hands over in its own order.
type spools struct {
	until int64 // when Temporal is back, or was back; milliseconds since 1970
	kept  [2][]conversation.Event
	has   []*unit // events that have not reached the conversation
}

const (
	// spoolSkew is how much later than the other one a spool starts and finishes handing over, in milliseconds: less
	// than a lane waits.
	spoolSkew = 1500
	// spoolLate is how long after an outage apis mark what they hand over at once.
	spoolLate = 5000
)

func (w *world) away() bool { return w.now < w.spools.until }

// leaveTemporal makes Temporal unavailable for a while: nothing reaches the conversation, and its worker does
// nothing.
func (w *world) leaveTemporal(d *dice) {
	if w.calm || w.away() || len(w.spools.has) > 0 {
		return
	}
	w.spools.until = w.now + int64(200+d.below(1000))<<d.below(6)
	w.stalled = max(w.stalled, w.spools.until)
	w.say("Temporal is away for %v", time.Duration(w.spools.until-w.now)*time.Millisecond)
	w.push(mail{at: w.spools.until, kind: mailBack, timer: d.below(1 << 30)})
}

// keep puts an event into one of the spools.
func (w *world) keep(d *dice, e conversation.Event) {
	at := d.below(2)
	w.spools.kept[at] = append(w.spools.kept[at], marked(e))
	if u := w.brings(e); u != nil && !u.posted && !u.taken {
		w.spools.has = append(w.spools.has, u)
	}
	w.say("spool %d keeps %s", at, describe(e))
}

// drainSpools hands over both spools.
func (w *world) drainSpools(seed int) {
	d := dice(seed)
	for i, events := range w.spools.kept {
		at := w.now + 1
		if d.oneIn(2) {
			at += int64(d.below(spoolSkew))
		}
		for _, e := range events {
			w.push(mail{at: at, kind: mailEvent, event: e})
			at += int64(d.below(3))
		}
		w.spools.kept[i] = nil
	}
}

// late marks events handed over soon after Temporal is back.
func (w *world) late(e conversation.Event) conversation.Event {
	if w.spools.until > 0 && w.now < w.spools.until+spoolLate {
		return marked(e)
	}
	return e
}

func marked(e conversation.Event) conversation.Event {
	switch late := e.(type) {
	case conversation.Inbound:
		late.Late = true
		return late
	case conversation.Reply:
		late.Late = true
		return late
	}
	return e
}

// overtaken is an event still in a spool that belongs before what begins; nil: none. Replies found by the comparison
// come another way.
func (w *world) overtaken(u *unit) *unit {
	if r, ok := u.event.(conversation.Reply); ok && r.Missed || u.event == nil || w.lost {
		return nil
	}
	for _, o := range w.spools.has {
		if o != u && o.lane == u.lane && o.born < u.born && o.order.Compare(u.order) < 0 {
			return o
		}
	}
	return nil
}
