package handover

import (
	"cmp"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Kinds of events.
const (
	kindInbound = "inbound" // what a follower did in the chat or on the page
	kindReply   = "reply"   // an agent's reply to a follower who is known
	kindRoute   = "route"   // an agent's reply whose follower must be looked for
	kindText    = "text"    // a text that C4C has for a follower by itself
	kindTicket  = "ticket"  // C4C's notice that a ticket changed
	kindReceipt = "receipt" // what became of a notice to a follower
)

// event is what is handed over, as the spool keeps it: fields are only added.
type event struct {
	kind     string
	OpenID   string                 `json:"openid,omitempty"`
	ObjectID string                 `json:"object_id,omitempty"`
	Inbound  *conversation.Inbound  `json:"inbound,omitempty"`
	Reply    *conversation.Reply    `json:"reply,omitempty"`
	Ticket   *workflows.TicketEvent `json:"ticket,omitempty"`
	Receipt  *workflows.Receipt     `json:"receipt,omitempty"`
}

// complete reports whether an event has what its kind needs.
func (e event) complete() bool {
	switch e.kind {
	case kindInbound:
		return e.OpenID != "" && e.Inbound != nil
	case kindReply, kindText:
		return e.OpenID != "" && e.Reply != nil
	case kindRoute:
		return e.Reply != nil
	case kindTicket:
		return e.ObjectID != "" && e.Ticket != nil
	case kindReceipt:
		return e.OpenID != "" && e.Receipt != nil
	}
	return false
}

// happened is when a follower did what an event tells, in seconds since 1970; 0: that does not matter. What the page
// brings is proven by a session of afterwards, unless it has waited in the spool.
func (e event) happened() int64 {
	if e.Inbound == nil || e.Inbound.Web != nil && !e.Inbound.Late {
		return 0
	}
	return e.Inbound.CreateTime
}

// late marks what is handed over later than it came: other processes may still have what was written before.
func (e *event) late() {
	if e.Inbound != nil {
		e.Inbound.Late = true
	}
	if e.Reply != nil {
		e.Reply.Late = true
	}
}

// lane names what an event must keep its order with: all of a follower, all of a ticket.
func (h *Handover) lane(e event) string {
	switch {
	case e.OpenID != "":
		return h.ConversationID(e.OpenID)
	case e.ObjectID != "":
		return workflows.TicketChangedID(h.Account, e.ObjectID)
	}
	return workflows.RouteID(h.Account, cmp.Or(e.Reply.TicketID, e.Reply.SmaID))
}
