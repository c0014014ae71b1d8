package conversation

import (
	"strconv"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// Due is when something is to be done next, should nothing happen before; zero: nothing.
func (s *State) Due(policy Policy) time.Time {
	var first time.Time
	at := func(t time.Time) {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	for _, l := range []*Lane{&s.Messages, &s.Replies} {
		at(l.beginsAt())
		at(l.stuckAt(policy))
		for i := range l.askable() {
			at(l.askAt(i))
		}
	}
	at(s.announceAt(policy))
	at(s.remindAt(policy))
	at(s.automaticEnds(policy))
	if s.More > 0 {
		at(time.UnixMilli(s.More))
	}
	return first
}

// strike does what is due.
func (s *step) strike() {
	for _, l := range []*Lane{&s.Messages, &s.Replies} {
		if s.past(l.stuckAt(s.policy)) {
			l.Active.Stuck = true
			s.do(MarkStuck{WorkflowID: l.Active.WorkflowID})
		}
		for i := range l.askable() {
			if s.past(l.askAt(i)) {
				s.do(Watch{WorkflowID: l.ask(i, s.now)})
			}
		}
	}
	if s.Held.Batch.Announced && len(s.Held.Replies) == 0 { // the notice has lost its reason
		s.Held.Batch = HeldBatch{}
		s.do(EndNotice{})
	}
	if s.past(s.announceAt(s.policy)) {
		s.announce()
	}
	if s.past(s.remindAt(s.policy)) {
		s.remind()
	}
	s.endAutomatic()
}

func (s *step) past(at time.Time) bool { return !at.IsZero() && !at.After(s.now) }

// beginsAt is when a lane may begin what waits for time alone; zero: nothing does.
func (l *Lane) beginsAt() time.Time {
	if l.Active != nil {
		return time.Time{}
	}
	if ready := max(l.Ready, l.Early, l.Late.Until); ready > 0 {
		return time.UnixMilli(ready)
	}
	return time.Time{}
}

// passed forgets times that are over.
func (l *Lane) passed(now time.Time) {
	if l.Ready <= now.UnixMilli() {
		l.Ready = 0
	}
	if l.Early <= now.UnixMilli() {
		l.Early = 0
	}
	l.Late.pass(now)
}

// stuckAt is when operators are to see that the active sync is stuck.
func (l *Lane) stuckAt(policy Policy) time.Time {
	if l.Active == nil || l.Active.Stuck || policy.StuckAfter <= 0 {
		return time.Time{}
	}
	return time.Unix(l.Active.Since, 0).Add(policy.StuckAfter)
}

// Pauses between two questions where a sync is: each is twice as long as the one before, so that no history grows for
// ever.
const (
	firstAsk = 5 * time.Minute
	lastAsk  = 24 * time.Hour
)

// askable is how many syncs of the lane may have to be asked where they are: the active one, and parked ones that keep
// the lane shut.
func (l *Lane) askable() int { return 1 + len(l.Parked) }

// askAt is when a sync is to be asked where it is, since it may have been terminated; zero: never.
func (l *Lane) askAt(i int) time.Time {
	if i == 0 {
		if l.Active == nil || l.Active.Asked >= maxAsked {
			return time.Time{}
		}
		return time.Unix(l.Active.Since, 0).Add(asking(l.Active.Asked))
	}
	if p := l.Parked[i-1]; p.Everything && p.Asked < maxAsked {
		return time.Unix(p.Since, 0).Add(asking(p.Asked))
	}
	return time.Time{}
}

// ask notes that a sync is asked, and names it.
func (l *Lane) ask(i int, now time.Time) (id string) {
	var asked *int
	if i == 0 {
		id, asked = l.Active.WorkflowID, &l.Active.Asked
	} else {
		id, asked = l.Parked[i-1].WorkflowID, &l.Parked[i-1].Asked
	}
	for *asked++; *asked < maxAsked && !l.askAt(i).After(now); *asked++ {
	}
	return id
}

// maxAsked is how often a sync is asked at most: for more than fifty years.
const maxAsked = 20_000

// asking is how long after it began a sync is asked, having been asked so often.
func asking(asked int) time.Duration {
	var after time.Duration
	pause := firstAsk
	for range asked + 1 {
		if pause == lastAsk {
			return after + time.Duration(asked+1)*lastAsk
		}
		after += pause
		pause = min(2*pause, lastAsk)
		asked--
	}
	return after
}

// announceAt is when the follower is to be told that answers wait.
func (s *State) announceAt(policy Policy) time.Time {
	batch := s.Held.Batch
	if len(s.Held.Replies) == 0 || batch.Since == 0 || batch.Announced || s.Presence.Gone || !s.mayAnnounce(policy) {
		return time.Time{}
	}
	return time.Unix(batch.Since, 0).Add(policy.Window.AnnounceAfter)
}

// mayAnnounce reports whether there is a way to tell the follower.
func (s *State) mayAnnounce(policy Policy) bool {
	rules := policy.Window
	return rules.AnnounceAfter > 0 &&
		(rules.Template.TemplateID != "" || s.Held.Credits[rules.Subscription.TemplateID] > 0)
}

func (s *step) announces() bool { return s.mayAnnounce(s.policy) }

// announce starts the notice. One that is still open, parked for example, is this one too.
func (s *step) announce() {
	held, rules := &s.Held, s.policy.Window
	held.Batch.Announced = true
	command := Announce{
		TicketID: held.Batch.TicketID, Since: held.Batch.Since, Count: len(held.Replies), Template: rules.Template,
		Customer: s.Known.NoteCustomer(),
	}
	if id := rules.Subscription.TemplateID; held.Credits[id] > 0 {
		held.Credits[id]--
		command.Subscription = rules.Subscription
	}
	s.do(command)
}

// remindAt is when the agent is to be told that the window closes on a message that nobody answered.
func (s *State) remindAt(policy Policy) time.Time {
	if !s.Window.Asked || policy.Window.RemindBefore <= 0 || s.Presence.Gone || s.Known.Thread.TicketID == "" {
		return time.Time{}
	}
	until := s.Window.Ledger.Ends(policy.Window.Rules, window.Message)
	if until.IsZero() {
		return time.Time{}
	}
	return until.Add(-policy.Window.RemindBefore)
}

// remind leaves a note that the window is about to close, unless it has closed already.
func (s *step) remind() {
	s.Window.Asked = false
	if s.Window.Ledger.Ends(s.policy.Window.Rules, window.Message).After(s.now) {
		s.noteWindow(NoteWindowEnding, 0)
	}
}

// warn tells the agent, once per message of the follower, that WeChat takes hardly another answer. Where replies wait
// already their notes say so.
func (s *step) warn() {
	rules := s.policy.Window
	until, left := s.Window.Ledger.Ends(rules.Rules, window.Message), s.Window.Ledger.Left(rules.Rules, s.now)
	if rules.RemindBefore <= 0 || left > 1 || until.Unix() == s.Window.Low || !until.After(s.now) ||
		len(s.Held.Replies) > 0 || s.Presence.Gone {
		return
	}
	if s.Known.Thread.TicketID == "" {
		return
	}
	s.Window.Low = until.Unix()
	s.noteWindow(NoteWindowLow, left)
}

// noteWindow leaves a note about the window that the follower's last message opened.
func (s *step) noteWindow(kind NoteKind, left int) {
	about := map[NoteKind]string{NoteWindowEnding: "window", NoteWindowLow: "low"}[kind]
	until := s.Window.Ledger.Ends(s.policy.Window.Rules, window.Message).Unix()
	s.note(StartNote{
		Kind: kind, Key: about + "/" + strconv.FormatInt(until, 10), IfOpen: s.Known.Thread.TicketObjectID,
		Until: until, Left: left,
	})
}
