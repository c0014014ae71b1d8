package workflows

import (
	"encoding/json"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// StartWaitingInput starts StartWaiting.
type StartWaitingInput struct {
	SyncInput
	Syncs []SyncStart `json:"syncs"`
}

// SyncStart says how a sync is started.
type SyncStart struct {
	ID       string          `json:"id"`
	Type     string          `json:"type"`
	Summary  string          `json:"summary"`
	State    string          `json:"state"` // SyncState
	TicketID string          `json:"ticket_id,omitempty"`
	Failure  string          `json:"failure,omitempty"` // SyncError
	Input    json.RawMessage `json:"input"`
	Trace    string          `json:"trace,omitempty"` // span of the webhook that brought it, as W3C's traceparent
}

// startedInput is the input of a sync as JSON, with the span that its start belongs to.
type startedInput struct {
	json.RawMessage
	trace string
}

// TraceParent is the span of the webhook that brought what is synced, as W3C's traceparent; empty where nobody traces.
func (in startedInput) TraceParent() string { return in.trace }

// input is what the sync is started with.
func (s SyncStart) input() startedInput { return startedInput{s.Input, s.Trace} }

// StartWaiting starts syncs that wait for their turn or for the follower, and ends. Where much comes at once the
// conversation leaves that to it: Temporal takes 2,000 open children of one workflow. To cancel it changes nothing, for
// what it starts is known to nobody else.
func (w *Workflows) StartWaiting(ctx workflow.Context, in StartWaitingInput) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	started := make([]workflow.Future, len(in.Syncs))
	for i, s := range in.Syncs {
		child := in.child(ctx, s.ID, s.Summary, row{state: s.State, ticketID: s.TicketID, failure: s.Failure})
		started[i] = workflow.ExecuteChildWorkflow(child, s.Type, s.input()).GetChildWorkflowExecution()
	}
	for i, s := range started {
		err := s.Get(ctx, nil)
		if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			// It is a repeat. Its conversation finds out how that one stands when its turn has come.
			workflow.GetLogger(ctx).Info("the sync was started before", "sync", in.Syncs[i].ID)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// asJSON writes what enters a payload, as the SDK does: the same value gives the same bytes. All that a conversation
// handles has come from JSON, or is made to become it.
//
//workflowcheck:ignore
func asJSON(value any) json.RawMessage {
	data, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("%T cannot be written: %v", value, err))
	}
	return data
}

// What one StartWaiting gets, so that its payload stays far below the 2 MB that Temporal takes. One sync alone may
// weigh more: a reply has as much as C4C's push may bring.
const (
	maxBatch     = 100
	maxBatchSize = 512 << 10 // bytes of input, before it is compressed
)

// batches parts what is to be started. Each part has one sync at least.
func batches(syncs []SyncStart) (parts [][]SyncStart) {
	size := 0
	for i, s := range syncs {
		if i == 0 || size+len(s.Input) > maxBatchSize || len(parts[len(parts)-1]) >= maxBatch {
			parts, size = append(parts, nil), 0
		}
		size += len(s.Input)
		parts[len(parts)-1] = append(parts[len(parts)-1], s)
	}
	return parts
}

// batchFrom is from how many on syncs that wait are started by others.
const batchFrom = 10

// grouped puts the syncs of one step together that are started to wait, where they are many.
func grouped(commands []conversation.Command) (groups [][]conversation.Command) {
	waiting, together := 0, -1
	for _, command := range commands {
		if waits(command) {
			waiting++
		}
	}
	for _, command := range commands {
		switch {
		case waiting < batchFrom || !waits(command):
			groups = append(groups, []conversation.Command{command})
		case together < 0:
			together, groups = len(groups), append(groups, []conversation.Command{command})
		default:
			groups[together] = append(groups[together], command)
		}
	}
	return groups
}

// waits reports whether a command starts a sync that waits for its turn or for the follower. What becomes of it comes
// as a report.
func waits(command conversation.Command) bool {
	switch c := command.(type) {
	case conversation.StartTicket:
		return c.Ask.Wait
	case conversation.StartRegister:
		return c.Wait
	case conversation.StartReply:
		return c.Ask.Wait || c.Ask.Hold
	}
	return false
}

// startMany has syncs that wait started by others.
func (c *shell) startMany(commands []conversation.Command) {
	c.gathers = true
	for _, command := range commands {
		c.carryOut(command)
	}
	parts := batches(c.gathered)
	c.gathers, c.gathered = false, nil
	for _, part := range parts {
		c.startBatch(part)
	}
}

// startBatch has syncs started that wait. Should nobody have done that, the conversation does.
func (c *shell) startBatch(syncs []SyncStart) {
	id := StartWaitingID(syncs[0].ID)
	ctx := workflow.WithChildOptions(c.ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         c.language.Say("Start what waits of follower %s", c.in.FollowerKey),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			AttributeAccount.ValueSet(c.in.Account), AttributeFollowerKey.ValueSet(c.in.FollowerKey)),
	})
	started := workflow.ExecuteChildWorkflow(ctx, TypeStartWaiting, StartWaitingInput{SyncInput: c.sync(), Syncs: syncs})
	for _, s := range syncs {
		c.starts = with(c.starts, s.ID, workflow.Future(started))
	}
	c.open++
	workflow.Go(c.ctx, func(ctx workflow.Context) {
		err := started.Get(ctx, nil)
		for _, s := range syncs {
			delete(c.starts, s.ID)
			if err != nil {
				c.startChild(s)
			}
		}
		if err != nil {
			workflow.GetLogger(ctx).Warn("what waits is started by the conversation", "reason", err)
		}
		c.confirmed()
	})
}
