package conversation

import (
	"errors"

	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// Kinds of texts that answer a message at most once in a while.
const (
	TellReceived = "received" // the message has arrived
	TellClosed   = "closed"   // nobody is there to answer
)

// TellRequest is a text that wants to answer a message.
type TellRequest struct {
	Kind string `json:"kind"`
	At   int64  `json:"at"`   // CreateTime of the message
	Next int64  `json:"next"` // when the text may go again; with TellReceived every message until then puts it off as far
}

// Told is until when the follower needs no further text of a kind, in seconds since 1970.
type Told struct {
	Received int64 `json:"received,omitempty"`
	Closed   int64 `json:"closed,omitempty"`
}

func (t *Told) until(kind string) *int64 {
	if kind == TellClosed {
		return &t.Closed
	}
	return &t.Received
}

// ErrTellKind refuses a text of no known kind.
var ErrTellKind = errors.New("no such kind of text")

// CheckTell reports until when asking again is in vain, in seconds since 1970: what the follower was told before, and
// what the number of a new ticket is about to tell. 0: the text may go now. It changes nothing.
func (s *State) CheckTell(policy Policy, in TellRequest) (notBefore int64, err error) {
	until := *s.Told.until(in.Kind)
	switch {
	case in.Kind != TellReceived && in.Kind != TellClosed || in.Next <= in.At:
		return 0, ErrTellKind
	case s.Presence.Gone:
		return in.Next, nil
	case in.At < until && in.Kind == TellReceived:
		return max(until, in.Next), nil // this message puts it off
	case in.At < until:
		return until, nil
	case in.Kind == TellReceived && s.tellsNumber(policy):
		return in.Next, nil
	}
	return 0, nil
}

// apply notes that a text goes to the follower.
func (e Tell) apply(s *step) { *s.Told.until(e.Kind) = e.Next }

// answerLife is how long WeChat lets an account answer a message, in seconds.
const answerLife = int64(window.MessageLife / 1e9)

// heard notes a message of the follower: while the window is open it puts the next text off, and so does the number of
// a new ticket that answers it.
func (s *step) heard(in Inbound) {
	if in.Kind == KindMessage && (in.CreateTime < s.Told.Received || s.tellsNumber(s.policy)) {
		s.Told.Received = max(s.Told.Received, in.CreateTime+answerLife)
	}
}

// tellsNumber reports whether the follower's next message gets a new ticket, whose number answers it.
func (s *State) tellsNumber(policy Policy) bool { return s.CurrentTicket() == "" && policy.TellNumber }
