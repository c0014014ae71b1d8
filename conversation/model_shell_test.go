package conversation_test

import (
	"encoding/json"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// renew continues as new: the state is encoded and decoded as JSON, and running syncs are asked to report their end.
func (w *world) renew() {
	data, err := json.Marshal(w.state)
	if err != nil {
		w.fail("json", "%v", err)
		return
	}
	waits := len(w.state.Messages.Turns) + len(w.state.Replies.Turns) + len(w.state.Held.Replies)
	if len(data) > 200_000+150*waits {
		w.fail("size", "%d bytes with %d started syncs that wait", len(data), waits)
	}
	next := new(conversation.State)
	if err := json.Unmarshal(data, next); err != nil {
		w.fail("json", "%v", err)
		return
	}
	w.twin, w.twins, w.state = w.state, 5, next
	w.run++
	w.say("continues as new, run %d", w.run)
	if w.lossy {
		w.loseGrants()
	}
	for _, id := range w.state.Running() {
		w.carryOut(conversation.Watch{WorkflowID: id})
	}
}

// loseGrants loses turns that were not delivered when the run closed.
func (w *world) loseGrants() {
	for i := range w.queue {
		m := &w.queue[i]
		if g, ok := m.order.(conversation.Grant); ok && m.kind == mailCommand &&
			(m.unit.st == awaiting || m.unit.st == held) {
			w.say("the turn of %s is lost", g.WorkflowID)
			m.order = nil
		}
	}
}

// loseState terminates the conversation: the next signal starts one that knows nothing.
func (w *world) loseState() {
	w.say("the conversation is terminated")
	w.lost, w.state, w.twin = true, newState(), nil
	w.run++
	w.tickAt, w.kept = 0, nil
	w.refLeft = ledger{}
	for _, u := range w.all {
		if u.taken && u.st == absent {
			u.excused = true // lost with the conversation
		}
	}
	clear(w.waiting)
}

// carryOut carries out the conversation's command. Commands to the same sync arrive in order.
func (w *world) carryOut(c conversation.Command) {
	var id string
	switch c := c.(type) {
	case conversation.StartOnboard:
		id = c.ID
		w.begins(w.unitOf(id), true)
	case conversation.StartTicket:
		id = c.ID
		w.begins(w.unitOf(id), !c.Ask.Wait)
	case conversation.StartRegister:
		id = c.ID
		w.begins(w.unitOf(id), !c.Wait)
	case conversation.StartReply:
		id = c.ID
		w.begins(w.unitOf(id), !c.Ask.Wait && !c.Ask.Hold)
		w.carries(w.unitOf(id), c.Ask.With)
	case conversation.Grant:
		id = c.WorkflowID
		w.begins(w.unitOf(id), c.Turn.Reply == nil || !c.Turn.Reply.Hold)
		if c.Turn.Reply != nil {
			w.carries(w.unitOf(id), c.Turn.Reply.With)
		}
	case conversation.Watch:
		id = c.WorkflowID
	case conversation.MarkStuck:
		id = c.WorkflowID
	case conversation.GiveUp:
		id = c.WorkflowID
		w.unitOf(id).givenUp = true
	case conversation.Uncarry:
		id = c.WorkflowID
	case conversation.CountSpent:
		w.counted++
		return
	case conversation.StartNote:
		if c.Number {
			w.number.noted++
		}
		return
	default:
		return
	}
	u := w.unitOf(id)
	u.orderAt = max(u.orderAt, w.now+w.delay(&u.dice))
	w.push(mail{at: u.orderAt, kind: mailCommand, unit: u, order: c, run: w.run})
}

// delay is how long a signal takes.
func (w *world) delay(d *dice) int64 {
	if w.calm {
		return 1
	}
	if d.oneIn(16) {
		return int64(1 + d.below(4*w.lag))
	}
	return int64(1 + d.below(w.lag))
}

// compareTwin checks that a state decoded from JSON behaves like the original.
func (w *world) compareTwin(now time.Time, events []conversation.Event, commands []conversation.Command) {
	if w.twin == nil {
		return
	}
	if expected := w.twin.Step(now, w.policy, events...); !sameCommands(expected, commands) {
		w.fail("json", "after continue-as-new %s brings %v, not %v", describe(events[0]), commands, expected)
	}
	if w.twins--; w.twins == 0 {
		w.twin = nil
	}
}

func activeOf(l *conversation.Lane) string {
	if l.Active == nil {
		return ""
	}
	return l.Active.WorkflowID
}
