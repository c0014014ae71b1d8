package worker

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// limits is a Temporal server that records what polls say about a queue's rate and the worker's version.
type limits struct {
	frontend

	seen    sync.Mutex
	rates   map[string]float64
	version string
}

func (l *limits) PollActivityTaskQueue(ctx context.Context, r *workflowservice.PollActivityTaskQueueRequest) (
	*workflowservice.PollActivityTaskQueueResponse, error) {
	l.seen.Lock()
	l.rates[r.GetTaskQueue().GetName()] = r.GetTaskQueueMetadata().GetMaxTasksPerSecond().GetValue()
	l.version = r.GetDeploymentOptions().GetDeploymentName() + " " + r.GetDeploymentOptions().GetBuildId()
	l.seen.Unlock()
	return l.frontend.PollActivityTaskQueue(ctx, r)
}

// A poll sets the rate of its queue for all workers: each must say it, on its own queue.
func TestPollsSayRateAndVersion(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &limits{rates: map[string]float64{}}
	l.polled = map[string]bool{}
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, l)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	o := options(t)
	o.Client, err = client.NewLazyClient(client.Options{HostPort: listener.Addr().String()})
	require.NoError(t, err)
	t.Cleanup(o.Client.Close)
	o.WorkflowClient = o.Client
	o.WeChatPerSecond, o.C4CPerSecond, o.Deployment = 50, 20, Deployment{Name: "wechat-c4c", BuildID: "1.2.0"}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, o) }()
	require.Eventually(t, func() bool { return len(l.polls()) == 5 }, 10*time.Second, 10*time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
	l.seen.Lock()
	defer l.seen.Unlock()
	require.InDelta(t, 50, l.rates[workflows.QueueWeChat], 0)
	require.InDelta(t, 20, l.rates[workflows.QueueC4C], 0)
	require.InDelta(t, 20, l.rates[workflows.QueueFiles], 0)
	require.Equal(t, "wechat-c4c 1.2.0", l.version)
}
