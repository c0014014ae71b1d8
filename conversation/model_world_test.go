package conversation_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

const (
	account  = "main"
	follower = "f0"
	openID   = "o-follower"
	begin    = int64(1_700_000_000_000) // the model's first millisecond
)

// world is everything around one conversation: its shell, Temporal, the syncs, WeChat, C4C, follower, agents,
// operators.
type world struct {
	config
	state   *conversation.State
	twin    *conversation.State // the state before its JSON round trip, for some steps
	twins   int
	now     int64 // milliseconds since 1970
	queue   queue
	seq     int
	flying  int // mail in transit to the conversation or a sync
	run     int // of the conversation
	stalled int64
	inbox   []mail
	tickAt  int64
	steps   int

	units   map[string]*unit
	all     []*unit
	waiting map[conversation.LaneName][]*unit // taken and not begun
	running map[conversation.LaneName]*unit
	kept    []*unit // parked under a cause that hits everything, as far as the conversation knows
	sent    []conversation.Event
	had     [2]string // the active syncs before the step

	spools   spools
	outage   map[conversation.LaneName]bool
	wechat   wechat
	gone     bool
	left     bool // the follower was gone at some time
	lastMsg  int
	lastTime int64
	replies  int
	calm     bool // nothing fails any more
	lost     bool // the conversation was terminated: its knowledge is gone
	spent    int  // messages that were reported as sent
	counted  int  // messages that the ledger took
	refLeft  ledger

	refused bool // WeChat refused the last reply that tried
	number  number

	failure string
	log     *strings.Builder
}

func newWorld(seed uint64) *world {
	w := &world{
		config: newConfig(seed), now: begin, run: 1, units: map[string]*unit{}, lastTime: begin / 1000,
		waiting: map[conversation.LaneName][]*unit{}, running: map[conversation.LaneName]*unit{},
		outage: map[conversation.LaneName]bool{},
	}
	w.state = newState()
	return w
}

func newState() *conversation.State {
	return &conversation.State{Who: conversation.Identity{Account: account, OpenID: openID, FollowerKey: follower}}
}

// fail records the first failure. Its kind is the part before the colon.
func (w *world) fail(kind, format string, args ...any) {
	if w.failure == "" {
		w.failure = kind + ": " + fmt.Sprintf(format, args...)
	}
}

func (w *world) say(format string, args ...any) {
	if w.log != nil {
		at := time.Duration(w.now-begin) * time.Millisecond
		fmt.Fprintf(w.log, "%12v  ", at)
		fmt.Fprintf(w.log, format+"\n", args...)
	}
}

func (w *world) push(m mail) {
	w.seq++
	m.seq = w.seq
	if m.kind == mailEvent || m.kind == mailCommand {
		w.flying++
	}
	w.queue.push(m)
}

// after lets everything due until a time happen.
func (w *world) after(wait int64) {
	until := w.now + wait
	for w.failure == "" {
		next, tick := until+1, false
		if len(w.queue) > 0 {
			next = w.queue[0].at
		}
		if w.tickAt > 0 && w.tickAt <= next {
			next, tick = w.tickAt, true
		}
		if next > until {
			break
		}
		w.now = max(w.now, next)
		switch {
		case tick && w.now < w.stalled:
			w.tickAt = w.stalled
		case tick && len(w.inbox) > 0:
			w.drainInbox() // its worker handles everything that has arrived
		case tick:
			w.step(conversation.Tick{})
		default:
			w.receive(w.queue.pop())
		}
	}
	w.now = until
}

func (w *world) receive(m mail) {
	switch m.kind {
	case mailTimer:
		w.fireTimer(m.unit, m.timer)
	case mailCommand:
		w.flying--
		w.arrive(m.unit, m.order, m.run)
	case mailWake:
		w.drainInbox()
	case mailBack:
		w.drainSpools(m.timer)
	case mailEvent:
		if w.now < w.stalled || len(w.inbox) > 0 {
			if len(w.inbox) == 0 {
				w.push(mail{at: w.stalled, kind: mailWake})
			}
			w.inbox = append(w.inbox, m)
			return
		}
		w.flying--
		w.hear(m)
	}
}

// drainInbox handles in one batch what arrived while the worker was away.
func (w *world) drainInbox() {
	batch := w.inbox
	w.inbox = nil
	var events []conversation.Event
	for _, m := range batch {
		w.flying--
		if m.run == 0 || m.run == w.run {
			w.noteHeard(m.event)
			events = append(events, m.event)
		}
	}
	if len(events) > 0 {
		w.step(events...)
	}
}

// hear delivers an event to the conversation, unless it is the outcome of an earlier run's request.
func (w *world) hear(m mail) {
	if m.run != 0 && m.run != w.run {
		return
	}
	w.noteHeard(m.event)
	w.step(m.event)
}

// step applies events to the conversation, and carries out its commands.
func (w *world) step(events ...conversation.Event) {
	if w.failure != "" {
		return
	}
	held := len(w.state.Held.Replies)
	w.had = [2]string{activeOf(&w.state.Messages), activeOf(&w.state.Replies)}
	now := time.UnixMilli(w.now)
	if w.log != nil {
		for _, e := range events {
			w.say("%s", describe(e))
		}
	}
	commands := w.state.Step(now, w.policy, events...)
	w.steps += len(events)
	w.compareTwin(now, events, commands)
	if len(commands) > 30*len(events)+held+len(w.state.Held.Replies)+w.state.Waits() {
		w.fail("commands", "%d of one step", len(commands))
	}
	for _, c := range commands {
		if w.log != nil {
			w.say("    -> %s", describe(c))
		}
		w.carryOut(c)
	}
	w.tickAt = 0
	if due := w.state.Due(w.policy); !due.IsZero() {
		w.tickAt = due.UnixMilli()
		if w.tickAt <= w.now {
			w.fail("due", "%v is over after a step", due)
		}
		d := dice(w.steps)
		if d.oneIn(8) && !w.calm {
			w.tickAt += int64(d.below(60_000))
		}
	}
	w.checkPlaces(events, commands)
	w.checkStep()
}
