package conversation

import (
	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// InboundKind is what a follower did, as finely as the conversation needs to know.
type InboundKind string

// Kinds of what followers do.
const (
	KindMessage  InboundKind = "message"  // anything written or sent: is added to a ticket
	KindFollow   InboundKind = "follow"   // subscribe: onboards, opens the reply window
	KindUnfollow InboundKind = "unfollow" // unsubscribe
	KindScan     InboundKind = "scan"     // an existing follower scanned a QR code: opens the reply window
	KindClick    InboundKind = "click"    // a menu click that opens the reply window
	KindRegister InboundKind = "register" // a registration on the page
	KindConsent  InboundKind = "consent"  // grants or revokes notices: does not open the window
	KindSignOut  InboundKind = "sign_out" // signs out of the page in one browser: does not open the window
	// KindBackfill comes from a backfill: the follower may never have been seen here. It does not open the reply window
	// and sends no welcome. MsgID is the run of the backfill, which waits for the outcome.
	KindBackfill InboundKind = "backfill"
)

// Inbound is what a follower did.
type Inbound struct {
	Key        string      `json:"key"` // deduplication key, unique within the account
	Kind       InboundKind `json:"kind"`
	OpenID     string      `json:"openid"`
	CreateTime int64       `json:"create_time"`        // WeChat's CreateTime, seconds since 1970
	MsgID      string      `json:"msg_id,omitempty"`   // messages only
	MsgType    string      `json:"msg_type,omitempty"` // WeChat's MsgType
	// what is written in the ticket: the text, or a line for a file or place
	Text     string          `json:"text,omitempty"`
	EventKey string          `json:"event_key,omitempty"` // menu key, or the scene of the QR code
	Consents []NoticeConsent `json:"consents,omitempty"`  // of KindConsent
	Media    *Media          `json:"media,omitempty"`     // what the follower attached
	Web      *WebEntry       `json:"web,omitempty"`       // only for submissions of the page
	Session  *EndedSession   `json:"session,omitempty"`   // of KindSignOut
	// Late is set if Temporal was unavailable in between: earlier messages may arrive after this one.
	Late  bool   `json:"late,omitempty"`
	Trace string `json:"trace,omitempty"` // span of the webhook, as W3C traceparent
}

// Media names a file at WeChat; its bytes never enter a history.
type Media struct {
	Kind    string `json:"kind"` // image, voice, video, shortvideo
	ID      string `json:"id"`
	ThumbID string `json:"thumb_id,omitempty"`
	Format  string `json:"format,omitempty"`
	// Unfetched replaces the message's text in the ticket if the follower has sent too many files today and this one is
	// not fetched from WeChat; empty: the file is always fetched.
	Unfetched string `json:"unfetched,omitempty"`
}

// MediaImage is the kind of media that the page can show.
const MediaImage = "image"

// MediaLife is how long WeChat keeps a file, in seconds.
//
// Source: https://developers.weixin.qq.com/doc/service/api/material/temporary/api_getmedia.html
const MediaLife = 3 * 24 * 60 * 60

// NoticeConsent is what a follower decided about the notices of a subscription template.
type NoticeConsent struct {
	TemplateID string `json:"template_id"`
	Granted    bool   `json:"granted,omitempty"` // one more may be sent
	Revoked    bool   `json:"revoked,omitempty"` // none may be sent from now on
}

// usable reports whether the conversation can use the event.
func (in Inbound) usable() bool {
	if in.Key == "" || in.Web != nil && in.Kind != KindMessage && in.Kind != KindRegister {
		return false
	}
	switch in.Kind {
	case KindMessage, KindFollow, KindUnfollow, KindScan, KindClick, KindConsent, KindBackfill:
		return true
	case KindRegister:
		return in.Web != nil && in.Web.Register != nil
	case KindSignOut:
		return in.Session != nil && in.Session.ID != ""
	}
	return false
}

// Files are the files attached to a message.
func (in Inbound) Files() []Media {
	var files []Media
	if in.Media != nil && in.Media.ID != "" {
		files = append(files, *in.Media)
	}
	if in.Web != nil {
		files = append(files, in.Web.Pictures...)
	}
	return files
}

// trigger is how the event opens the reply window; empty: it does not. A tapped item of a menu message comes as a
// text and counts as a click.
func (in Inbound) trigger() window.Trigger {
	switch in.Kind {
	case KindMessage:
		if in.Web != nil {
			return ""
		}
		if in.EventKey != "" {
			return window.Click
		}
		return window.Message
	case KindFollow:
		return window.Follow
	case KindScan:
		return window.Scan
	case KindClick:
		return window.Click
	}
	return ""
}

// order is the event's place among what the follower wrote.
func (in Inbound) order() Order { return Order{At: in.CreateTime, ID: in.MsgID} }

// size is the event's size while it waits, in bytes.
func (in Inbound) size() int {
	n := len(in.Key) + len(in.Text) + len(in.EventKey) + len(in.MsgID) + 200
	if in.Media != nil {
		n += len(in.Media.Unfetched)
	}
	if in.Web != nil {
		n += 500 + 100*len(in.Web.Pictures) + len(in.Web.Subject) + sizeOf(in.Web.Fields)
		if in.Web.Register != nil {
			n += sizeOf(in.Web.Register.Fields)
		}
	}
	return n
}

func sizeOf(fields []activities.OwnField) int {
	n := 0
	for _, f := range fields {
		n += 100 + len(f.Value)
	}
	return n
}
