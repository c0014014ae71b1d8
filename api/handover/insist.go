package handover

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"
	"google.golang.org/grpc/codes"
)

// insistPause is the pause between two calls.
const insistPause = 100 * time.Millisecond

// Insist repeats a call to Temporal until it is answered or ctx ends. The SDK on its own gives a call half of ctx's
// remaining time and then gives up. The call must be safe to repeat.
func Insist(ctx context.Context, call func(context.Context) error) error {
	for {
		err := call(ctx)
		if err == nil || ctx.Err() != nil || !unanswered(err) {
			return err
		}
		timer := time.NewTimer(insistPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// unanswered reports whether a call failed because Temporal was unavailable or overloaded.
func unanswered(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	failed, ok := errors.AsType[serviceerror.ServiceError](err)
	if !ok {
		return false
	}
	switch failed.Status().Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.ResourceExhausted, codes.Aborted, codes.Internal,
		codes.Unknown:
		return true
	}
	return false
}
