package api

import (
	"context"
	"errors"

	"go.temporal.io/api/workflowservice/v1"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// ErrServerTooOld is wrapped by the check if the Temporal server is too old to run the syncs.
var ErrServerTooOld = errors.New("temporal is too old")

// TemporalService is the part of Temporal's client needed to find out the server's version.
type TemporalService interface {
	WorkflowService() workflowservice.WorkflowServiceClient
}

// tooOld is ErrServerTooOld with its own sentence.
type tooOld struct{ sentence string }

func (e *tooOld) Error() string { return e.sentence }
func (e *tooOld) Unwrap() error { return ErrServerTooOld }

// ServerVersion reads the server's version; empty: the server does not report it.
func ServerVersion(ctx context.Context, c TemporalService) (string, error) {
	info, err := c.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	return info.GetServerVersion(), err
}

// CheckServer refuses a server that is too old, and says what to do. A server that cannot be asked passes, since its
// users will notice.
func CheckServer(ctx context.Context, c TemporalService) error {
	version, err := ServerVersion(ctx, c)
	if err == nil && workflows.ServerOlder(version, workflows.ServerNeeded) {
		return &tooOld{workflows.ServerTooOld(version)}
	}
	return nil
}

// WithServer extends a check to refuse a server that is too old. A server that was new enough is not asked again.
func WithServer(c TemporalService, check func(context.Context) error) func(context.Context) error {
	fine := false
	return func(ctx context.Context) error {
		err := check(ctx)
		if err != nil && !errors.Is(err, ErrUnprepared) || fine {
			return err
		}
		if old := CheckServer(ctx, c); old != nil {
			return old
		}
		fine = err == nil
		return err
	}
}

// Reads reports whether the namespace offers standalone activities, which the H5 page's reads need. If it cannot be
// asked, as on Temporal Cloud, the answer is true.
func Reads(ctx context.Context, c TemporalService, namespace string) bool {
	found, err := c.WorkflowService().DescribeNamespace(ctx,
		&workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	return err != nil || found.GetNamespaceInfo().GetCapabilities().GetStandaloneActivities()
}
