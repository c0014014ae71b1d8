package workflows

// InboundKind says what a follower did, as far as the conversation tells such things apart.
type InboundKind string

// Kinds of inbound signals; KindBackfill is another.
const (
	KindMessage  InboundKind = "message"  // anything written or sent: becomes a ticket line
	KindFollow   InboundKind = "follow"   // subscribe: onboards, opens the reply window
	KindUnfollow InboundKind = "unfollow" // unsubscribe
	KindScan     InboundKind = "scan"     // an existing follower scanned a QR code: opens the reply window
	KindClick    InboundKind = "click"    // a menu click that opens the reply window
	KindRegister InboundKind = "register" // a registration on the page
	KindConsent  InboundKind = "consent"  // grants or revokes notices: opens nothing
)

// Inbound is what a follower did, as the webhook hands it to the conversation.
type Inbound struct {
	Key        string          `json:"key"` // deduplication key, unique within the account
	Kind       InboundKind     `json:"kind"`
	OpenID     string          `json:"openid"`
	CreateTime int64           `json:"create_time"`         // WeChat's CreateTime, seconds since 1970
	MsgID      string          `json:"msg_id,omitempty"`    // messages only
	MsgType    string          `json:"msg_type,omitempty"`  // WeChat's MsgType
	Text       string          `json:"text,omitempty"`      // what goes into the ticket: the text, or a line that says what came
	EventKey   string          `json:"event_key,omitempty"` // menu key, or the scene of the QR code
	Consents   []NoticeConsent `json:"consents,omitempty"`  // of KindConsent
	Media      *Media          `json:"media,omitempty"`     // what the follower attached
	Web        *WebEntry       `json:"web,omitempty"`       // submissions of the page only
	Trace      string          `json:"trace,omitempty"`     // span of the webhook, as W3C traceparent
}

// Media names a file at WeChat; its bytes never enter a history.
type Media struct {
	Kind    string `json:"kind"` // image, voice, video, shortvideo
	ID      string `json:"id"`
	ThumbID string `json:"thumb_id,omitempty"`
	Format  string `json:"format,omitempty"`
}

// Reply is a service agent's answer as C4C's mashup pushes it.
type Reply struct {
	SmaID      string `json:"sma_id"`      // C4C's id of the reply activity, unique per reply
	OriginalID string `json:"original_id"` // the SocialMediaMessageID we gave the customer's message; may be empty
	TicketID   string `json:"ticket_id"`   // service_req_no
	Author     string `json:"author"`      // the service agent
	CreatedAt  string `json:"created_at"`  // UTC, ISO 8601, as C4C wrote it
	Text       string `json:"text"`
	OpenID     string `json:"openid"` // whom it goes to; set by who routed it
	// Automatic says that it is a text of ours: it goes when the window spares a message, and expires silently.
	Automatic bool `json:"automatic,omitempty"`
	// Menu is a question with answers to tap, in the place of the text.
	Menu *ReplyMenu `json:"menu,omitempty"`
	// Untold says that the agent was told that it has not arrived.
	Untold bool `json:"untold,omitempty"`
	// Missed says that C4C's push did not bring it.
	Missed bool   `json:"missed,omitempty"`
	Trace  string `json:"trace,omitempty"` // span of the webhook, as W3C traceparent
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

// Command is an operator's word on a parked sync. Actor and Reason are kept in the history.
type Command struct {
	Actor  string `json:"actor"`
	Reason string `json:"reason,omitempty"`
}

// Amendment is an operator's correction of what a sync could not get through; the sync then tries again. Which fields count
// depends on the sync: the text of a message or reply, the ticket of a reply or note, the follower of a reply.
type Amendment struct {
	Actor    string `json:"actor"`
	Reason   string `json:"reason,omitempty"`
	Text     string `json:"text,omitempty"`
	TicketID string `json:"ticket_id,omitempty"`
	OpenID   string `json:"openid,omitempty"`
}

// ConversationInput starts a conversation. State is empty at first and carried over by continue-as-new.
type ConversationInput struct {
	Account     string             `json:"account"`
	OpenID      string             `json:"openid"`
	FollowerKey string             `json:"follower_key"`
	State       *ConversationState `json:"state,omitempty"`
}

// RouteReplyInput starts RouteReply.
type RouteReplyInput struct {
	Account string `json:"account"`
	Reply   Reply  `json:"reply"`
	// Missed says that the reply is to be read from C4C first.
	Missed *MissedReply `json:"missed,omitempty"`
}
