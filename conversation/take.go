package conversation

import "time"

// apply handles what the follower did.
func (in Inbound) apply(s *step) {
	if !in.usable() {
		s.Unused++
		return
	}
	if s.erasedSince(in) || !s.first(&in) {
		return
	}
	switch {
	case in.Web != nil || in.Kind == KindBackfill:
		if in.Kind == KindBackfill {
			s.Presence.followed(in)
		}
		s.Page.begun(in)
		s.enqueue(in) // it does not open the reply window
		return
	case in.Kind == KindConsent:
		s.Held.consent(in.Consents)
		return
	case in.Kind == KindUnfollow:
		s.unfollowed(in)
		return
	case in.Kind == KindSignOut:
		s.Page.signedOut(*in.Session, s.now.Unix())
		return
	}
	s.Presence.followed(in)
	s.Origin.take(in)
	s.opened(in)
	if in.Kind == KindFollow || in.Kind == KindMessage && !s.answersSurvey(in) {
		s.enqueue(s.budgeted(in))
	}
	s.heard(in)
	s.Held.Open = true
}

// opened records in the ledger what the follower did.
func (s *step) opened(in Inbound) {
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
		lane.Late.came(s.now)
	}
	lane.insert(Waiting{Order: in.order(), At: s.now.Unix(), Inbound: &in})
}

// apply handles a service agent's reply, or an automatic text that C4C has for the follower.
func (r Reply) apply(s *step) {
	switch {
	case r.SmaID == "":
		s.Unused++
	case r.Automatic:
		s.tellFollower(r.SmaID, Automatic{Reply: r})
	case s.Replied.first(r.SmaID):
		s.Window.Asked = false
		s.Page.answered(r.TicketID, s.now.Unix())
		if late := s.now.Sub(r.Written()); late > straight { // replies straight from C4C are in order
			s.Replies.settle(s.now, s.policy.Settle)
		}
		if r.Late {
			s.Replies.Late.came(s.now)
		}
		s.Replies.insert(Waiting{Order: r.Order(s.now), At: s.now.Unix(), Reply: &r})
	}
}

// straight is the greatest age of a reply that came with C4C's push and waited nowhere. Behind an older one there may
// be others that were written before it.
const straight = 3 * time.Second

// erasedSince reports whether the follower was erased after this event, which is then a repeated delivery. Events of
// the page are exempt: they prove a session begun after the erasure.
func (s *State) erasedSince(in Inbound) bool {
	return in.CreateTime > 0 && in.CreateTime <= s.Erased && in.Web == nil && in.Kind != KindBackfill
}
