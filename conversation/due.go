package conversation

import "time"

// Due is the time of the next thing to do if no event comes before; zero: nothing.
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

// doDue does everything that is due.
func (s *step) doDue() {
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
	if s.Held.Batch.Announced && len(s.Held.Replies) == 0 { // no held reply is left to announce
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

// beginsAt is when a lane may begin the next sync, if it waits only for time; zero: it does not.
func (l *Lane) beginsAt() time.Time {
	if l.Active != nil {
		return time.Time{}
	}
	if ready := max(l.Ready, l.Early, l.Late.Until); ready > 0 {
		return time.UnixMilli(ready)
	}
	return time.Time{}
}

// clearPassed clears times that have passed.
func (l *Lane) clearPassed(now time.Time) {
	if l.Ready <= now.UnixMilli() {
		l.Ready = 0
	}
	if l.Early <= now.UnixMilli() {
		l.Early = 0
	}
	l.Late.clearPassed(now)
}

// stuckAt is when the active sync is to be shown to operators as stuck.
func (l *Lane) stuckAt(policy Policy) time.Time {
	if l.Active == nil || l.Active.Stuck || policy.StuckAfter <= 0 {
		return time.Time{}
	}
	return time.Unix(l.Active.Since, 0).Add(policy.StuckAfter)
}

// announceAt is when the follower is to be notified that answers wait.
func (s *State) announceAt(policy Policy) time.Time {
	batch := s.Held.Batch
	if len(s.Held.Replies) == 0 || batch.Since == 0 || batch.Announced || s.Presence.Gone || !s.mayAnnounce(policy) {
		return time.Time{}
	}
	return time.Unix(batch.Since, 0).Add(policy.Window.AnnounceAfter)
}

// mayAnnounce reports whether the follower can be notified at all.
func (s *State) mayAnnounce(policy Policy) bool {
	rules := policy.Window
	return rules.AnnounceAfter > 0 &&
		(rules.Template.TemplateID != "" || s.Held.Credits[rules.Subscription.TemplateID] > 0)
}

// announce starts the notice. If an earlier notice is still open, for example parked, it serves this time, too.
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
