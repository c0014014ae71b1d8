package conversation

import "time"

// apply handles what the follower did.
func (in Inbound) apply(s *step) {
	if !in.usable() {
		s.Unused++
		return
	}
	if s.erasedSince(in) || !s.rememberNew(&in) {
		return
	}
	switch {
	case in.Web != nil || in.Kind == KindBackfill:
		if in.Kind == KindBackfill {
			s.Presence.recordFollow(in)
		}
		s.Page.addUnderway(in)
		s.enqueue(in) // it does not open the reply window
		return
	case in.Kind == KindConsent:
		s.Held.consent(in.Consents)
		return
	case in.Kind == KindUnfollow:
		s.handleUnfollow(in)
		return
	case in.Kind == KindSignOut:
		s.Page.endSession(*in.Session, s.now.Unix())
		return
	}
	s.Presence.recordFollow(in)
	s.Origin.recordScene(in)
	s.openWindow(in)
	if in.Kind == KindFollow || in.Kind == KindMessage && !s.handleSurveyAnswer(in) {
		s.enqueue(s.limitFile(in))
	}
	s.postponeReceived(in)
	s.Held.Open = true
}

// openWindow opens the reply window if what the follower did allows messages.
func (s *step) openWindow(in Inbound) {
	if trigger := in.trigger(); trigger != "" {
		s.Window.Ledger.Open(trigger, time.Unix(in.CreateTime, 0))
		s.Window.Openings++
		s.Window.Asked = s.Window.Asked || in.Kind == KindMessage && in.EventKey == ""
	}
}

// enqueue puts a new sync's message in its place in the lane. A further follow is merged with one that still waits.
func (s *step) enqueue(in Inbound) {
	lane := &s.Messages
	if in.Kind == KindFollow || in.Kind == KindBackfill {
		for i := range lane.Waiting {
			if lane.Waiting[i].Inbound.Kind == in.Kind && lane.Waiting[i].Inbound.MsgID == in.MsgID {
				return
			}
		}
	}
	lane.settle(s.now, s.policy.Settle)
	if in.Late {
		lane.Late.recordLate(s.now)
	}
	lane.insert(Waiting{Order: in.order(), At: s.now.Unix(), Inbound: &in})
}

// apply handles a service agent's reply, or an automatic text that C4C has for the follower.
func (r Reply) apply(s *step) {
	switch {
	case r.SmaID == "":
		s.Unused++
	case r.Automatic:
		s.queueAutomatic(r.SmaID, Automatic{Reply: r})
	case s.Replied.add(r.SmaID):
		s.Window.Asked = false
		s.Page.recordAnswer(r.TicketID, s.now.Unix())
		if late := s.now.Sub(r.Written()); late > promptAge { // replies straight from C4C are in order
			s.Replies.settle(s.now, s.policy.Settle)
		}
		if r.Late {
			s.Replies.Late.recordLate(s.now)
		}
		s.Replies.insert(Waiting{Order: r.Order(s.now), At: s.now.Unix(), Reply: &r})
	}
}

// promptAge is the greatest age of a reply that came with C4C's push and waited nowhere. Behind an older one there may
// be others that were written before it.
const promptAge = 3 * time.Second

// erasedSince reports whether the follower was erased after this event, which is then a repeated delivery. Events of
// the page are exempt: they prove a session begun after the erasure.
func (s *State) erasedSince(in Inbound) bool {
	return in.CreateTime > 0 && in.CreateTime <= s.Erased && in.Web == nil && in.Kind != KindBackfill
}
