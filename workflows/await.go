package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// awaitAtMost waits until the condition holds, but no longer than limit, and reports whether it holds. Unlike the
// SDK's AwaitWithTimeout it starts no timer if the condition already holds, and leaves none behind.
func awaitAtMost(ctx workflow.Context, limit time.Duration, summary string, holds func() bool) (bool, error) {
	if holds() {
		return true, nil
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	timer := workflow.NewTimerWithOptions(timerCtx, limit, workflow.TimerOptions{Summary: say(ctx, summary)})
	err := workflow.Await(ctx, func() bool { return holds() || timer.IsReady() })
	return holds(), err
}

// never is the condition of a wait that only time ends.
func never() bool { return false }

// yield lets the other coroutines handle what arrived with this task. It adds nothing to the history.
func yield(ctx workflow.Context) {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	done := false
	workflow.Go(ctx, func(workflow.Context) { done = true })
	_ = workflow.Await(ctx, func() bool { return done })
}
