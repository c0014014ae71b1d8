// Package handover gives Temporal what WeChat, C4C and the page bring: as signals of a follower's conversation, or as
// workflows of their own. What Temporal does not take at once is kept in the spool, where there is one.
package handover

import (
	"context"
	"encoding/json"
	"fmt"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Temporal is what handing over needs of a Temporal client.
type Temporal interface {
	SignalWorkflow(ctx context.Context, workflowID, runID, signalName string, arg any) error
	SignalWithStartWorkflow(ctx context.Context, workflowID, signalName string, signalArg any,
		options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error)
	ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions,
		workflow any, args ...any) (client.WorkflowRun, error)
	DescribeWorkflowExecution(
		ctx context.Context, workflowID, runID string,
	) (*workflowservice.DescribeWorkflowExecutionResponse, error)
}

// Outcome says what became of an event that was handed over.
type Outcome int

// Outcomes.
const (
	Taken  Outcome = iota // Temporal has it
	Kept                  // the spool has it
	Repeat                // a workflow has it already
	Nobody                // no workflow waits for it, and none is started
)

// Handover hands over what concerns one account.
type Handover struct {
	Temporal          Temporal
	FollowerKeySecret []byte // key of the hash that stands for a follower in ids
	Account           string
	Spool             *spool.Spool // nil: what Temporal does not take until the context ends is refused
	// Language is that of what operators read in Temporal UI; empty: English.
	Language wording.Language

	rooms *rooms
}

// New makes a Handover of one account. kept may be nil.
func New(temporal Temporal, secret []byte, account string, kept *spool.Spool) *Handover {
	return &Handover{Temporal: temporal, FollowerKeySecret: secret, Account: account, Spool: kept, rooms: &rooms{}}
}

// Inbound hands what a follower did to their conversation, which is started if need be.
func (h *Handover) Inbound(ctx context.Context, in conversation.Inbound) (Outcome, error) {
	return h.hand(ctx, event{kind: kindInbound, OpenID: in.OpenID, Inbound: &in})
}

// Reply hands an agent's reply to the conversation of the follower it names, or has that follower looked for.
func (h *Handover) Reply(ctx context.Context, reply conversation.Reply) (Outcome, error) {
	if reply.OpenID == "" {
		return h.hand(ctx, event{kind: kindRoute, Reply: &reply})
	}
	return h.hand(ctx, event{kind: kindReply, OpenID: reply.OpenID, Reply: &reply})
}

// Text hands a text of C4C to a follower's conversation. Who has none gets nothing: Nobody.
func (h *Handover) Text(ctx context.Context, text conversation.Reply) (Outcome, error) {
	return h.hand(ctx, event{kind: kindText, OpenID: text.OpenID, Reply: &text})
}

// TicketChanged hands an event to the workflow that takes those of its ticket, which is started if need be.
func (h *Handover) TicketChanged(ctx context.Context, objectID string, e workflows.TicketEvent) (Outcome, error) {
	return h.hand(ctx, event{kind: kindTicket, ObjectID: objectID, Ticket: &e})
}

// Receipt hands what became of a notice to the notice that waits for it; Nobody: none does.
func (h *Handover) Receipt(ctx context.Context, openID string, receipt workflows.Receipt) (Outcome, error) {
	return h.hand(ctx, event{kind: kindReceipt, OpenID: openID, Receipt: &receipt})
}

// Waits reports whether something of a follower is to wait in the spool: what comes next belongs behind it, or Temporal
// does not answer.
func (h *Handover) Waits(openID string) bool {
	return h.Spool != nil && (h.Spool.Away() || h.Spool.Waits(h.ConversationID(openID)))
}

// Conversation says how a follower's conversation is started.
func (h *Handover) Conversation(openID string) (client.StartWorkflowOptions, workflows.ConversationInput) {
	key := h.FollowerKey(openID)
	input := workflows.ConversationInput{Account: h.Account, OpenID: openID, FollowerKey: key}
	return h.conversationOptions(key), input
}

// FollowerKey names a follower without the openid.
func (h *Handover) FollowerKey(openID string) string {
	return workflows.FollowerKey(h.FollowerKeySecret, h.Account, openID)
}

// ConversationID is the id of a follower's conversation.
func (h *Handover) ConversationID(openID string) string {
	return workflows.ConversationID(h.Account, h.FollowerKey(openID))
}

// hand hands an event over. It returns once Temporal or the spool has it.
func (h *Handover) hand(ctx context.Context, e event) (Outcome, error) {
	outcome := Taken
	try := func(ctx context.Context) (err error) {
		outcome, err = h.deliver(ctx, e)
		return err
	}
	if h.Spool == nil {
		err := Insist(ctx, try)
		return outcome, err
	}
	if h.Spool.Late() {
		e.late()
	}
	data, err := json.Marshal(e)
	if err != nil {
		return Taken, fmt.Errorf("handover: write down an event: %w", err)
	}
	kept, err := h.Spool.Hand(ctx, spool.Event{Lane: h.lane(e), Account: h.Account, Kind: e.kind, Data: data}, try)
	if kept {
		outcome = Kept
	}
	return outcome, err
}

// Deliver hands over what the spool kept, of any account.
func (h *Handover) Deliver(ctx context.Context, kept spool.Event) error {
	e := event{kind: kept.Kind}
	if err := json.Unmarshal(kept.Data, &e); err != nil {
		return fmt.Errorf("%w: of a form that this version does not know: %w", spool.ErrRefused, err)
	}
	e.late()
	of := *h
	of.Account = kept.Account
	_, err := of.deliver(ctx, e)
	return err
}
