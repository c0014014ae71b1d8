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

// SyncStart describes how to start a sync.
type SyncStart struct {
	ID       string          `json:"id"`
	Type     string          `json:"type"`
	Summary  string          `json:"summary"`
	State    string          `json:"state"` // SyncState
	TicketID string          `json:"ticket_id,omitempty"`
	Failure  string          `json:"failure,omitempty"` // SyncError
	Input    json.RawMessage `json:"input"`
	Trace    string          `json:"trace,omitempty"` // span of the webhook that brought it, as W3C traceparent
}

// startedInput is a sync's input as JSON, with the span that its start belongs to.
type startedInput struct {
	json.RawMessage
	trace string
}

// TraceParent is the span of the webhook that brought the synced event, as W3C traceparent; empty without tracing.
func (in startedInput) TraceParent() string { return in.trace }

// input is the sync's input.
func (s SyncStart) input() startedInput { return startedInput{s.Input, s.Trace} }

// StartWaiting starts syncs that wait for their turn or for the follower, and ends. If many start at once, the
// conversation delegates them to it: Temporal accepts 2,000 open children of one workflow. Cancelling it changes
// nothing, because no other workflow knows what it starts.
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
			// It is a repeat. When its turn has come, its conversation finds out the state of the existing sync.
			workflow.GetLogger(ctx).Info("the sync was started before", "sync", in.Syncs[i].ID)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// asJSON encodes a payload's content as the SDK does: the same value gives the same bytes. Everything that a
// conversation handles was decoded from JSON or is about to be encoded to it.
//
//workflowcheck:ignore
func asJSON(value any) json.RawMessage {
	data, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("%T cannot be written: %v", value, err))
	}
	return data
}

// The most that one StartWaiting gets, so that its payload stays far below Temporal's limit of 2 MB. One sync alone
// may be larger: a reply is as large as C4C's push allows.
const (
	maxBatch     = 100
	maxBatchSize = 512 << 10 // bytes of input, before it is compressed
)

// batches splits the syncs to start. Each batch has at least one sync.
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

// batchFrom is the number of waiting syncs from which StartWaiting starts them.
const batchFrom = 10

// grouped groups the waiting syncs that one step starts, if there are many.
func grouped(commands []conversation.Command) (groups [][]conversation.Command) {
	waiting, together := 0, -1
	for _, command := range commands {
		if startsWaitingSync(command) {
			waiting++
		}
	}
	for _, command := range commands {
		switch {
		case waiting < batchFrom || !startsWaitingSync(command):
			groups = append(groups, []conversation.Command{command})
		case together < 0:
			together, groups = len(groups), append(groups, []conversation.Command{command})
		default:
			groups[together] = append(groups[together], command)
		}
	}
	return groups
}

// startsWaitingSync reports whether a command starts a sync that waits for its turn or for the follower. Its outcome
// comes as a report.
func startsWaitingSync(command conversation.Command) bool {
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

// startMany has StartWaiting start waiting syncs.
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

// startBatch has StartWaiting start a batch of waiting syncs. If that fails, the conversation starts them itself.
func (c *shell) startBatch(syncs []SyncStart) {
	id := StartWaitingID(syncs[0].ID)
	ctx := workflow.WithChildOptions(c.ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         c.language.Say("Start what waits of follower %s", c.in.FollowerKey),
		TypedSearchAttributes: FollowerAttributes(c.in.Account, c.in.FollowerKey),
	})
	started := workflow.ExecuteChildWorkflow(ctx, TypeStartWaiting,
		StartWaitingInput{SyncInput: c.syncInput(), Syncs: syncs})
	for _, s := range syncs {
		c.starts = put(c.starts, s.ID, workflow.Future(started))
	}
	c.unconfirmed++
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
