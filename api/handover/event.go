package handover

import (
	"cmp"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Kinds of events.
const (
	kindInbound = "inbound" // a follower's action in the chat or on the page
	kindReply   = "reply"   // an agent's reply to a known follower
	kindRoute   = "route"   // an agent's reply whose follower must be looked up
	kindText    = "text"    // an automatic text that C4C has for a follower
	kindTicket  = "ticket"  // C4C's notification that a ticket changed
	kindReceipt = "receipt" // WeChat's result for a notice to a follower
)

// event is what is handed over, as the spool stores it: fields may only be added.
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

// happened is when a follower did what an event reports, in seconds since 1970; 0: it does not matter. Events of the
// page are proven by a session begun later, unless they have waited in the spool.
func (e event) happened() int64 {
	if e.Inbound == nil || e.Inbound.Web != nil && !e.Inbound.Late {
		return 0
	}
	return e.Inbound.CreateTime
}

// late marks an event that is handed over later than it came: other processes may still have earlier ones.
func (e *event) late() {
	if e.Inbound != nil {
		e.Inbound.Late = true
	}
	if e.Reply != nil {
		e.Reply.Late = true
	}
}

// lane names what an event is ordered with: all events of a follower, or all of a ticket.
func (h *Handover) lane(e event) string {
	switch {
	case e.OpenID != "":
		return h.ConversationID(e.OpenID)
	case e.ObjectID != "":
		return workflows.TicketChangedID(h.Account, e.ObjectID)
	}
	return workflows.RouteID(h.Account, cmp.Or(e.Reply.TicketID, e.Reply.SmaID))
}
