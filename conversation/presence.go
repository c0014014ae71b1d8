package conversation

import "strconv"

// Presence is whether the follower follows the account, and what was done about it.
type Presence struct {
	// Onboarded is set once an onboarding has started.
	Onboarded bool `json:"onboarded,omitempty"`
	Gone      bool `json:"gone,omitempty"` // the follower unfollowed
	// At is the CreateTime of the last follow or unfollow, seconds since 1970.
	At int64 `json:"at,omitempty"`
}

// recordFollow notes that a follower who acts is following: the event of a new follow may have been lost.
func (p *Presence) recordFollow(in Inbound) {
	if in.CreateTime > p.At || in.Kind == KindFollow && in.CreateTime == p.At {
		p.At, p.Gone = in.CreateTime, false
	}
}

// handleUnfollow handles an unfollow event, unless the follower has come back since.
func (s *step) handleUnfollow(in Inbound) {
	s.Page.Ended = max(s.Page.Ended, in.CreateTime)
	if in.CreateTime >= s.Presence.At {
		s.Presence.At = in.CreateTime
		s.markGone(in.CreateTime)
	}
}

// markGone records that the follower has unfollowed. It gives up the held replies and informs the agent, once: WeChat
// may report it several times. at is in seconds since 1970. An unfollow ends every open window and grant at WeChat.
func (s *step) markGone(at int64) {
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

// note leaves a note, by default in the chat's ticket.
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
