package wechat

import (
	"strconv"
	"strings"
	"time"
)

// Format is the data format of a push, set per account in WeChat's console.
type Format int

// The two data formats.
const (
	XML Format = iota
	JSON
)

// String returns "xml" or "json".
func (f Format) String() string {
	if f == JSON {
		return "json"
	}
	return "xml"
}

// Message is a push of WeChat: one of the *…Message types for what a follower sent, or one of the *…Event types for
// an event. Types that this package does not know arrive as *UnknownMessage or *UnknownEvent.
//
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
type Message interface {
	// Header returns the fields that all pushes share.
	Header() Header
}

// Header contains the fields that all pushes share.
type Header struct {
	// ToUserName is the original id of the account, gh_….
	ToUserName string
	// FromUserName is the follower's openid, case-sensitive.
	FromUserName string
	// CreateTime is when the follower acted; WeChat sends whole seconds.
	CreateTime time.Time
	// MsgType is text, image, …; event for all events.
	MsgType string
	// MsgID is a 64-bit decimal. Different followers may have the same one. Events have none, except the id of the sent
	// message in TEMPLATESENDJOBFINISH and MASSSENDJOBFINISH.
	MsgID string
	// Event is the event's name as WeChat spelled it (SCAN, subscribe); empty for messages.
	Event string
	// EventKey is the menu key, URL or scene of an event; often empty.
	EventKey string
	// MsgDataID and Idx are set if a follower answers an article: its id, and its position counted from 1.
	MsgDataID, Idx string
	// BusinessID is the sub-merchant that was written to; usually empty.
	BusinessID string
	// Format is the data format of the push.
	Format Format
	// Encrypted reports that the push came encrypted; its reply is encrypted, too.
	Encrypted bool
	// Raw is the (decrypted) body, which keeps fields that this package does not know available.
	Raw []byte
}

// Header returns h. It makes every type that embeds a Header a [Message].
func (h Header) Header() Header { return h }

// DedupKey identifies the push across WeChat's redeliveries: FromUserName|CreateTime|MsgId for messages,
// FromUserName|CreateTime|Event|EventKey for events, followed by |MsgID if an event has the id of a sent message (two
// receipts may come in the same second). It contains the openid: never log it.
func (h Header) DedupKey() string {
	parts := []string{h.FromUserName, strconv.FormatInt(h.CreateTime.Unix(), 10)}
	if h.Event == "" {
		return strings.Join(append(parts, h.MsgID), "|")
	}
	parts = append(parts, h.Event, h.EventKey)
	if h.MsgID != "" {
		parts = append(parts, h.MsgID)
	}
	return strings.Join(parts, "|")
}

// Head is [Header] under the name by which the message types embed it.
type Head = Header

// UnknownMessage is a message whose MsgType this package does not know, or an encrypted one of which only the header
// is readable; see [Header.Raw].
type UnknownMessage struct{ Head }

// UnknownEvent is an event whose name this package does not know; see [Header.Raw].
type UnknownEvent struct{ Head }
