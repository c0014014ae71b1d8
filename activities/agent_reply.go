package activities

import (
	"context"
	"errors"
	"time"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// replyPage is how many replies one call lists.
const replyPage = 200

// ListAgentRepliesInput selects a time span, including both ends.
type ListAgentRepliesInput struct {
	Account string    `json:"account"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Skip    int       `json:"skip,omitempty"` // AgentReplies.Next of the previous part
}

func (in ListAgentRepliesInput) account() string { return in.Account }

// AgentReplies are one part of a span's replies, the oldest first.
type AgentReplies struct {
	Replies []AgentReplyRef `json:"replies"`
	Next    int             `json:"next,omitempty"` // Skip of the next part; 0: no next part
}

// AgentReplyRef identifies an agent's reply, without its text.
type AgentReplyRef struct {
	SmaID     string    `json:"sma_id"`
	UUID      string    `json:"uuid"`
	RootUUID  string    `json:"root_uuid,omitempty"`  // of the activity that began the thread
	MessageID string    `json:"message_id,omitempty"` // SocialMediaMessageID
	Private   bool      `json:"private,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// ListAgentReplies lists what agents wrote on the account's channel in a time span. It costs one call.
func (a *C4C) ListAgentReplies(ctx context.Context, in ListAgentRepliesInput) (AgentReplies, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return AgentReplies{}, err
	}
	found, err := client.AgentReplies(ctx, c4c.AgentReplyQuery{From: in.From, To: in.To, Top: replyPage, Skip: in.Skip})
	if err != nil {
		return AgentReplies{}, fromC4C(ctx, err)
	}
	page := AgentReplies{Replies: make([]AgentReplyRef, 0, len(found.Replies)), Next: found.Next}
	for _, r := range found.Replies {
		page.Replies = append(page.Replies, AgentReplyRef{
			SmaID: r.ID, UUID: r.UUID, RootUUID: r.RootUUID, MessageID: r.MessageID, Private: r.Private, CreatedAt: r.CreatedAt,
		})
	}
	return page, nil
}

// ReadAgentReplyInput names one reply.
type ReadAgentReplyInput struct {
	Account  string `json:"account"`
	UUID     string `json:"uuid"`
	RootUUID string `json:"root_uuid,omitempty"`
}

func (in ReadAgentReplyInput) account() string { return in.Account }

// AgentReply has the content that C4C's push would have had.
type AgentReply struct {
	Withdrawn  bool   `json:"withdrawn,omitempty"`   // deleted or private by now: there is nothing to deliver
	OriginalID string `json:"original_id,omitempty"` // SocialMediaMessageID of the message that began the thread
	TicketID   string `json:"ticket_id,omitempty"`
	Author     string `json:"author,omitempty"`
	CreatedAt  string `json:"created_at,omitempty"` // UTC, ISO 8601
	Text       string `json:"text,omitempty"`
}

// ReadAgentReply reads everything that a reply's delivery needs. It costs two calls.
func (a *C4C) ReadAgentReply(ctx context.Context, in ReadAgentReplyInput) (AgentReply, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return AgentReply{}, err
	}
	found, err := client.AgentReply(ctx, in.UUID, in.RootUUID)
	switch {
	case errors.Is(err, c4c.ErrNotFound):
		return AgentReply{Withdrawn: true}, nil
	case err != nil:
		return AgentReply{}, fromC4C(ctx, err)
	case found.Private:
		return AgentReply{Withdrawn: true}, nil
	}
	reply := AgentReply{
		OriginalID: found.RootMessageID, Author: found.Author, Text: found.Text,
		CreatedAt: found.CreatedAt.UTC().Format(time.RFC3339),
	}
	inThread := found.RootID
	if inThread == "" {
		inThread = found.ID
	}
	ticket, err := client.TicketOfActivity(ctx, inThread)
	if err != nil && !errors.Is(err, c4c.ErrNotFound) {
		return AgentReply{}, fromC4C(ctx, err)
	}
	reply.TicketID = ticket.ID
	return reply, nil
}

// Replies reports which replies have a workflow.
type Replies interface {
	// Unknown returns the replies, by sma_id, that no workflow of the account has handled yet.
	Unknown(ctx context.Context, account string, smaIDs []string) ([]string, error)
}

// UnknownRepliesInput names replies of an account.
type UnknownRepliesInput struct {
	Account string   `json:"account"`
	SmaIDs  []string `json:"sma_ids"`
}

// UnknownReplies returns the replies that no workflow has handled: those that C4C's push did not deliver.
func (a *Operations) UnknownReplies(ctx context.Context, in UnknownRepliesInput) ([]string, error) {
	return a.Replies.Unknown(ctx, in.Account, in.SmaIDs)
}
