package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// run tries the errand until it succeeds or is given up (nil in both cases; the state tells which), or is
// cancelled.
func (s *engine) run(ctx workflow.Context) error {
	if s.early {
		if err := s.awaitFirstTurn(ctx); err != nil {
			return s.endWait(ctx, err)
		}
	}
	for {
		if s.pointless {
			s.end(ctx, StateSkipped, nil)
			return nil
		}
		err := s.doubted()
		if err == nil {
			err = s.try(ctx, s.attempt)
		}
		switch {
		case err == nil:
			s.end(ctx, StateSynced, nil)
			return nil
		case s.pointless && ctx.Err() == nil:
			continue
		case temporal.IsCanceledError(err) && ctx.Err() != nil:
			return s.cancelled(ctx, err)
		case errors.Is(err, errSkipped): // while it waited for another turn
			return nil
		case temporal.IsCanceledError(err), s.wasInterrupted(err):
			if s.obey(ctx) != nil {
				return nil
			}
			continue
		}
		if failure := failureOf(err); s.final(failure.Type) {
			s.failure = failure
			s.end(ctx, StateSkipped, &failure)
			return nil
		}
		if err := s.pause(ctx, err); err != nil {
			return s.endWait(ctx, err)
		}
	}
}

// releasedKey is the context key of the time at which the sync was last released.
type releasedKey struct{}

// try makes one attempt that a command may interrupt.
func (s *engine) try(ctx workflow.Context, attempt func(workflow.Context) error) error {
	ctx = workflow.WithValue(ctx, priorityKey{}, s.urgency)
	if !s.released.IsZero() {
		ctx = workflow.WithValue(ctx, releasedKey{}, s.released)
	}
	attemptCtx, interrupt := workflow.WithCancel(ctx)
	s.interrupt = interrupt
	s.startStuckTimer(ctx)
	err := attempt(attemptCtx)
	s.stopStuckTimer()
	s.interrupt = func() {}
	return err
}

// becomePointless ends a sync that has become pointless: at once if it waits, otherwise when its running attempt has
// ended.
func (s *engine) becomePointless() {
	s.pointless = true
	s.interrupt()
}

// wasInterrupted reports whether a command kept an attempt from being repeated: Temporal does not repeat an activity
// that is being cancelled. A final result of the attempt counts, unless the command is an amendment, which changes the
// input.
func (s *engine) wasInterrupted(err error) bool {
	if s.doubt && wouldRetry(err) {
		return true
	}
	if s.command == nil || wouldRetry(err) {
		return s.command != nil
	}
	return s.command.name == CommandAmend && failureOf(err).Type != activities.ErrorWeChatOutcomeUnknown
}

// obey carries out the command that interrupted an attempt. It returns errSkipped if the sync was given up.
func (s *engine) obey(ctx workflow.Context) error {
	if command := s.takeCommand(ctx); command != nil && command.name == CommandSkip {
		s.end(ctx, StateSkipped, nil)
		return errSkipped
	}
	s.round++
	s.setState(ctx, StateSyncing, nil)
	s.describe(ctx, say(ctx, "Trying again."))
	return nil
}

// startStuckTimer starts the clock after which a sync that is still retrying counts as stuck. For a sync that has its
// turn, the conversation keeps that clock.
func (s *engine) startStuckTimer(ctx workflow.Context) {
	if s.lane != "" && !s.unwatched {
		return
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	s.stopStuckTimer = cancel
	workflow.Go(timerCtx, func(timerCtx workflow.Context) {
		timer := workflow.NewTimerWithOptions(timerCtx, s.stuckAfter,
			workflow.TimerOptions{Summary: say(timerCtx, "mark as stuck")})
		if timer.Get(timerCtx, nil) == nil {
			s.markStuck(ctx)
		}
	})
}

// awaitStuck waits for the conversation's signal that the sync has been retrying for a long time.
func (s *engine) awaitStuck(ctx workflow.Context) {
	for stuck := workflow.GetSignalChannel(ctx, SignalStuck); stuck.Receive(ctx, nil); {
		s.markStuck(ctx)
	}
}

// markStuck shows operators that the sync is still retrying.
func (s *engine) markStuck(ctx workflow.Context) {
	if s.state != StateSyncing || s.waiting {
		return
	}
	s.setState(ctx, StateStuck, nil)
	s.describe(ctx, say(ctx, "Still retrying by itself. The pending activity shows the last error and the next attempt."))
	s.stuck(ctx)
}

// endWait ends a wait. Being given up is not an error; being cancelled is.
func (s *engine) endWait(ctx workflow.Context, err error) error {
	if errors.Is(err, errSkipped) {
		return nil
	}
	return s.cancelled(ctx, err)
}

// cancelled records that an operator cancelled the sync. The workflow then closes as Canceled.
func (s *engine) cancelled(ctx workflow.Context, err error) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	s.reportsEnd, s.aborted = true, true // a cancelled workflow has no result
	s.end(ctx, StateSkipped, nil)
	return err
}

// end sets the final state and reports it to a conversation that learns about the sync only from reports.
func (s *engine) end(ctx workflow.Context, state string, failure *syncFailure) {
	s.stopStuckTimer()
	s.closed = true
	s.setState(ctx, state, failure)
	s.describe(ctx, s.whyEnded(ctx, failure))
	yield(ctx) // hear those who ask in the same task
	if s.endReported = true; s.reportsEnd {
		s.reportEnd(ctx)
	}
}
