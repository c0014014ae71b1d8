package workflows

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Command is an operator's word on a parked sync. Actor and Reason are kept in the history; both may be empty for retry
// and skip.
type Command struct {
	Actor  string `json:"actor"`
	Reason string `json:"reason,omitempty"`
	// At is when the cause was found to be gone under which the sync is parked, by Temporal's clock; zero: the word itself
	// is from when it arrives.
	At time.Time `json:"at,omitzero"`
}

// Amendment is an operator's correction of what a sync could not get through; the sync then tries again. Which fields
// count depends on the sync: the text of a message or reply, the ticket of a reply or note, the follower of a reply.
type Amendment struct {
	Actor    string `json:"actor"`
	Reason   string `json:"reason,omitempty"`
	Text     string `json:"text,omitempty"`
	TicketID string `json:"ticket_id,omitempty"`
	OpenID   string `json:"openid,omitempty"`
}

// RouteReplyInput starts RouteReply.
type RouteReplyInput struct {
	Account string             `json:"account"`
	Reply   conversation.Reply `json:"reply"`
	// Missed says that the reply is to be read from C4C first.
	Missed *MissedReply `json:"missed,omitempty"`
}
