package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// ErrorNotDue refuses an UpdateTell. Its detail is the time, in seconds since 1970, until which asking again is in vain.
const ErrorNotDue = "NotDue"

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

// Told says that a text goes to the follower now.
type Told struct {
	TicketID string `json:"ticket_id,omitempty"` // the ticket that the message goes to, where that is known
}

// ToldState is until when the follower needs no further text of a kind, in seconds since 1970.
type ToldState struct {
	Received int64 `json:"received,omitempty"`
	Closed   int64 `json:"closed,omitempty"`
}

func (s *ToldState) until(kind string) *int64 {
	if kind == TellClosed {
		return &s.Closed
	}
	return &s.Received
}

// serveTold answers who wants to tell the follower something at once.
func (wf *conversation) serveTold(ctx workflow.Context) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, UpdateTell,
		func(_ workflow.Context, in TellRequest) (Told, error) {
			*wf.state.Told.until(in.Kind) = in.Next
			return Told{TicketID: wf.currentTicket()}, nil
		},
		workflow.UpdateHandlerOptions{
			Description: "May the follower be told now that a message has arrived, or that nobody is there?",
			Validator:   wf.checkTell,
		})
}

// checkTell refuses what the follower was told before, and what the number of a new ticket is about to tell.
func (wf *conversation) checkTell(in TellRequest) error {
	until := *wf.state.Told.until(in.Kind)
	switch {
	case in.Kind != TellReceived && in.Kind != TellClosed || in.Next <= in.At:
		return errors.New("no such kind of text")
	case wf.state.Gone:
		until = in.Next
	case in.At < until:
		if in.Kind == TellReceived {
			until = max(until, in.Next) // this message puts it off
		}
	case in.Kind == TellReceived && wf.tellsNumber():
		until = in.Next
	default:
		return nil
	}
	return temporal.NewApplicationError("the follower needs no such text now", ErrorNotDue, until)
}

// currentTicket is the ticket that the follower's next message goes to; empty: a new one, or not known.
func (wf *conversation) currentTicket() string {
	thread := wf.state.Facts.Thread
	if view := wf.state.Tickets.view(thread.TicketObjectID); view != nil && !view.Open {
		return ""
	}
	return thread.TicketID
}

// heard notes a message of the follower: while the window is open it puts the next text off, and so does the number of a
// new ticket that answers it.
func (wf *conversation) heard(in Inbound) {
	if in.Kind != KindMessage {
		return
	}
	told := &wf.state.Told
	if in.CreateTime < told.Received || wf.tellsNumber() {
		told.Received = max(told.Received, in.CreateTime+answerLife)
	}
}

// answerLife is how long WeChat lets an account answer a message, in seconds.
//
// Source: https://developers.weixin.qq.com/doc/service/guide/product/message/Service_Center_messages.html
const answerLife = 48 * 60 * 60

// tellsNumber says that the follower's next message gets a new ticket, whose number answers it.
func (wf *conversation) tellsNumber() bool {
	return wf.currentTicket() == "" && wf.workflows.Policies[wf.in.Account].TellNumber
}
