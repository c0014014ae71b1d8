package handover

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Erased is when a follower was last erased, by Temporal's clock; zero: never, or so long ago that nothing older is
// accepted anyway. It needs no worker.
func (h *Handover) Erased(ctx context.Context, openID string) (time.Time, error) {
	id := workflows.ErasureID(h.Account, h.FollowerKey(openID))
	return workflows.ErasedAt(h.Temporal.DescribeWorkflowExecution(ctx, id, ""))
}

// Erase starts the erasure of a follower who requests it, for good. What the follower does from then on is kept, even
// while no worker runs: the conversation ends here, and the next one knows of the erasure. If an erasure is already
// running, it serves this request, too. Erase returns the hash by which the erasure's row and its mark can be found.
// The spool does not keep it: if Temporal does not accept it, no erasure begins.
func (h *Handover) Erase(ctx context.Context, openID string) (hash string, err error) {
	key := h.FollowerKey(openID)
	marked, err := MarkErased(ctx, h.Temporal, h.Language, h.Account, key)
	if err != nil {
		return "", err
	}
	_, next := h.Conversation(openID)
	next.Erased = marked.Unix()
	if err := h.succeed(ctx, next); err != nil {
		return "", err
	}
	in := workflows.EraseInput{Account: h.Account, FollowerKey: key, Marked: marked}
	_, err = h.Temporal.SignalWithStartWorkflow(ctx, workflows.EraseID(h.Account, key), workflows.SignalErase, in,
		client.StartWorkflowOptions{
			ID: workflows.EraseID(h.Account, key), TaskQueue: workflows.TaskQueue,
			WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
			StaticSummary:         h.Language.Say("Erase a follower who has asked for it"),
			TypedSearchAttributes: workflows.SyncAttributes(h.Account),
		}, workflows.TypeEraseFollower, workflows.EraseFollowerInput{EraseInput: in})
	return workflows.HashKey(key), err
}

// succeed replaces a follower's conversation, if there is one.
func (h *Handover) succeed(ctx context.Context, next workflows.ConversationInput) error {
	id := workflows.ConversationID(next.Account, next.FollowerKey)
	found, err := h.Temporal.DescribeWorkflowExecution(ctx, id, "")
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return nil
	}
	if err != nil {
		return err
	}
	if found.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return nil
	}
	return Succeed(ctx, h.Temporal, h.Language, next)
}

// starter is the part of a Temporal client that begins an erasure.
type starter interface {
	ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any,
		args ...any) (client.WorkflowRun, error)
	DescribeWorkflowExecution(
		ctx context.Context, workflowID, runID string,
	) (*workflowservice.DescribeWorkflowExecutionResponse, error)
}

// MarkErased leaves a mark that outlives the erasure, and returns when, by Temporal's clock. By it every process
// refuses older events. An existing mark is replaced atomically. The mark is a workflow that waits without a task, so
// that no queue fills up, and closes by itself.
func MarkErased(ctx context.Context, temporal starter, language wording.Language, account, key string) (
	time.Time, error) {
	id := workflows.ErasureID(account, key)
	run, err := temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       id,
		TaskQueue:                workflows.QueueErased,
		StartDelay:               2 * workflows.ErasureLife, // it closes before this
		WorkflowExecutionTimeout: workflows.ErasureLife,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING,
		StaticSummary:            language.Say("Erased: sessions, links and messages from before count for nothing"),
	}, workflows.TypeErasedFollower)
	if err != nil {
		return time.Time{}, fmt.Errorf("leave a mark: %w", err)
	}
	mark, err := temporal.DescribeWorkflowExecution(ctx, id, run.GetRunID())
	if err != nil {
		return time.Time{}, fmt.Errorf("read the mark: %w", err)
	}
	return mark.GetWorkflowExecutionInfo().GetStartTime().AsTime(), nil
}

// Succeed ends a follower's conversation and begins the next one in its place, atomically: whatever arrives for the
// follower comes to one of the two. The next one ends at once if nothing has arrived for it.
func Succeed(ctx context.Context, temporal starter, language wording.Language, next workflows.ConversationInput) error {
	options := conversationOptions(language, next.Account, next.FollowerKey)
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	options.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING
	next.Succeeds = true
	if _, err := temporal.ExecuteWorkflow(ctx, options, workflows.TypeConversation, next); err != nil {
		return fmt.Errorf("begin the next conversation: %w", err)
	}
	return nil
}
