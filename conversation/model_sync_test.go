package conversation_test

import (
	"slices"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// status is the state of a sync.
type status uint8

const (
	absent    status = iota // not started
	running                 // tries
	awaiting                // waits for its turn
	parked                  // waits for a person
	held                    // waits for the follower
	searching               // has made way and looks for files
	closed
)

var statusNames = []string{"absent", "running", "awaiting", "parked", "held", "searching", "closed"}

// unit is a message, a reply or an onboarding, together with its sync.
type unit struct {
	id    string
	lane  conversation.LaneName
	order conversation.Order
	dice  dice
	event conversation.Event // that brings it; nil: the conversation created it by itself

	st      status
	born    int  // how many existed before it
	posted  bool // WeChat, C4C or the page has sent it
	taken   bool // the conversation has it
	starts  int
	begun   bool // it has had its turn
	retried bool // it was retried by a person or by itself
	excused bool // lost with a terminated conversation
	givenUp bool // the conversation has given it up
	reports bool
	run     int // of the conversation that started it
	timer   int
	mailAt  int64
	orderAt int64
	outcome conversation.Outcome
	lost    bool // cancelled or terminated
	skipped bool
	gone    bool
	failure string
	poison  int
	ask     conversation.TicketAsk
	repeats int  // of the same ask
	counted bool // what it sent last
	asked   int  // its waits for a turn
	refused int  // the wait that began with WeChat's last refusal, until the conversation knows of it
	expires int64

	// of a reply
	automatic  bool
	parts      int
	files      bool
	sentParts  int
	sent       bool
	with       []string
	into       string
	unknown    bool
	unspoken   int // messages sent and not reported
	arrived    int // how often the follower read its text
	unsure     bool
	filesFound bool
}

// unitOf finds a sync, or makes one that the conversation has created.
func (w *world) unitOf(id string) *unit {
	u := w.units[id]
	if u == nil {
		u = &unit{id: id, lane: conversation.LaneMessages, dice: dice(len(w.all)) * 7919, taken: true, parts: 1}
		if len(id) > 5 && id[:6] == "reply/" {
			u.lane, u.automatic = conversation.LaneReplies, true
		}
		w.add(u)
	}
	return u
}

func (w *world) add(u *unit) {
	u.born = len(w.all)
	w.units[u.id] = u
	w.all = append(w.all, u)
}

// arrive delivers a command to its sync.
func (w *world) arrive(u *unit, c conversation.Command, run int) {
	switch c := c.(type) {
	case conversation.StartOnboard:
		w.start(u, run, false, false, false)
	case conversation.StartTicket:
		u.ask = c.Ask
		w.start(u, run, c.Ask.Wait, false, false)
	case conversation.StartRegister:
		w.start(u, run, c.Wait, false, false)
	case conversation.StartReply:
		if u.st == absent {
			w.take(u, c.Ask.Carried)
		}
		w.start(u, run, c.Ask.Wait, c.Ask.Hold, c.Ask.Gone)
	case conversation.Grant:
		w.grant(u, c.Turn, run)
	case conversation.Watch:
		w.watch(u, run)
	case conversation.GiveUp:
		if w.reachable(u, run) {
			u.gone = true
			if u.st == held {
				w.skip(u)
			}
		}
	case conversation.Uncarry:
		if w.reachable(u, run) && !u.sent {
			u.with = nil
		}
	case conversation.MarkStuck:
		w.reachable(u, run)
	}
}

// reachable reports whether a sync is open; if it is not, the conversation is told.
func (w *world) reachable(u *unit, run int) bool {
	if u.st == closed || u.st == absent {
		w.answer(u, conversation.Closed{WorkflowID: u.id, Outcome: u.outcome, Lost: u.lost}, run)
		return false
	}
	return true
}

// answer delivers the outcome of a command, only to the run that asked.
func (w *world) answer(u *unit, e conversation.Event, run int) {
	u.mailAt = max(u.mailAt, w.now+w.delay(&u.dice))
	w.push(mail{at: u.mailAt, kind: mailEvent, run: run, unit: u, event: e})
}

func (w *world) start(u *unit, run int, wait, hold, gone bool) {
	if u.st != absent { // the id exists
		w.watch(u, run)
		return
	}
	u.starts++
	u.run = run
	switch {
	case gone:
		u.skipped = true
		w.end(u)
	case wait:
		u.st, u.reports, u.asked = awaiting, true, 1
		w.in(u, int64(u.dice.below(300_000)))
	case hold:
		u.st, u.reports, u.asked = held, true, 1
		w.patience(u)
	default:
		w.attempt(u)
	}
}

// in sets the sync's clock.
func (w *world) in(u *unit, wait int64) {
	u.timer++
	w.seq++
	w.queue.push(mail{at: w.now + 1 + wait, seq: w.seq, kind: mailTimer, unit: u, timer: u.timer})
}

// fireTimer is what the timer of a sync does.
func (w *world) fireTimer(u *unit, timer int) {
	if timer != u.timer || u.st == closed {
		return
	}
	switch u.st {
	case running:
		w.attempted(u)
	case awaiting:
		w.report(u, conversation.ReportTurn)
		u.repeats++ // less often than in reality, otherwise the model would play nothing else
		w.in(u, 300_000<<min(5, u.repeats))
	case parked:
		w.say("%s tries again by itself", u.id)
		w.wantTurn(u)
	case held:
		w.say("%s expires", u.id)
		w.skip(u)
	case searching:
		if w.running[u.lane] == u {
			w.running[u.lane] = nil
		}
		if u.dice.oneIn(2) { // nothing was attached
			w.end(u)
			return
		}
		u.sent, u.sentParts, u.parts, u.filesFound = false, 0, 1, true
		w.wantTurn(u)
	}
}

// attempt makes a sync try. No other sync of its lane may be trying.
func (w *world) attempt(u *unit) {
	if other := w.running[u.lane]; other != nil && other != u && other.st == running && !w.lost {
		w.fail("overlap", "%s runs beside %s", u.id, other.id)
	}
	w.running[u.lane] = u
	u.st = running
	wait := 50 + u.dice.below(2000)
	if !w.calm && u.dice.oneIn(16) {
		wait = u.dice.below(7_200_000)
	}
	w.in(u, int64(wait))
}

// attempted ends an attempt.
func (w *world) attempted(u *unit) {
	w.running[u.lane] = nil
	switch {
	case !w.calm && w.outage[u.lane] && !u.automatic:
		failure := activities.ErrorC4CCredentials
		if u.lane == conversation.LaneReplies {
			failure = activities.ErrorWeChatTokenRefused
		}
		w.park(u, failure, true)
	case !w.calm && u.poison > 0:
		u.poison--
		w.park(u, activities.ErrorC4CRejected, false)
	case u.lane == conversation.LaneReplies:
		w.send(u)
	default:
		w.end(u)
	}
}

// park makes a sync wait for a person; texts that it carried go by themselves.
func (w *world) park(u *unit, failure string, everything bool) {
	u.st, u.failure = parked, failure
	w.reportAs(u, conversation.ReportParked, everything)
	u.with = nil
	if everything {
		w.in(u, 3_600_000)
	}
}

func (u *unit) everything() bool {
	return u.failure == activities.ErrorC4CCredentials || u.failure == activities.ErrorWeChatTokenRefused
}

// hold lets a reply wait for the follower.
func (w *world) hold(u *unit, failure string) {
	u.st, u.failure = held, failure
	u.asked++
	u.refused = u.asked
	w.report(u, conversation.ReportHeld)
	if u.gone {
		w.skip(u)
		return
	}
	w.patience(u)
}

func (w *world) patience(u *unit) {
	expire := w.policy.Window.ExpireAfter.Milliseconds()
	if expire == 0 {
		return
	}
	if u.expires == 0 {
		u.expires = w.now + expire
	}
	w.in(u, max(1000, u.expires-w.now))
}

// wantTurn lets a sync ask for its turn.
func (w *world) wantTurn(u *unit) {
	u.st, u.retried = awaiting, true
	u.asked++
	u.repeats = 0
	w.report(u, conversation.ReportTurn)
	w.in(u, 300_000)
}

// grant gives a sync its turn.
func (w *world) grant(u *unit, turn conversation.Turn, run int) {
	if !w.reachable(u, run) {
		return
	}
	switch u.st {
	case parked: // it did not ask for a turn
		w.reportAs(u, conversation.ReportParked, u.everything())
		return
	case running, searching:
		return
	case awaiting:
		if turn.Ask != 0 && turn.Ask != u.asked { // of an earlier wait
			return
		}
	case held:
		if turn.Ask != 0 && turn.Ask != u.asked {
			return
		}
	}
	if reply := turn.Reply; reply != nil {
		w.take(u, reply.Carried)
		switch {
		case reply.Gone:
			w.skip(u)
			return
		case reply.Hold:
			u.st = held
			w.in(u, 1<<40)
			w.patience(u)
			return
		}
	}
	w.attempt(u)
}

// take records how a reply is merged with others.
func (w *world) take(u *unit, c conversation.Carried) {
	for _, text := range c.With {
		if !slices.Contains(u.with, text.ID) {
			u.with = append(u.with, text.ID)
		}
	}
	if c.Into != "" {
		u.into, u.unknown = c.Into, c.Unknown
	}
}
