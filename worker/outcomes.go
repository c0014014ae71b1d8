package worker

import (
	"context"
	"encoding/json"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// outcomes reports how closed workflows ended, for as long as Temporal keeps them.
type outcomes struct {
	client client.Client
}

// Outcome implements activities.Outcomes.
func (o *outcomes) Outcome(ctx context.Context, workflowID string) (activities.SyncOutcome, error) {
	var out activities.SyncOutcome
	found, err := o.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if isNotFound(err) {
		return out, nil
	}
	if err != nil {
		return out, fmt.Errorf("look for the outcome of a sync: %w", err)
	}
	info := found.GetWorkflowExecutionInfo()
	if info.GetType().GetName() == workflows.TypeErasedReply {
		// This workflow only reserves the id. It has no result, closed or not.
		return activities.SyncOutcome{Completed: true}, nil
	}
	switch info.GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
		out.Running = true
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		var result json.RawMessage
		if err := o.client.GetWorkflow(ctx, workflowID, "").Get(ctx, &result); err != nil {
			return out, fmt.Errorf("read the outcome of a sync: %w", err)
		}
		out.Completed, out.Result = true, result
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
	default:
		out.Lost = true
	}
	return out, nil
}
