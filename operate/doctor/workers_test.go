package doctor

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// polled is a Temporal whose queues have these workers.
type polled struct {
	client.Client
	identities []string
}

func (p polled) DescribeTaskQueue(context.Context, string,
	enumspb.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error) {
	answer := &workflowservice.DescribeTaskQueueResponse{}
	for _, identity := range p.identities {
		answer.Pollers = append(answer.Pollers,
			&taskqueuepb.PollerInfo{Identity: identity, LastAccessTime: timestamppb.Now()})
	}
	return answer, nil
}

func TestWorkersOnAQueue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		queue      string
		identities []string
		verdict    Verdict
		says       string
	}{
		{"two", workflows.QueueC4C, []string{"1@a", "1@b"}, OK, "2: 1@a, 1@b"},
		{"one that polls twice", workflows.QueueC4C, []string{"1@a", "1@a"}, OK, "1: 1@a"},
		{"nobody", workflows.QueuePage, nil, Fail, "nobody works on queue c4c-page"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &cluster{client: polled{identities: tt.identities}}
			found := c.pollers(t.Context(), tt.queue, enumspb.TASK_QUEUE_TYPE_ACTIVITY)
			require.Equal(t, tt.verdict, found.Verdict)
			require.Contains(t, found.Detail, tt.says)
			require.Equal(t, tt.verdict != OK, found.Remedy != "")
		})
	}
}

// lacking is a Temporal with an unprepared namespace.
type lacking struct{ client.Client }

func (lacking) ListWorkflow(context.Context, *workflowservice.ListWorkflowExecutionsRequest) (
	*workflowservice.ListWorkflowExecutionsResponse, error) {
	return nil, serviceerror.NewInvalidArgument("invalid query: invalid search attribute: Account")
}

func (lacking) CountWorkflow(context.Context, *workflowservice.CountWorkflowExecutionsRequest) (
	*workflowservice.CountWorkflowExecutionsResponse, error) {
	return nil, serviceerror.NewInvalidArgument("invalid query: invalid search attribute: Account")
}

// Checks that need missing search attributes are not failures of their own, and no reason to doubt Temporal's health.
func TestMissingAttributesFailOnce(t *testing.T) {
	t.Parallel()
	c := &cluster{client: lacking{}}
	for _, found := range []Finding{c.tokenHealth(t.Context()), c.arrivals(t.Context())} {
		require.Equal(t, Finding{Verdict: Skip, Detail: "not checked, because search attributes are missing"}, shown(found))
	}
}
