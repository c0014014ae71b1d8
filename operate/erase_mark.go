package operate

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// mark leaves a mark that outlives the erasure. By it every process refuses older events. An existing mark is
// replaced atomically. The mark is a workflow that waits without a task, so that no queue fills up, and closes by
// itself.
func (e *erasure) mark(ctx context.Context) error {
	until := e.o.now().Add(workflows.ErasureLife)
	_, err := e.o.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.ErasureID(e.subject.Account, e.subject.Key),
		TaskQueue:                workflows.QueueErased,
		StartDelay:               2 * workflows.ErasureLife, // it closes before this
		WorkflowExecutionTimeout: workflows.ErasureLife,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING,
		StaticSummary:            e.o.Language.Say("Erased: sessions, links and messages from before count for nothing"),
	}, workflows.TypeErasedFollower)
	if err != nil {
		return fmt.Errorf("erase: leave a mark: %w", err)
	}
	e.receipt.MarkedUntil = until.UTC().Truncate(time.Second)
	return nil
}
