package workflows

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxSeen bounds the deduplication keys a conversation remembers. Beyond it the ids of the syncs keep repeats out.
const maxSeen = 500

// ConversationState is what a conversation remembers across continue-as-new.
type ConversationState struct {
	Facts     Facts    `json:"facts"`
	Onboarded bool     `json:"onboarded,omitempty"`  // an onboarding was started
	Gone      bool     `json:"gone,omitempty"`       // the follower unfollowed
	Left      int64    `json:"left,omitempty"`       // CreateTime of an unfollow that nobody was told of yet
	LeftAgain bool     `json:"left_again,omitempty"` // he had left before, and the agent was told
	Followed  int64    `json:"followed,omitempty"`   // CreateTime of the last follow or unfollow, seconds
	Seen      []string `json:"seen,omitempty"`       // keys of what was taken, oldest first
	Shown     string   `json:"shown,omitempty"`      // the ticket that stands in the search attribute

	Inbox  []Inbound `json:"inbox,omitempty"`  // follows and messages that wait for their turn
	Outbox []Reply   `json:"outbox,omitempty"` // replies that wait for their turn
	// Automatic are texts of ours that wait until the window spares a message.
	Automatic []AutomaticText `json:"automatic,omitempty"`
	// Held are the workflow ids of replies that wait for the follower, in order; Open says that they have acted since.
	Held []string `json:"held,omitempty"`
	Open bool     `json:"open,omitempty"`
	// Waiting is what is known of replies that wait, by workflow id.
	Waiting map[string]*WaitingReply `json:"waiting,omitempty"`
	// Batch is about the held replies as a whole.
	Batch HeldBatch `json:"batch,omitzero"`
	// Credits are the notices that the follower granted, by template.
	Credits map[string]int `json:"credits,omitempty"`
	// Turns are the retried syncs that want to go on, by lane, in the order they were written.
	Turns map[Lane][]Turn `json:"turns,omitempty"`
	// Parked are the syncs that let others pass, by lane, in the order they parked.
	Parked map[Lane][]ParkedSync `json:"parked,omitempty"`
	// Window is the ledger of the reply window.
	Window Window `json:"window,omitzero"`
	// Told is what the follower was told at once.
	Told ToldState `json:"told,omitzero"`
	// Web is what the page needs.
	Web WebState `json:"web,omitzero"`
	// Tickets are the follower's, as far as the conversation has heard of them.
	Tickets TicketsState `json:"tickets,omitzero"`
	// Origin is the QR code that the follower scanned last.
	Origin Origin `json:"origin,omitzero"`
}

// Turn is a sync that wants to go on.
type Turn struct {
	WorkflowID string `json:"workflow_id"`
	Order      string `json:"order"` // sorts the syncs of a lane by when they were written
}

// ConversationView is what the query "state" shows: no openid and no text.
type ConversationView struct {
	Facts           Facts    `json:"facts"`
	Gone            bool     `json:"gone"`
	WaitingMessages int      `json:"waiting_messages"`
	WaitingReplies  int      `json:"waiting_replies"`
	Held            []string `json:"held"`

	Tickets []TicketView `json:"tickets,omitempty"`
	Origin  Origin       `json:"origin,omitzero"`
}

func (s *ConversationState) view() ConversationView {
	return ConversationView{
		Facts: s.Facts, Gone: s.Gone, WaitingMessages: len(s.Inbox), WaitingReplies: len(s.Outbox), Held: s.Held,
		Tickets: s.Tickets.Views, Origin: s.Origin,
	}
}

// first says whether a key is new, and remembers it.
func (s *ConversationState) first(key string) bool {
	if slices.Contains(s.Seen, key) {
		return false
	}
	s.Seen = append(s.Seen, key)
	if len(s.Seen) > maxSeen {
		s.Seen = s.Seen[len(s.Seen)-maxSeen:]
	}
	return true
}

// next takes the oldest of what is waiting, in the order the follower sent it: WeChat posts in parallel.
func (s *ConversationState) next() Inbound {
	slices.SortStableFunc(s.Inbox, func(a, b Inbound) int {
		return cmp.Or(cmp.Compare(a.CreateTime, b.CreateTime), compareMsgID(a.MsgID, b.MsgID))
	})
	oldest := s.Inbox[0]
	s.Inbox = s.Inbox[1:]
	return oldest
}

// compareMsgID compares decimal numbers of any length. Events have none and come first.
func compareMsgID(a, b string) int {
	return cmp.Or(len(a)-len(b), strings.Compare(a, b))
}

// wantTurn notes that a sync wants to go on, before those written after it.
func (s *ConversationState) wantTurn(lane Lane, turn Turn) {
	turns := s.Turns[lane]
	if slices.ContainsFunc(turns, func(t Turn) bool { return t.WorkflowID == turn.WorkflowID }) {
		return
	}
	turns = append(turns, turn)
	slices.SortStableFunc(turns, func(a, b Turn) int { return strings.Compare(a.Order, b.Order) })
	s.Turns[lane] = turns
}

// nextTurn takes the first sync of a lane that wants its turn.
func (s *ConversationState) nextTurn(lane Lane) string {
	id := s.Turns[lane][0].WorkflowID
	s.Turns[lane] = s.Turns[lane][1:]
	return id
}

// orderKey sorts by time, which must compare as text, then by a decimal number.
func orderKey(at, number string) string { return fmt.Sprintf("%s %32s", at, number) }

// drop forgets a reply that is no longer held.
func (s *ConversationState) drop(id string) {
	s.Held = slices.DeleteFunc(s.Held, func(held string) bool { return held == id })
	delete(s.Waiting, id)
}
