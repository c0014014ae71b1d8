package workflows

import (
	"context"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// written is a reply that an agent wrote in C4C.
type written struct {
	activities.AgentReplyRef
	is      activities.AgentReply
	answers []error // errors that reading it returns first
}

// agentTenant contains what agents wrote, in order, and the workflows that were started.
type agentTenant struct {
	replies []written
	page    int // how many one list returns; 0: all
	lists   []activities.ListAgentRepliesInput
	started map[string]bool
}

// took records that a workflow was started.
func (w *tenant) took(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.agents.started == nil {
		w.agents.started = map[string]bool{}
	}
	w.agents.started[id] = true
}

// write makes an agent answer in the follower's thread.
func (w *tenant) write(smaID string, at time.Time, text string, change ...func(*written)) {
	r := written{
		AgentReplyRef: activities.AgentReplyRef{SmaID: smaID, UUID: "UUID-" + smaID, RootUUID: "UUID-root", CreatedAt: at},
		is: activities.AgentReply{
			OriginalID: conversation.MessageID(testAccount, testOpenID, "1"), TicketID: "1", Author: "Chen Li",
			CreatedAt: at.Format(time.RFC3339), Text: text,
		},
	}
	for _, c := range change {
		c(&r)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.agents.replies = append(w.agents.replies, r)
}

// lists are the lists that were requested.
func (w *tenant) lists() []activities.ListAgentRepliesInput {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]activities.ListAgentRepliesInput{}, w.agents.lists...)
}

func (a *fakeC4C) ListAgentReplies(ctx context.Context, in activities.ListAgentRepliesInput) (activities.AgentReplies,
	error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.agents.lists = append(a.agents.lists, in)
	if err := a.call(ctx); err != nil {
		return activities.AgentReplies{}, err
	}
	var found []activities.AgentReplyRef
	for _, r := range a.agents.replies {
		if !r.CreatedAt.Before(in.From) && !r.CreatedAt.After(in.To) {
			found = append(found, r.AgentReplyRef)
		}
	}
	page := activities.AgentReplies{Replies: found[min(in.Skip, len(found)):]}
	if size := a.agents.page; size > 0 && len(page.Replies) > size {
		page.Replies, page.Next = page.Replies[:size], in.Skip+size
	}
	return page, nil
}

func (a *fakeC4C) ReadAgentReply(ctx context.Context, in activities.ReadAgentReplyInput) (activities.AgentReply,
	error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.call(ctx); err != nil {
		return activities.AgentReply{}, err
	}
	for i := range a.agents.replies {
		r := &a.agents.replies[i]
		if r.UUID != in.UUID || r.RootUUID != in.RootUUID {
			continue
		}
		if len(r.answers) > 0 {
			answer := r.answers[0]
			r.answers = r.answers[1:]
			return activities.AgentReply{}, answer
		}
		return r.is, nil
	}
	return activities.AgentReply{Withdrawn: true}, nil
}

func (a *fakeOperations) UnknownReplies(ctx context.Context, in activities.UnknownRepliesInput) ([]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.call(ctx); err != nil {
		return nil, err
	}
	var unknown []string
	for _, id := range in.SmaIDs {
		if !a.agents.started[conversation.ReplyID(in.Account, id)] && !a.agents.started[RouteID(in.Account, id)] {
			unknown = append(unknown, id)
		}
	}
	return unknown, nil
}
