package handover

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Erased is when a follower was last erased, by Temporal's clock; zero: never, or so long ago that nothing older is
// accepted anyway. It needs no worker.
func (h *Handover) Erased(ctx context.Context, openID string) (time.Time, error) {
	id := workflows.ErasureID(h.Account, h.FollowerKey(openID))
	return workflows.ErasedAt(h.Temporal.DescribeWorkflowExecution(ctx, id, ""))
}

// Erase starts the erasure of a follower who requests it, for good. If an erasure is already running, it serves this
// request, too. It returns the hash by which the erasure's row and its mark can be found. The spool does not keep it:
// if Temporal does not accept it, no erasure begins.
func (h *Handover) Erase(ctx context.Context, openID string) (hash string, err error) {
	key := h.FollowerKey(openID)
	_, err = h.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.EraseID(h.Account, key), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            h.Language.Say("Erase a follower who has asked for it"),
		TypedSearchAttributes:    workflows.SyncAttributes(h.Account),
	}, workflows.TypeEraseFollower, workflows.EraseFollowerInput{
		EraseInput: workflows.EraseInput{Account: h.Account, FollowerKey: key},
	})
	return workflows.HashKey(key), err
}
