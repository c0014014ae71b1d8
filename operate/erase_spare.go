package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// clockMargin is how far the clocks of Temporal's hosts may differ.
const clockMargin = time.Minute

// beforeMark returns the records that the erasure deletes. It spares what belongs to the time after the mark.
func (e *erasure) beforeMark(ctx context.Context, found []record) ([]record, error) {
	var old []record
	for _, r := range found {
		spared, err := e.spares(ctx, r)
		if err != nil {
			return nil, err
		}
		if !spared {
			old = append(old, r)
		}
	}
	return old, nil
}

// spares reports whether a record belongs to the time after the mark: a conversation that knows of the erasure, what
// such a conversation has started, and searches and reads that began later.
func (e *erasure) spares(ctx context.Context, r record) (bool, error) {
	if isVacant(r) || r.StartedAt.Before(e.marked.Add(-clockMargin)) {
		return false, nil
	}
	if spared, known := e.spared[r.RunID]; known {
		return spared, nil
	}
	spared, err := e.isLater(ctx, r)
	if err == nil {
		e.spared[r.RunID] = spared
	}
	return spared, err
}

func (e *erasure) isLater(ctx context.Context, r record) (bool, error) {
	switch {
	case r.Type == workflows.TypeConversation:
		in, readable, err := e.inputOf(ctx, r)
		return readable && in.Erased >= e.marked.Unix(), err
	case r.activity, r.Type == workflows.TypeRouteReply:
		return !r.StartedAt.Before(e.marked), nil
	case r.parent == nil:
		return false, nil
	}
	if spared, known := e.spared[r.parent.GetRunId()]; known {
		return spared, nil
	}
	parent, err := e.o.Temporal.DescribeWorkflowExecution(ctx, r.parent.GetWorkflowId(), r.parent.GetRunId())
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("erase: read what started a %s: %w", r.Type, err)
	}
	return e.spares(ctx, recordOf(parent.GetWorkflowExecutionInfo()))
}

// isVacant reports whether a record is a conversation that succeeded another one and for which nothing came: no other
// one completes.
func isVacant(r record) bool {
	return r.Type == workflows.TypeConversation && r.Status == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED.String()
}

// inputOf reads the input of a conversation, unless none of our keys decrypts it.
func (e *erasure) inputOf(ctx context.Context, r record) (in workflows.ConversationInput, readable bool, err error) {
	history, err := e.o.Temporal.WorkflowService().GetWorkflowExecutionHistory(ctx,
		&workflowservice.GetWorkflowExecutionHistoryRequest{
			Namespace: e.o.Namespace, MaximumPageSize: 1,
			Execution: &commonpb.WorkflowExecution{WorkflowId: r.ID, RunId: r.RunID},
		})
	if isNotFound(err) {
		return in, false, nil
	}
	if err != nil {
		return in, false, fmt.Errorf("erase: read how the conversation began: %w", err)
	}
	for _, event := range history.GetHistory().GetEvents() {
		if started := event.GetWorkflowExecutionStartedEventAttributes(); started != nil {
			return in, e.o.DataConverter.FromPayloads(started.GetInput(), &in) == nil, nil
		}
	}
	return in, false, nil
}

// beginPatience is how long to wait for the next conversation to begin before anything is deleted. Temporal deletes a
// run that closes after the first deletions only after those, which may take minutes.
const beginPatience = 10 * time.Second

// handOn lets the next conversation begin, which ends at once if nothing has come for it.
func (e *erasure) handOn(ctx context.Context) error {
	pause := time.NewTicker(e.poll())
	defer pause.Stop()
	patience := time.After(beginPatience)
	for {
		found, err := e.conversation(ctx)
		if err != nil || found == nil {
			return err
		}
		r := recordOf(found)
		spared, err := e.spares(ctx, r)
		if err != nil {
			return err
		}
		waits := false
		if spared {
			waits, err = e.begins(ctx, found)
		} else if r.Open() {
			e.open[r.RunID], waits = true, true
			err = e.end(ctx, r)
		}
		if err != nil || !waits {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("erase: not complete, run it again: %w", context.Cause(ctx))
		case <-patience:
			return nil
		case <-pause.C:
		}
	}
}

// end closes an open conversation from before the mark. If it can be read, a next one takes its place, so that nothing
// of what the follower writes gets lost in between. A conversation that cannot be read cannot work on anything either.
func (e *erasure) end(ctx context.Context, r record) error {
	current, err := e.o.Temporal.DescribeWorkflowExecution(ctx, r.ID, "")
	if isNotFound(err) || err == nil && current.GetWorkflowExecutionInfo().GetExecution().GetRunId() != r.RunID {
		return nil // it is closed, and the next one is not to be touched
	}
	if err != nil {
		return err
	}
	was, readable, err := e.inputOf(ctx, r)
	if err != nil {
		return err
	}
	if !readable {
		err := e.o.Temporal.TerminateWorkflow(ctx, r.ID, r.RunID, "the follower is erased")
		if isNotFound(err) {
			return nil
		}
		return err
	}
	return handover.Succeed(ctx, e.o.Temporal, e.o.Language, workflows.ConversationInput{
		Account: was.Account, OpenID: was.OpenID, FollowerKey: was.FollowerKey, Erased: e.marked.Unix(),
	})
}

// unbegun is the most events in the history of a conversation that no worker has seen and nobody has written to.
const unbegun = 3

// errUnbegun reports that a conversation which ends by itself cannot do so yet.
var errUnbegun = errors.New("the conversation that comes next has not begun: does a worker run?")

// begins reports whether a conversation took the place of an earlier one and no worker has seen it yet.
func (e *erasure) begins(ctx context.Context, info *workflowpb.WorkflowExecutionInfo) (bool, error) {
	r := recordOf(info)
	if !r.Open() || info.GetHistoryLength() > unbegun {
		return false, nil
	}
	in, _, err := e.inputOf(ctx, r)
	return in.Succeeds, err
}
