package conversation

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// View is the answer of the query "state". It contains no openid and no text.
type View struct {
	Known           Known    `json:"facts"`
	Gone            bool     `json:"gone"`
	WaitingMessages int      `json:"waiting_messages"`
	WaitingReplies  int      `json:"waiting_replies"`
	Oldest          int64    `json:"oldest,omitempty"` // arrival of the oldest, seconds since 1970
	Held            []string `json:"held"`
	Parked          []string `json:"parked,omitempty"`
	Unused          int      `json:"unused,omitempty"` // events that the state could not use

	Tickets []TicketView `json:"tickets,omitempty"`
	Origin  Origin       `json:"origin,omitzero"`
}

// View returns the answer of the query "state".
func (s *State) View() View {
	view := View{
		Known: s.Known, Gone: s.Presence.Gone, Held: []string{}, Unused: s.Unused, Tickets: s.Tickets.Views, Origin: s.Origin,
		WaitingMessages: s.Messages.waitCount(), WaitingReplies: s.Replies.waitCount(), Oldest: s.Oldest(),
	}
	for _, h := range s.Held.Replies {
		view.Held = append(view.Held, h.WorkflowID)
	}
	for _, l := range []*Lane{&s.Messages, &s.Replies} {
		for _, p := range l.Parked {
			view.Parked = append(view.Parked, p.WorkflowID)
		}
	}
	return view
}

// Oldest is when the oldest waiting message or reply arrived, in seconds since 1970; 0: nothing waits.
func (s *State) Oldest() int64 {
	var oldest int64
	take := func(at int64) {
		if oldest == 0 || at < oldest {
			oldest = at
		}
	}
	for _, l := range []*Lane{&s.Messages, &s.Replies} {
		for _, w := range l.Waiting {
			take(w.At)
		}
		for _, t := range l.Turns {
			take(t.At)
		}
	}
	return oldest
}

// Waits is how many messages and replies wait for their turn.
func (s *State) Waits() int { return s.Messages.waitCount() + s.Replies.waitCount() }

func (l *Lane) waitCount() int { return len(l.Waiting) + len(l.Turns) }

// AtRest reports whether nothing is under way and everything that waits is waiting for people.
func (s *State) AtRest() bool { return s.Messages.idle() && s.Replies.idle() }

// Untouched reports whether no act of the follower and no reply has changed the state.
func (s *State) Untouched() bool { return s.Seen == "" && s.Replied == "" && s.AtRest() }

// Running are the syncs under way that do not report their end yet.
func (s *State) Running() []string {
	var running []string
	for _, l := range []*Lane{&s.Messages, &s.Replies} {
		if l.Active != nil && !l.Active.Reports {
			running = append(running, l.Active.WorkflowID)
		}
	}
	return running
}

// WindowView is the answer of the query "window". It contains no openid and no text.
type WindowView struct {
	// Grants are what was open when the conversation last acted. Readers compare the times themselves.
	Grants []window.Grant `json:"grants"`
	Gone   bool           `json:"gone"`
	Held   int            `json:"held"` // replies that wait for the follower
}

// Left is how many messages may still be sent, as far as is known.
func (v WindowView) Left(now time.Time) int { return window.Left(v.Grants, now) }

// Alive are the grants that have not ended.
func (v WindowView) Alive(now time.Time) []window.Grant {
	alive := []window.Grant{}
	for _, g := range v.Grants {
		if g.Alive(now) {
			alive = append(alive, g)
		}
	}
	return alive
}

// WindowView returns the answer of the query "window".
func (s *State) WindowView(policy Policy) WindowView {
	grants := s.Window.Ledger.Grants(policy.Window.Rules)
	return WindowView{Grants: grants, Gone: s.Presence.Gone, Held: len(s.Held.Replies)}
}

// PageView is the answer of the query "web", for the page's server. It contains media ids, which must not reach a
// browser.
type PageView struct {
	// Conversation distinguishes this conversation from earlier or later ones of the same follower; empty: there is
	// none.
	Conversation string `json:"conversation,omitempty"`

	Follows    bool         `json:"follows"`        // the follower is known to follow
	Gone       bool         `json:"gone"`           // the follower is known to have unfollowed
	Ended      int64        `json:"ended"`          // sessions from before this second are invalid
	Over       []string     `json:"over,omitempty"` // ids of further invalid sessions
	CustomerID string       `json:"customer_id"`
	Consent    Consent      `json:"consent"`
	Pictures   []WebPicture `json:"pictures"`
	Results    []WebResult  `json:"results"`
	Underway   []Underway   `json:"underway,omitempty"`
	Answers    []Answer     `json:"answers,omitempty"`
}

// PageView returns what the page needs.
func (s *State) PageView() PageView {
	view := PageView{
		Follows: s.Presence.At > 0 && !s.Presence.Gone, Gone: s.Presence.Gone, Ended: s.Page.Ended,
		CustomerID: s.Known.NoteCustomer().ID, Consent: s.Page.Consent, Pictures: s.Page.Pictures, Results: s.Page.Results,
		Underway: s.Page.Underway, Answers: s.Page.Answers,
	}
	for _, session := range s.Page.Sessions {
		view.Over = append(view.Over, session.ID)
	}
	return view
}
