package workflows

import (
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Command is an operator's command to a parked sync. Actor and Reason are kept in the history; both may be empty for
// retry and skip.
type Command struct {
	Actor  string `json:"actor"`
	Reason string `json:"reason,omitempty"`
	// At is when the cause that parked the sync was found to be gone, by Temporal's clock; zero: use the command's time
	// of arrival.
	At time.Time `json:"at,omitzero"`
}

// Amendment is an operator's correction of input that did not get through; the sync then retries. The fields that
// count depend on the sync: the text of a message or reply, the ticket of a reply or note, the follower of a reply.
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
	// Missed is set if the reply must first be read from C4C.
	Missed *MissedReply `json:"missed,omitempty"`
}

// Receipt is the result of a notice that WeChat accepted. For a template message it contains the message's id; for a
// subscription notice also the template's id.
type Receipt struct {
	MsgID      string `json:"msg_id,omitempty"`
	TemplateID string `json:"template_id,omitempty"`
	Delivered  bool   `json:"delivered,omitempty"`
	Refused    bool   `json:"refused,omitempty"` // by the follower
	Reason     string `json:"reason,omitempty"`  // WeChat's reason
}
