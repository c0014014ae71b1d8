package app

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// secondAttempt is a Temporal frontend with one task, which an operator has reset.
type secondAttempt struct {
	workflowservice.UnimplementedWorkflowServiceServer
}

func (secondAttempt) GetSystemInfo(
	context.Context, *workflowservice.GetSystemInfoRequest,
) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{}, nil
}

func (secondAttempt) PollActivityTaskQueue(
	context.Context, *workflowservice.PollActivityTaskQueueRequest,
) (*workflowservice.PollActivityTaskQueueResponse, error) {
	return &workflowservice.PollActivityTaskQueueResponse{
		TaskToken: []byte("t"), Attempt: 1,
		ScheduledTime:               timestamppb.New(time.Unix(1767600000, 0)),
		CurrentAttemptScheduledTime: timestamppb.New(time.Unix(1767600300, 0)),
	}, nil
}

// A worker's client lets activities know which attempts are the first.
func TestWorkersKnowAttempts(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, secondAttempt{})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	p, err := newProcess(testConfig(t), "worker", surroundingsOf(listener.Addr().String(), io.Discard))
	require.NoError(t, err)
	t.Cleanup(p.close)
	c, err := p.dial(t.Context())
	require.NoError(t, err)
	t.Cleanup(c.Close)
	task, err := c.WorkflowService().PollActivityTaskQueue(t.Context(), &workflowservice.PollActivityTaskQueueRequest{
		Namespace: testNamespace,
	})
	require.NoError(t, err)
	require.Equal(t, "true", string(task.GetHeader().GetFields()["wechat-c4c-again"].GetData()))
}
