package conversation

import (
	"slices"
)

// Held are the replies that wait for the follower, in the order in which they were written.
type Held struct {
	Replies []HeldReply `json:"replies,omitempty"`
	// Open is set if the follower has acted since WeChat last refused a reply: the held replies may go.
	Open bool `json:"open,omitempty"`
	// Batch is about the held replies as a whole.
	Batch HeldBatch `json:"batch,omitzero"`
	// Credits are the notices that the follower granted, by template.
	Credits map[string]int `json:"credits,omitempty"`
}

// HeldReply is a reply that waits for the follower.
type HeldReply struct {
	WorkflowID string `json:"id"`
	Order      Order  `json:"order"`
	TicketID   string `json:"ticket_id,omitempty"`
	Author     string `json:"author,omitempty"`
	// Text is kept for the first replies that wait, to be merged with the one in front.
	Text  string `json:"text,omitempty"`
	Tried bool   `json:"tried,omitempty"` // parts of it may have arrived
	Ask   int    `json:"ask,omitempty"`   // the reply's own wait that ended when it was told to wait here
	Wait  int    `json:"wait,omitempty"`  // the wait that a turn ends; 0: unknown
	// With are the workflow ids of the replies whose texts this one carries.
	With []string `json:"with,omitempty"`
	// Into is the reply that carried this one's text. Unknown is set if it is unknown whether that reply arrived.
	Into    string `json:"into,omitempty"`
	Unknown bool   `json:"unknown,omitempty"`
}

// HeldBatch is about the held replies as a whole, from the first held until none is.
type HeldBatch struct {
	Since     int64  `json:"since,omitempty"` // seconds since 1970
	TicketID  string `json:"ticket_id,omitempty"`
	Announced bool   `json:"announced,omitempty"`
}

// maxHeldTexts limits the held replies whose texts are kept. Each is at most as long as one message.
const maxHeldTexts = 8

// hold puts a reply in its place among the held replies.
func (s *step) hold(h HeldReply) {
	held := &s.Held
	if at := held.index(h.WorkflowID); at >= 0 {
		held.Replies[at].Wait = h.Wait
		return
	}
	if len(held.Replies) == 0 {
		held.Batch = HeldBatch{Since: s.now.Unix(), TicketID: h.TicketID}
	}
	at := place(held.Replies, h.Order, func(h HeldReply) Order { return h.Order })
	if at >= maxHeldTexts || len(h.Text) > maxMerged || h.Tried {
		h.Text, h.Tried = "", true
	}
	held.Replies = slices.Insert(held.Replies, at, h)
	if len(held.Replies) > maxHeldTexts { // a reply written before it has moved it back
		last := &held.Replies[maxHeldTexts]
		last.Text, last.Tried = "", true
	}
}

// holdEarly makes a reply that was started early wait for the follower, behind others.
func (s *step) holdEarly(w WaitingSync) {
	s.grantHold(w.WorkflowID, w.Ask)
	s.hold(HeldReply{
		WorkflowID: w.WorkflowID, Order: w.Order, TicketID: w.TicketID, Tried: true, Ask: w.Ask, Wait: w.Ask, Into: w.Into,
		Unknown: w.Unknown,
	})
}

// grantHold ends a reply's wait for its turn: from now on it waits for the follower.
func (s *step) grantHold(id string, ask int) {
	s.grant(&s.Replies, id, Turn{Ask: ask, Reply: &ReplyTurn{Hold: true, DelayPolicy: s.delayPolicy()}})
}

// index is the position of a reply among the held ones; -1: not held.
func (h *Held) index(id string) int {
	return slices.IndexFunc(h.Replies, func(r HeldReply) bool { return r.WorkflowID == id })
}

// drop removes a reply that is no longer held, and reports whether it was held.
func (h *Held) drop(id string) bool {
	at := h.index(id)
	if at >= 0 {
		h.Replies = slices.Delete(h.Replies, at, at+1)
	}
	return at >= 0
}

// consent records what the follower decided about notices.
func (h *Held) consent(consents []NoticeConsent) {
	for _, c := range consents {
		if h.Credits == nil {
			h.Credits = map[string]int{}
		}
		switch {
		case c.Revoked:
			delete(h.Credits, c.TemplateID)
		case c.Granted && (len(h.Credits) < maxCredits || h.Credits[c.TemplateID] > 0):
			h.Credits[c.TemplateID]++
		}
	}
}

// maxCredits limits the templates whose grants are remembered. WeChat allows an account 25.
const maxCredits = 25
