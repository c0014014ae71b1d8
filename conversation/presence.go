package conversation

import "strconv"

// Presence is whether the follower follows, and what was done about it.
type Presence struct {
	// Onboarded is set once an onboarding was started.
	Onboarded bool `json:"onboarded,omitempty"`
	Gone      bool `json:"gone,omitempty"` // the follower unfollowed
	// At is the CreateTime of the last follow or unfollow, seconds since 1970.
	At int64 `json:"at,omitempty"`
}

// followed notes that somebody who acts follows: the push of a new follow may have been lost.
func (p *Presence) followed(in Inbound) {
	if in.CreateTime > p.At || in.Kind == KindFollow && in.CreateTime == p.At {
		p.At, p.Gone = in.CreateTime, false
	}
}

// unfollowed takes the push of an unfollow, unless the follower has come back since.
func (s *step) unfollowed(in Inbound) {
	s.Page.Ended = max(s.Page.Ended, in.CreateTime)
	if in.CreateTime >= s.Presence.At {
		s.Presence.At = in.CreateTime
		s.leave(in.CreateTime)
	}
}

// leave gives the held replies up and tells the agent, once: WeChat may say so several times. at is in seconds since
// 1970. WeChat forgets what was open and granted.
func (s *step) leave(at int64) {
	again := s.Presence.Gone
	s.Presence.Gone, s.Page.Ended = true, max(s.Page.Ended, at)
	s.Window.Ledger.Close()
	s.Window.Asked = false
	for _, h := range s.Held.Replies {
		s.do(GiveUp{WorkflowID: h.WorkflowID})
	}
	s.Held.Replies, s.Held.Credits = nil, nil
	if !again {
		s.note(StartNote{Kind: NoteGone, Key: "unfollow/" + strconv.FormatInt(at, 10)})
	}
}

// note leaves a note, in the chat's ticket where it names no other.
func (s *step) note(n StartNote) {
	if n.TicketID == "" {
		n.TicketID = s.Known.Thread.TicketID
	}
	if n.TicketID == "" {
		return
	}
	n.Customer = s.Known.NoteCustomer()
	s.do(n)
}
