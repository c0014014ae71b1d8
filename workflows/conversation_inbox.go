package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// Taken is what has arrived for a conversation, by kind and in order.
type Taken struct {
	Closed  []conversation.Closed       `json:"closed,omitempty"`
	Watched []conversation.Watched      `json:"watched,omitempty"`
	Reports []conversation.Report       `json:"reports,omitempty"`
	Inbound []conversation.Inbound      `json:"inbound,omitempty"`
	Replies []conversation.Reply        `json:"replies,omitempty"`
	Tickets []conversation.TicketChange `json:"tickets,omitempty"`
}

// events returns the events in the order to apply them, outcomes first.
func (t *Taken) events() []conversation.Event {
	if t == nil {
		return nil
	}
	var events []conversation.Event
	events = appendEvents(events, t.Watched)
	events = appendEvents(events, t.Reports)
	events = appendEvents(events, t.Closed)
	events = appendEvents(events, t.Inbound)
	events = appendEvents(events, t.Replies)
	return appendEvents(events, t.Tickets)
}

func appendEvents[T conversation.Event](events []conversation.Event, more []T) []conversation.Event {
	for _, event := range more {
		events = append(events, event)
	}
	return events
}

// add keeps a command's outcome for the next run. A Tick is not kept: the next run has its own timers.
func (t *Taken) add(event conversation.Event) {
	switch event := event.(type) {
	case conversation.Closed:
		t.Closed = append(t.Closed, event)
	case conversation.Watched:
		t.Watched = append(t.Watched, event)
	}
}

// size is the length as JSON, in bytes.
func (t *Taken) size() int { return len(asJSON(t)) }

// inbox holds a conversation's signal channels.
type inbox struct {
	reports, inbound, replies, tickets workflow.ReceiveChannel
}

func (c *shell) openInbox() inbox {
	return inbox{
		reports: workflow.GetSignalChannel(c.ctx, SignalReport),
		inbound: workflow.GetSignalChannel(c.ctx, SignalInbound),
		replies: workflow.GetSignalChannel(c.ctx, SignalReply),
		tickets: workflow.GetSignalChannel(c.ctx, SignalTicket),
	}
}

func (i inbox) waiting() bool {
	return i.reports.Len()+i.inbound.Len()+i.replies.Len()+i.tickets.Len() > 0
}

// drain receives everything that has arrived. It never yields.
func (i inbox) drain() *Taken {
	var t Taken
	drain(i.reports, func(r conversation.Report) { t.Reports = append(t.Reports, r) })
	drain(i.inbound, func(in conversation.Inbound) { t.Inbound = append(t.Inbound, in) })
	drain(i.replies, func(r conversation.Reply) { t.Replies = append(t.Replies, r) })
	drain(i.tickets, func(in conversation.TicketChange) { t.Tickets = append(t.Tickets, in) })
	return &t
}

// drain receives everything that has already arrived.
func drain[T any](signals workflow.ReceiveChannel, take func(T)) {
	for {
		var value T
		if !signals.ReceiveAsync(&value) {
			return
		}
		take(value)
	}
}
