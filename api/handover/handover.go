// Package handover passes what comes from WeChat, C4C and the page to Temporal: as signals to a follower's
// conversation, or as workflows of their own. If there is a spool, it keeps what Temporal does not accept at once.
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

// Temporal is the part of a Temporal client that handing over needs.
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

// Outcome is the result of handing an event over.
type Outcome int

// Outcomes.
const (
	Taken  Outcome = iota // Temporal has it
	Kept                  // the spool has it
	Repeat                // a workflow already has it
	Nobody                // no workflow waits for it, and none is started
)

// Handover hands over the events of one account.
type Handover struct {
	Temporal          Temporal
	FollowerKeySecret []byte // key of the hash that replaces a follower's openid in ids
	Account           string
	Spool             *spool.Spool // nil: what Temporal does not accept until the context ends is refused
	// Language is the language of texts for operators in Temporal UI; empty: English.
	Language wording.Language

	rooms *rooms
}

// New makes a Handover for one account. kept may be nil.
func New(temporal Temporal, secret []byte, account string, kept *spool.Spool) *Handover {
	return &Handover{Temporal: temporal, FollowerKeySecret: secret, Account: account, Spool: kept, rooms: &rooms{}}
}

// Inbound hands a follower's action to their conversation, which is started if necessary.
func (h *Handover) Inbound(ctx context.Context, in conversation.Inbound) (Outcome, error) {
	return h.hand(ctx, event{kind: kindInbound, OpenID: in.OpenID, Inbound: &in})
}

// Reply hands an agent's reply to the conversation of the follower it names, or starts a search for that follower.
func (h *Handover) Reply(ctx context.Context, reply conversation.Reply) (Outcome, error) {
	if reply.OpenID == "" {
		return h.hand(ctx, event{kind: kindRoute, Reply: &reply})
	}
	return h.hand(ctx, event{kind: kindReply, OpenID: reply.OpenID, Reply: &reply})
}

// Text hands a text from C4C to a follower's conversation. If there is no conversation, the outcome is Nobody.
func (h *Handover) Text(ctx context.Context, text conversation.Reply) (Outcome, error) {
	return h.hand(ctx, event{kind: kindText, OpenID: text.OpenID, Reply: &text})
}

// TicketChanged hands an event to the workflow that handles its ticket's events. The workflow is started if
// necessary.
func (h *Handover) TicketChanged(ctx context.Context, objectID string, e workflows.TicketEvent) (Outcome, error) {
	return h.hand(ctx, event{kind: kindTicket, ObjectID: objectID, Ticket: &e})
}

// Receipt hands a notice's result to the notice that waits for it; Nobody: none does.
func (h *Handover) Receipt(ctx context.Context, openID string, receipt workflows.Receipt) (Outcome, error) {
	return h.hand(ctx, event{kind: kindReceipt, OpenID: openID, Receipt: &receipt})
}

// Waits reports whether a follower's next event must wait in the spool, because earlier ones do or Temporal does not
// answer.
func (h *Handover) Waits(openID string) bool {
	return h.Spool != nil && (h.Spool.Away() || h.Spool.Waits(h.ConversationID(openID)))
}

// Conversation returns how to start a follower's conversation.
func (h *Handover) Conversation(openID string) (client.StartWorkflowOptions, workflows.ConversationInput) {
	key := h.FollowerKey(openID)
	input := workflows.ConversationInput{Account: h.Account, OpenID: openID, FollowerKey: key}
	return conversationOptions(h.Language, h.Account, key), input
}

// FollowerKey returns a follower's key, which hides the openid.
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

// Deliver hands over what the spool has kept, for any account.
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
