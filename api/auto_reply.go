package api

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// AutoReplies are the texts that answer a push at once, as WeChat's passive reply. A passive reply does not count
// against the messages that a follower's message allows. The zero value sends only the welcome.
type AutoReplies struct {
	NoWelcome bool
	// Received answers the first message in a period, which is Life; 0: 48 hours.
	Received bool
	Life     time.Duration
	// Hours returns whether agents are there to answer, and when they will be next; nil: always.
	Hours func(at time.Time) (next time.Time, open bool)
	// Conversations are asked whether a text is due; nil: only the welcome is sent.
	Conversations Updater
}

// Updater is the part of a Temporal client needed to ask a conversation.
type Updater interface {
	UpdateWorkflow(ctx context.Context, options client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error)
}

const (
	answerLife     = window.MessageLife     // WeChat's reply window
	autoReplyWait  = 800 * time.Millisecond // of WeChat's 5 seconds, after the message is stored safely
	autoReplyPause = 10 * time.Second       // after a conversation did not answer in time
	maxRemembered  = 50_000
)

// autoReplier decides which text answers a message. The conversation decides for all processes. Its answer is
// remembered, so that a follower who keeps writing costs nothing.
type autoReplier struct {
	o   AutoReplies
	now func() time.Time
	log *slog.Logger

	mu     sync.Mutex
	until  map[remembered]int64 // when to ask again, seconds since 1970
	silent time.Time            // ask no conversation before this
}

// remembered is a follower's conversation and a kind of text.
type remembered struct{ conversation, kind string }

func newAutoReplier(o Options) *autoReplier {
	a := &autoReplier{o: o.AutoReplies, now: o.Now, log: o.Logger, until: map[remembered]int64{}}
	if a.o.Life <= 0 {
		a.o.Life = answerLife
	}
	return a
}

// autoReplyFor is the text that answers a message which Temporal has; empty: none. Only a follower who is proven to
// have written gets the ticket's number.
func (h *handlers) autoReplyFor(ctx context.Context, in conversation.Inbound, id string, proven bool) string {
	if in.Kind != conversation.KindMessage || in.EventKey != "" { // a tapped item is an answer to our own message
		return ""
	}
	request, opens, due := h.autoReplier.wanted(time.Unix(in.CreateTime, 0))
	if !due {
		return ""
	}
	told, ok := h.autoReplier.ask(ctx, id, in.MsgID, request)
	switch {
	case !ok:
		return ""
	case request.Kind == conversation.TellClosed:
		return h.Texts.Text(catalogue.Closed, catalogue.Opens(formatMoment(h.Texts.Language(), opens)))
	case told.TicketID != "" && proven:
		return h.Texts.Text(catalogue.ReceivedTicket, catalogue.Ticket(told.TicketID))
	}
	return h.Texts.Text(catalogue.Received)
}

// wanted is the text that the account would send at this time.
func (a *autoReplier) wanted(at time.Time) (request conversation.TellRequest, opens time.Time, due bool) {
	if a.o.Conversations == nil {
		return request, opens, false
	}
	if a.o.Hours != nil {
		if next, open := a.o.Hours(at); !open {
			return conversation.TellRequest{Kind: conversation.TellClosed, At: at.Unix(), Next: next.Unix()}, next, true
		}
	}
	return conversation.TellRequest{Kind: conversation.TellReceived, At: at.Unix(), Next: at.Add(a.o.Life).Unix()},
		opens, a.o.Received
}

// ask asks the conversation. WeChat repeats a push with the same MsgId and then gets the same answer.
func (a *autoReplier) ask(
	ctx context.Context, id, msgID string, request conversation.TellRequest,
) (workflows.TellAnswer, bool) {
	var told workflows.TellAnswer
	about := remembered{id, request.Kind}
	if !a.makesSense(about, request.At) {
		return told, false
	}
	ctx, cancel := context.WithTimeout(ctx, autoReplyWait)
	defer cancel()
	handle, err := a.o.Conversations.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateID: "tell/" + msgID, UpdateName: workflows.UpdateTell,
		Args: []any{request}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &told)
	}
	var refused *temporal.ApplicationError
	switch {
	case err == nil:
		return told, true
	case errors.As(err, &refused) && refused.Type() == workflows.ErrorNotDue:
		var until int64
		if refused.Details(&until) == nil {
			a.remember(about, until)
		}
	default:
		a.pause()
		a.log.WarnContext(ctx, "a message gets no answer at once: its conversation did not say whether one is due", "error",
			err)
	}
	return told, false
}

// makesSense reports whether to ask. It is false if the conversation has said not to, or if conversations do not
// answer.
func (a *autoReplier) makesSense(about remembered, at int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now().Before(a.silent) {
		return false
	}
	until, known := a.until[about]
	if !known || at >= until {
		return true
	}
	if about.kind == conversation.TellReceived {
		a.until[about] = max(until, at+int64(a.o.Life.Seconds())) // the conversation postpones it as far
	}
	return false
}

func (a *autoReplier) remember(about remembered, until int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.until) >= maxRemembered {
		clear(a.until) // they are asked again
	}
	a.until[about] = until
}

func (a *autoReplier) pause() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.silent = a.now().Add(autoReplyPause)
}

var chineseDays = [...]string{"日", "一", "二", "三", "四", "五", "六"}

// formatMoment formats a time for people.
func formatMoment(lang catalogue.Language, at time.Time) string {
	if lang == catalogue.Chinese {
		return at.Format("1月2日") + "（周" + chineseDays[at.Weekday()] + "）" + at.Format("15:04")
	}
	return at.Format("Monday, 2 January, 15:04")
}
