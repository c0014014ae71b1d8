package conversation

import (
	"errors"

	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// Kinds of texts that answer a message at once. Each is sent at most once per period.
const (
	TellReceived = "received" // the message has arrived
	TellClosed   = "closed"   // outside business hours
)

// TellRequest asks whether a text may answer a message.
type TellRequest struct {
	Kind string `json:"kind"`
	At   int64  `json:"at"`   // CreateTime of the message
	Next int64  `json:"next"` // when the text may be sent again; with TellReceived every message until then postpones it
}

// Told is the time, per kind, until which the follower needs no further text; in seconds since 1970.
type Told struct {
	Received int64 `json:"received,omitempty"`
	Closed   int64 `json:"closed,omitempty"`
	// Barred is set once the agent was told that the account may not send the numbers of tickets.
	Barred bool `json:"barred,omitempty"`
}

func (t *Told) until(kind string) *int64 {
	if kind == TellClosed {
		return &t.Closed
	}
	return &t.Received
}

// ErrTellKind refuses a text of an unknown kind.
var ErrTellKind = errors.New("no such kind of text")

// CheckTell returns until when it is pointless to ask again, in seconds since 1970: the follower was told recently,
// or the number of a new ticket is about to answer the message. 0: the text may be sent now. It changes nothing.
func (s *State) CheckTell(policy Policy, in TellRequest) (notBefore int64, err error) {
	until := *s.Told.until(in.Kind)
	switch {
	case in.Kind != TellReceived && in.Kind != TellClosed || in.Next <= in.At:
		return 0, ErrTellKind
	case s.Presence.Gone:
		return in.Next, nil
	case in.At < until && in.Kind == TellReceived:
		return max(until, in.Next), nil // this message postpones it
	case in.At < until:
		return until, nil
	case in.Kind == TellReceived && s.numberWillAnswer(policy):
		return in.Next, nil
	}
	return 0, nil
}

// apply records that a text goes to the follower.
func (e Tell) apply(s *step) { *s.Told.until(e.Kind) = e.Next }

// answerLife is how long WeChat lets an account answer a message, in seconds.
const answerLife = int64(window.MessageLife / 1e9)

// postponeReceived postpones the next text that a message has arrived. A message of the follower does so while the
// window is open, as does the number of a new ticket that answers the message.
func (s *step) postponeReceived(in Inbound) {
	if in.Kind == KindMessage && (in.CreateTime < s.Told.Received || s.numberWillAnswer(s.policy)) {
		s.Told.Received = max(s.Told.Received, in.CreateTime+answerLife)
	}
}

// queueNumber queues the number of a new ticket that could not be sent at once, like any other automatic text. A number
// of which nobody knows whether it arrived is not sent again.
func (s *step) queueNumber(out Outcome) {
	ticketID := out.Thread.TicketID
	if out.Number == "" || ticketID == "" || !s.policy.TellNumber {
		return
	}
	number, key := Automatic{Reply: Reply{TicketID: ticketID}, Number: true}, "number/"+ticketID
	if out.Number == NumberUntold {
		s.queueAutomatic(key, number)
		return
	}
	if number.Reply.SmaID = s.automaticPrefix() + key; s.Replied.add(number.Reply.SmaID) {
		s.noteUntold(number, true)
	}
}

// numberWillAnswer reports whether the follower's next message opens a new ticket, whose number answers the message.
func (s *State) numberWillAnswer(policy Policy) bool {
	return s.CurrentTicket() == "" && policy.TellNumber
}
