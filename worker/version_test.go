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
)

// versioned is a Temporal server that records which version polls say the worker has.
type versioned struct {
	frontend

	seen    sync.Mutex
	version string
}

func (l *versioned) PollActivityTaskQueue(ctx context.Context, r *workflowservice.PollActivityTaskQueueRequest) (
	*workflowservice.PollActivityTaskQueueResponse, error) {
	l.seen.Lock()
	l.version = r.GetDeploymentOptions().GetDeploymentName() + " " + r.GetDeploymentOptions().GetBuildId()
	l.seen.Unlock()
	return l.frontend.PollActivityTaskQueue(ctx, r)
}

func TestPollsSayTheVersion(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &versioned{}
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
	o.Deployment = Deployment{Name: "wechat-c4c", BuildID: "1.2.0"}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, o) }()
	require.Eventually(t, func() bool { return len(l.polls()) == 5 }, 10*time.Second, 10*time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
	l.seen.Lock()
	defer l.seen.Unlock()
	require.Equal(t, "wechat-c4c 1.2.0", l.version)
}
