package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// outcomes tells what became of closed workflows, as long as Temporal keeps them.
type outcomes struct {
	client client.Client
}

// Outcome implements activities.Outcomes.
func (o *outcomes) Outcome(ctx context.Context, workflowID string) (activities.SyncOutcome, error) {
	var out activities.SyncOutcome
	found, err := o.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if gone := (*serviceerror.NotFound)(nil); errors.As(err, &gone) {
		return out, nil
	}
	if err != nil {
		return out, fmt.Errorf("look for the outcome of a sync: %w", err)
	}
	switch found.GetWorkflowExecutionInfo().GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return out, errors.New("the sync still runs")
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
