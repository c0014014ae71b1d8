package conversation_test

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// brings is the sync that an event will become; nil: none.
func (w *world) brings(e conversation.Event) *unit {
	switch e := e.(type) {
	case conversation.Inbound:
		if e.Kind == conversation.KindRegister {
			return w.units[conversation.RegisterID(account, follower, strings.TrimPrefix(e.MsgID, "web-"))]
		}
		return w.units[conversation.TicketSyncID(account, follower, e.MsgID)]
	case conversation.Reply:
		return w.units[conversation.ReplyID(account, e.SmaID)]
	}
	return nil
}

// noteHeard records what the conversation is about to learn.
func (w *world) noteHeard(e conversation.Event) {
	if u := w.brings(e); u != nil && !u.taken {
		u.taken = true
		w.waiting[u.lane] = append(w.waiting[u.lane], u)
		w.spools.has = slices.DeleteFunc(w.spools.has, func(o *unit) bool { return o == u })
	}
	switch e := e.(type) {
	case conversation.Inbound:
		w.refLeft.open(e, w.policy)
	case conversation.Report:
		u := w.units[e.WorkflowID]
		if e.Kind == conversation.ReportHeld && e.Ask == u.refused { // otherwise it repeats what is known
			w.refused, u.refused = true, 0
		}
		w.kept = slices.DeleteFunc(w.kept, func(k *unit) bool { return k == u })
		if e.Kind == conversation.ReportParked && e.Everything {
			w.kept = append(w.kept, u)
		}
		w.refLeft.spend(e.Spent, w.policy, w.now)
		w.number.owed = w.number.owed || e.Number != ""
	case conversation.Closed:
		u := w.units[e.WorkflowID]
		w.number.owed = w.number.owed || e.Outcome.Number != ""
		w.kept = slices.DeleteFunc(w.kept, func(k *unit) bool { return k == u })
		if !u.counted { // however often Temporal reports it
			w.refLeft.spend(e.Outcome.Spent, w.policy, w.now)
		}
		u.counted = true
	}
}

// begins checks the order when the conversation gives a sync its first turn, or the next one.
func (w *world) begins(u *unit, turn bool) {
	if !turn {
		return
	}
	first := !u.begun
	u.begun = true
	if u.lane == conversation.LaneReplies {
		w.refused = false
	}
	if first {
		w.waiting[u.lane] = slices.DeleteFunc(w.waiting[u.lane], func(o *unit) bool { return o == u })
	}
	if u.event == nil || u.automatic || w.lost || u.id == w.had[0] || u.id == w.had[1] { // its turn is granted again
		return
	}
	for _, o := range w.waiting[u.lane] {
		if first && !u.retried && o.order.Compare(u.order) < 0 && o.st != closed && !o.givenUp {
			w.fail("order", "%s begins before %s, which waits", u.id, o.id)
		}
	}
	if o := w.overtaken(u); o != nil && first && !u.retried {
		w.fail("late", "%s begins before %s, which a spool still has", u.id, o.id)
	}
	for _, o := range w.kept {
		if !u.retried && o.lane == u.lane && o != u && o.order.Compare(u.order) < 0 && o.st != closed {
			w.fail("overtakes", "%s begins before %s, which parked under a cause that hits everything", u.id, o.id)
		}
	}
	lane := &w.state.Messages
	if u.lane == conversation.LaneReplies {
		lane = &w.state.Replies
		for _, h := range w.state.Held.Replies {
			if !u.retried && h.WorkflowID != u.id && h.Order.Compare(u.order) < 0 {
				w.fail("order", "%s begins before %s, which is held", u.id, h.WorkflowID)
			}
		}
	}
	for i := range min(1, len(lane.Turns)) {
		if t := lane.Turns[i]; t.WorkflowID != u.id && t.Order.Compare(u.order) < 0 {
			w.fail("order", "%s begins before %s, which asked for its turn", u.id, t.WorkflowID)
		}
	}
}

// carries checks that the texts carried by a reply come directly after it.
func (w *world) carries(u *unit, with []conversation.CarriedText) {
	if len(with) == 0 || w.lost || u.retried {
		return
	}
	last := w.unitOf(with[len(with)-1].ID)
	for _, o := range w.waiting[u.lane] {
		carried := slices.ContainsFunc(with, func(t conversation.CarriedText) bool { return t.ID == o.id })
		if !carried && o != u && o.order.Compare(last.order) < 0 && o.st != closed && !o.givenUp {
			w.fail("order", "%s takes %s along, but not %s", u.id, last.id, o.id)
		}
	}
	for _, o := range w.kept {
		if o.lane == u.lane && o != u && o.order.Compare(last.order) < 0 && o.st != closed {
			w.fail("overtakes", "%s takes %s along before %s, which parked under a cause that hits everything", u.id, last.id,
				o.id)
		}
	}
	if o := w.overtaken(last); o != nil {
		w.fail("late", "%s takes %s along, but not %s, which a spool still has", u.id, last.id, o.id)
	}
	for _, text := range with {
		if o := w.unitOf(text.ID); len(text.Text) != len(o.event.(conversation.Reply).Text) || o.st == running ||
			o.st == parked {
			w.fail("carried", "%s takes %s along, which is %s", u.id, o.id, statusNames[o.st])
		}
	}
}

// checkStep checks what must be true after each step.
func (w *world) checkStep() {
	if l, h := &w.state.Replies, &w.state.Held; len(h.Replies) > 0 && !h.Open && !w.refused && l.Active == nil &&
		l.Ready == 0 && !w.lost {
		w.fail("held", "%s, although WeChat has not refused the last reply that had its turn", h.Replies[0].WorkflowID)
	}
	if w.refLeft.known && w.policy.Window.Known() {
		now := time.UnixMilli(w.now)
		if left := w.state.Window.Ledger.Left(w.policy.Window.Rules, now); left > w.refLeft.left(w.policy, w.now) {
			w.fail("ledger", "%d left where %d are", left, w.refLeft.left(w.policy, w.now))
		}
	}
}

// drain lets everything come to its end: nothing fails any more, people act, and the follower acts.
func (w *world) drain() {
	if w.away() {
		w.after(w.spools.until - w.now)
	}
	w.say("calm from here on")
	w.calm, w.stalled = true, min(w.stalled, w.now)
	clear(w.outage)
	d := dice(len(w.all))
	w.gone = false
	for round := range 100 {
		w.after(int64(11*60_000) << min(6, round/8))
		if w.failure != "" || w.quiet() {
			break
		}
		for _, u := range w.all {
			if u.st == parked || w.lost && u.st == held {
				if d.oneIn(4) {
					w.skip(u)
				} else {
					w.retry(u)
				}
			}
		}
		if round == 1 || (w.lossy || w.lost) && round%3 == 0 { // one act must be enough: WeChat refuses nothing now
			in := w.inbound(conversation.KindClick)
			w.deliver(&d, in)
		}
	}
	if w.failure == "" {
		w.checkEnd()
	}
}

// quiet reports whether nothing is under way.
func (w *world) quiet() bool {
	if w.flying > 0 || !w.state.AtRest() || len(w.state.Held.Replies) > 0 {
		return false
	}
	return !slices.ContainsFunc(w.all, func(u *unit) bool { return u.st != closed && u.st != absent })
}

// checkEnd checks what must be true when everything has come to its end.
func (w *world) checkEnd() {
	for _, u := range w.all {
		switch {
		case u.st == awaiting:
			w.fail("turn", "%s waits for a turn that nobody owes it", u.id)
		case u.st == held:
			w.fail("held", "nobody releases %s", u.id)
		case u.st != closed && u.st != absent:
			w.fail("open", "%s is still %s", u.id, statusNames[u.st])
		case u.event != nil && u.taken && !u.excused && u.starts != 1:
			w.fail("lost", "%s was started %d times", u.id, u.starts)
		case u.lane == conversation.LaneReplies && !u.automatic && u.starts > 0 && u.arrived == 0 && !u.skipped && !u.unsure:
			w.fail("lost", "%s ended and was not read", u.id)
		}
	}
	w.checkNumber()
	switch s := w.state; {
	case !s.AtRest():
		w.fail("lane", "%d wait, %v and %v run", s.Waits(), s.Messages.Active, s.Replies.Active)
	case len(s.Held.Replies) > 0:
		w.fail("held", "%v, which are closed", s.Held.Replies)
	}
}

// ledger is the model's own count of the window: its openings, and the messages sent since.
type ledger struct {
	known    bool
	openings [4]opening
	unsure   int // messages that may count against either of two openings which end in the same second
}

type opening struct {
	at    int64 // seconds
	spent int
}

func (l *ledger) open(in conversation.Inbound, _ conversation.Policy) {
	i := -1
	switch {
	case in.Web != nil:
	case in.Kind == conversation.KindMessage && in.EventKey == "":
		i = 0
	case in.Kind == conversation.KindMessage, in.Kind == conversation.KindClick:
		i = 1
	case in.Kind == conversation.KindFollow:
		i = 2
	case in.Kind == conversation.KindScan:
		i = 3
	}
	if i >= 0 && in.CreateTime >= l.openings[i].at {
		l.known = true
		if in.CreateTime > l.openings[i].at || l.openings[i].spent == 0 {
			l.openings[i] = opening{at: in.CreateTime}
		} else {
			l.openings[i].spent = 0
		}
	}
}

func (l *ledger) allows(i int, policy conversation.Policy, now int64) (left int, until int64) {
	rules := policy.Window.Rules
	count, life := rules.Message, rules.MessageLife
	if i > 0 {
		count, life = []int{0, rules.Click, rules.Follow, rules.Scan}[i], rules.ShortLife
	}
	o := l.openings[i]
	until = o.at + int64(life/time.Second)
	if now/1000 >= until {
		return 0, until
	}
	return max(0, count-o.spent), until
}

func (l *ledger) spend(n int, policy conversation.Policy, now int64) {
	for range n {
		first, ends := -1, int64(0)
		for i := range l.openings {
			left, until := l.allows(i, policy, now)
			if left > 0 && first >= 0 && until == ends {
				l.unsure++
			}
			if left > 0 && (first < 0 || until < ends) {
				first, ends = i, until
			}
		}
		if first >= 0 {
			l.openings[first].spent++
		}
	}
}

func (l *ledger) left(policy conversation.Policy, now int64) int {
	sum := l.unsure
	for i := range l.openings {
		left, _ := l.allows(i, policy, now)
		sum += left
	}
	return sum
}

func sameCommands(a, b []conversation.Command) bool {
	return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b))
}
