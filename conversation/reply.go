package conversation

import (
	"strings"
	"time"
)

// Reply is a service agent's answer as C4C's mashup pushes it.
type Reply struct {
	SmaID      string `json:"sma_id"`      // C4C's id of the reply activity, unique per reply
	OriginalID string `json:"original_id"` // the SocialMediaMessageID we gave the customer's message; may be empty
	TicketID   string `json:"ticket_id"`   // service_req_no
	Author     string `json:"author"`      // the service agent
	CreatedAt  string `json:"created_at"`  // UTC, ISO 8601, as C4C wrote it
	Text       string `json:"text"`
	OpenID     string `json:"openid"` // the recipient; set by the api or RouteReply
	// Automatic marks an automatic text: it is sent when the window has a message to spare, and expires silently.
	Automatic bool `json:"automatic,omitempty"`
	// Menu is a question with answers to tap, in place of the text.
	Menu *ReplyMenu `json:"menu,omitempty"`
	// Untold is set if the agent was told that the reply has not arrived.
	Untold bool `json:"untold,omitempty"`
	// Missed is set if C4C's push did not deliver the reply.
	Missed bool `json:"missed,omitempty"`
	// Late is set if Temporal was unavailable in between: earlier replies may arrive after this one.
	Late bool `json:"late,omitempty"`
	// Received is when the api got the reply, if C4C did not send when it was written; seconds since 1970. 0: C4C did.
	Received int64  `json:"received,omitempty"`
	Trace    string `json:"trace,omitempty"` // span of the webhook, as W3C traceparent
}

// ReplyMenu is WeChat's menu message. A tapped item comes back as a text message with the item's id as EventKey.
//
// https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
type ReplyMenu struct {
	Head  string          `json:"head"`
	Items []ReplyMenuItem `json:"items"`
	Tail  string          `json:"tail,omitempty"`
}

// ReplyMenuItem is one answer of a menu message.
type ReplyMenuItem struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Written is when the agent wrote the reply; zero if C4C did not say.
func (r Reply) Written() time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if at, err := time.Parse(layout, strings.TrimSpace(r.CreatedAt)); err == nil {
			return at
		}
	}
	return time.Time{}
}

// Order is the reply's place among its follower's replies. If C4C did not say when the reply was written, the time
// the api got it counts, or now if that is unknown, too.
func (r Reply) Order(now time.Time) Order {
	at := now.Unix()
	if written := r.Written(); !written.IsZero() {
		at = written.Unix()
	} else if r.Received > 0 {
		at = r.Received
	}
	return Order{At: at, ID: r.SmaID}
}

// size is the reply's size while it waits, in bytes.
func (r Reply) size() int {
	n := len(r.Text) + len(r.Author) + len(r.OriginalID) + 300
	if r.Menu != nil {
		n += len(r.Menu.Head) + len(r.Menu.Tail)
		for _, item := range r.Menu.Items {
			n += len(item.ID) + len(item.Text) + 30
		}
	}
	return n
}
