package worker

import (
	"context"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// DialOptions are connection options for the client that [Run] gets. They let activities know whether they were
// handed out before. Without them activities guess from how long they waited, and check more often whether a write
// was already made.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(noteAttempts)}
}

func noteAttempts(
	ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker,
	opts ...grpc.CallOption,
) error {
	err := invoke(ctx, method, req, reply, conn, opts...)
	if task, polled := reply.(*workflowservice.PollActivityTaskQueueResponse); polled && err == nil {
		activities.NoteAttempt(task)
	}
	return err
}
