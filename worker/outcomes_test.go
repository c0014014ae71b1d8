package worker

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// ends is a Temporal that knows of one workflow.
type ends struct {
	client.Client
	name   string
	status enumspb.WorkflowExecutionStatus
}

func (e *ends) DescribeWorkflowExecution(
	context.Context, string, string,
) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	if e.name == "" {
		return nil, serviceerror.NewNotFound("no such workflow")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Type: &commonpb.WorkflowType{Name: e.name}, Status: e.status,
	}}, nil
}

func (e *ends) GetWorkflow(context.Context, string, string) client.WorkflowRun { return ended{} }

type ended struct{ client.WorkflowRun }

func (ended) Get(_ context.Context, value any) error {
	*value.(*json.RawMessage) = json.RawMessage(`{"spent":1}`)
	return nil
}

func TestOutcomeOfASync(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		name   string
		status enumspb.WorkflowExecutionStatus
		want   activities.SyncOutcome
	}{
		"unknown": {want: activities.SyncOutcome{}},
		"running": {workflows.TypeDeliverReply, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
			activities.SyncOutcome{Running: true}},
		"completed": {workflows.TypeDeliverReply, enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, activities.SyncOutcome{
			Completed: true, Result: json.RawMessage(`{"spent":1}`),
		}},
		"cancelled": {workflows.TypeDeliverReply, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED, activities.SyncOutcome{}},
		"terminated": {workflows.TypeDeliverReply, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED,
			activities.SyncOutcome{Lost: true}},
		"timed out": {workflows.TypeDeliverReply, enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
			activities.SyncOutcome{Lost: true}},

		"erased": {workflows.TypeErasedReply, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
			activities.SyncOutcome{Completed: true}},
		"erased long ago": {workflows.TypeErasedReply, enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
			activities.SyncOutcome{Completed: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := (&outcomes{client: &ends{name: tt.name, status: tt.status}}).Outcome(t.Context(), "reply/acme/1")
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}
