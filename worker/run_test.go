package worker

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// frontend is a Temporal server without tasks. It records which queues are polled for what.
type frontend struct {
	workflowservice.UnimplementedWorkflowServiceServer

	mu      sync.Mutex
	polled  map[string]bool
	created []string
	refuse  error
}

// dial serves a Temporal server made for a test and returns a client of it.
func dial(t *testing.T, service workflowservice.WorkflowServiceServer) client.Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, service)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	c, err := client.NewLazyClient(client.Options{HostPort: listener.Addr().String()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func newFrontend(t *testing.T) (*frontend, client.Client) {
	t.Helper()
	f := &frontend{polled: map[string]bool{}}
	c := dial(t, f)
	return f, c
}

func (f *frontend) poll(ctx context.Context, kind, queue string) {
	f.mu.Lock()
	f.polled[kind+" "+queue] = true
	f.mu.Unlock()
	<-ctx.Done()
}

// polls are the queues that are polled, without the private ones of a worker's cache.
func (f *frontend) polls() map[string]bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	ours := map[string]bool{}
	for _, queue := range []string{workflows.TaskQueue, workflows.QueueWeChat, workflows.QueueC4C, workflows.QueuePage,
		workflows.QueueFiles} {
		for _, kind := range []string{"workflow ", "activity "} {
			if f.polled[kind+queue] {
				ours[kind+queue] = true
			}
		}
	}
	return ours
}

func (f *frontend) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (
	*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{}}, nil
}

func (f *frontend) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest) (
	*workflowservice.DescribeNamespaceResponse, error) {
	return &workflowservice.DescribeNamespaceResponse{}, nil
}

func (f *frontend) PollWorkflowTaskQueue(ctx context.Context, r *workflowservice.PollWorkflowTaskQueueRequest) (
	*workflowservice.PollWorkflowTaskQueueResponse, error) {
	f.poll(ctx, "workflow", r.GetTaskQueue().GetName())
	return &workflowservice.PollWorkflowTaskQueueResponse{}, nil
}

func (f *frontend) PollActivityTaskQueue(ctx context.Context, r *workflowservice.PollActivityTaskQueueRequest) (
	*workflowservice.PollActivityTaskQueueResponse, error) {
	f.poll(ctx, "activity", r.GetTaskQueue().GetName())
	return &workflowservice.PollActivityTaskQueueResponse{}, nil
}

func (f *frontend) CreateSchedule(_ context.Context, r *workflowservice.CreateScheduleRequest) (
	*workflowservice.CreateScheduleResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.created = append(f.created, r.GetScheduleId())
	return &workflowservice.CreateScheduleResponse{}, f.refuse
}

func (f *frontend) DeleteSchedule(context.Context, *workflowservice.DeleteScheduleRequest) (
	*workflowservice.DeleteScheduleResponse, error) {
	return nil, serviceerror.ToStatus(serviceerror.NewNotFound("no such schedule")).Err()
}

// attempts is how often the creation of a schedule was attempted.
func (f *frontend) attempts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.created)
}

func (f *frontend) accept() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = nil
}

func TestRunPollsEachQueueForItsOwn(t *testing.T) {
	t.Parallel()
	f, c := newFrontend(t)
	o := options(t)
	o.Client, o.WorkflowClient = c, c
	ready, ended := make(chan struct{}), make(chan error, 1)
	o.Ready = func() { close(ready) }
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- Run(ctx, o) }()
	<-ready
	require.Equal(t, []string{"maintain-token/acme"}, f.created, "the schedule exists before the worker is ready")
	require.Eventually(t, func() bool { return len(f.polls()) == 5 }, 10*time.Second, 10*time.Millisecond)
	cancel()
	require.NoError(t, <-ended, "stopping is no error")
	require.Equal(t, map[string]bool{
		"workflow wechat-c4c": true, "activity wechat": true, "activity c4c": true, "activity c4c-page": true,
		"activity c4c-files": true,
	}, f.polls(), "each queue has its own limits: nothing else may be polled")
}

func TestRunIsReadyWithItsSchedule(t *testing.T) {
	t.Parallel()
	f, c := newFrontend(t)
	f.refuse = serviceerror.ToStatus(
		serviceerror.NewInvalidArgument("no mapping defined for search attribute SyncState")).Err()
	o := options(t)
	o.Client, o.WorkflowClient = c, c
	ready, ended := make(chan struct{}), make(chan error, 1)
	o.Ready = func() { close(ready) }
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- Run(ctx, o) }()
	require.Eventually(t, func() bool { return f.attempts() == 2 }, 10*time.Second, 10*time.Millisecond, "it tries again")
	select {
	case <-ready:
		t.Fatal("ready without a schedule")
	default:
	}
	f.accept()
	<-ready
	cancel()
	require.NoError(t, <-ended)
}

func TestRunStopsWithoutItsSchedule(t *testing.T) {
	t.Parallel()
	f, c := newFrontend(t)
	f.refuse = serviceerror.ToStatus(serviceerror.NewUnavailable("starting")).Err()
	o := options(t)
	o.Client, o.WorkflowClient = c, c
	o.Ready = func() { t.Error("ready without a schedule") }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, o) }()
	require.Eventually(t, func() bool { return f.attempts() > 0 }, 10*time.Second, 10*time.Millisecond)
	cancel()
	require.NoError(t, <-ended, "stopping is no error")
}

// Workflows decode with a client of their own, which blocks on unreadable payloads; activities must get an error.
func TestRunKeepsTheClientsApart(t *testing.T) {
	t.Parallel()
	forActivities, c := newFrontend(t)
	forWorkflows, blocking := newFrontend(t)
	o := options(t)
	o.Client, o.WorkflowClient = c, blocking
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, o) }()
	require.Eventually(t, func() bool {
		return len(forActivities.polls())+len(forWorkflows.polls()) == 5
	}, 10*time.Second, 10*time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
	require.Equal(t, map[string]bool{"workflow wechat-c4c": true}, forWorkflows.polls())
	require.Equal(t, map[string]bool{"activity wechat": true, "activity c4c": true, "activity c4c-page": true,
		"activity c4c-files": true},
		forActivities.polls())
}
