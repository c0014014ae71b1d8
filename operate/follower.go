package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// ErrNoSuchFollower reports that nothing is stored about the follower.
var ErrNoSuchFollower = errors.New("no such follower: neither a conversation nor a sync is kept of this openid")

// Subject is the follower that a command is about. Only the key is known here, never the openid.
type Subject struct {
	Account string
	Key     string // workflows.FollowerKey
}

// Follower is what is stored about a follower, without texts and openid.
type Follower struct {
	Account        string `json:"account"`
	FollowerKey    string `json:"follower_key"`
	ConversationID string `json:"conversation_id"`
	Conversation   string `json:"conversation"` // status of its workflow; "none" if there is none
	Link           string `json:"link,omitempty"`
	// State is the conversation's answer; nil if it did not answer, and Note says why.
	State *FollowerState `json:"state,omitempty"`
	Note  string         `json:"note,omitempty"`
	Syncs []Sync         `json:"syncs"` // oldest first
}

// FollowerState is what the conversation knows.
type FollowerState struct {
	ProfileID       string `json:"profile_id,omitempty"`  // C4C's social media user profile
	CustomerID      string `json:"customer_id,omitempty"` // C4C's customer
	TicketID        string `json:"ticket_id,omitempty"`   // the last ticket
	Gone            bool   `json:"gone"`                  // the follower has unfollowed
	WaitingMessages int    `json:"waiting_messages"`
	WaitingReplies  int    `json:"waiting_replies"`
	// WaitingSince is when the oldest waiting message or reply arrived; nil: nothing waits.
	WaitingSince *time.Time `json:"waiting_since,omitempty"`
	Held         []string   `json:"held"`   // ids of the replies that wait for the follower
	Window       string     `json:"window"` // what may still be sent, as far as is known
}

// ShowFollower reads what is stored about a follower, or fails with [ErrNoSuchFollower].
func (o *Operator) ShowFollower(ctx context.Context, s Subject) (Follower, error) {
	f := Follower{Account: s.Account, FollowerKey: s.Key, ConversationID: workflows.ConversationID(s.Account, s.Key),
		Conversation: "none"}
	var err error
	if f.Syncs, err = o.find(ctx, Filter{States: []string{AllStates}, FollowerKey: s.Key}); err != nil {
		return Follower{}, err
	}
	found, err := o.Temporal.DescribeWorkflowExecution(ctx, f.ConversationID, "")
	switch {
	case isNotFound(err) && len(f.Syncs) == 0:
		return Follower{}, ErrNoSuchFollower
	case isNotFound(err):
		return f, nil
	case err != nil:
		return Follower{}, fmt.Errorf("read %s: %w", f.ConversationID, err)
	}
	info := found.GetWorkflowExecutionInfo()
	f.Conversation, f.Link = info.GetStatus().String(), o.Link(f.ConversationID, info.GetExecution().GetRunId())
	if f.State, err = o.conversationState(ctx, f.ConversationID); err != nil {
		f.Note = err.Error()
	}
	return f, nil
}

// conversationState queries the conversation. It omits the root message id, which contains the openid.
func (o *Operator) conversationState(ctx context.Context, id string) (*FollowerState, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, errNoAnswer)
	defer cancel()
	answer, err := o.Temporal.QueryWorkflow(ctx, id, "", workflows.QueryState)
	if err != nil {
		if errors.Is(context.Cause(ctx), errNoAnswer) {
			err = errNoAnswer
		}
		return nil, fmt.Errorf("the conversation's state is not known: %w", err)
	}
	var view conversation.View
	if err := answer.Get(&view); err != nil {
		return nil, fmt.Errorf("the conversation's state cannot be read: %w", err)
	}
	state := &FollowerState{
		ProfileID: view.Known.Profile.ID, CustomerID: view.Known.Customer.ID, TicketID: view.Known.Thread.TicketID,
		Gone: view.Gone, WaitingMessages: view.WaitingMessages, WaitingReplies: view.WaitingReplies, Held: view.Held,
	}
	if view.Oldest > 0 {
		since := time.Unix(view.Oldest, 0).UTC()
		state.WaitingSince = &since
	}
	state.Window, err = o.windowState(ctx, id, time.Now())
	return state, err
}
