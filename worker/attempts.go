package worker

import (
	"context"

	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// DialOptions belong among the connection options of the client that [Run] gets: by them activities know whether they
// were handed out before. Without, they guess by the time that they have waited, and look for what they are to write
// more often.
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
