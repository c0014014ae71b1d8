package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// automaticPatience is how long to keep trying to send an automatic text.
const automaticPatience = 5 * time.Minute

// deliverAutomatic sends an automatic text. Nobody waits for it, so any refusal by WeChat ends it.
func (wf *deliverReply) deliverAutomatic(ctx workflow.Context) error {
	wf.patience = automaticPatience
	err := wf.sync.try(ctx, wf.attempt)
	switch {
	case err == nil:
		wf.sync.end(ctx, StateSynced, nil)
	case temporal.IsCanceledError(err) && ctx.Err() != nil:
		return wf.sync.cancelled(ctx, err)
	default:
		wf.sync.failure = failureOf(err)
		wf.sync.end(ctx, StateSkipped, &wf.sync.failure)
	}
	return nil
}
