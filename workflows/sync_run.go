package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// until tries the errand until it succeeds, is given up (both nil; the state tells them apart) or is cancelled.
func (s *sync) until(ctx workflow.Context) error {
	if s.early {
		if err := s.awaitFirstTurn(ctx); err != nil {
			return s.leave(ctx, err)
		}
	}
	for {
		if s.over {
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
		case s.over && ctx.Err() == nil:
			continue
		case temporal.IsCanceledError(err) && ctx.Err() != nil:
			return s.cancelled(ctx, err)
		case errors.Is(err, errSkipped): // while it waited for another turn
			return nil
		case temporal.IsCanceledError(err), s.interrupts(err):
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
			return s.leave(ctx, err)
		}
	}
}

// releasedKey is the key of a context with the time at which the sync was last released.
type releasedKey struct{}

// try makes one attempt that a command may interrupt.
func (s *sync) try(ctx workflow.Context, attempt func(workflow.Context) error) error {
	ctx = workflow.WithValue(ctx, priorityKey{}, s.urgency)
	if !s.released.IsZero() {
		ctx = workflow.WithValue(ctx, releasedKey{}, s.released)
	}
	attemptCtx, interrupt := workflow.WithCancel(ctx)
	s.interrupt = interrupt
	s.arm(ctx)
	err := attempt(attemptCtx)
	s.disarm()
	s.interrupt = func() {}
	return err
}

// obsolete ends a sync whose purpose is gone: at once where it waits, else when the attempt under way has ended.
func (s *sync) obsolete() {
	s.over = true
	s.interrupt()
}

// interrupts reports whether a command has kept an attempt from being repeated: Temporal repeats no activity that is to
// be cancelled. What an attempt has come to for good counts, but for an amendment, which is about another input.
func (s *sync) interrupts(err error) bool {
	if s.doubt && again(err) {
		return true
	}
	if s.command == nil || again(err) {
		return s.command != nil
	}
	return s.command.name == CommandAmend && failureOf(err).Type != activities.ErrorWeChatOutcomeUnknown
}

// obey carries out the command that interrupted an attempt. It returns errSkipped when the sync was given up.
func (s *sync) obey(ctx workflow.Context) error {
	if command := s.take(ctx); command != nil && command.name == CommandSkip {
		s.end(ctx, StateSkipped, nil)
		return errSkipped
	}
	s.round++
	s.set(ctx, StateSyncing, nil)
	s.describe(ctx, say(ctx, "Trying again."))
	return nil
}

// arm starts the clock after which a sync that is still trying counts as stuck. Its conversation keeps that clock for a
// sync whose turn it is.
func (s *sync) arm(ctx workflow.Context) {
	if s.lane != "" && !s.alone {
		return
	}
	timerCtx, cancel := workflow.WithCancel(ctx)
	s.disarm = cancel
	workflow.Go(timerCtx, func(timerCtx workflow.Context) {
		timer := workflow.NewTimerWithOptions(timerCtx, s.stuckAfter,
			workflow.TimerOptions{Summary: say(timerCtx, "mark as stuck")})
		if timer.Get(timerCtx, nil) == nil {
			s.markStuck(ctx)
		}
	})
}

// awaitStuck waits for the conversation's word that the sync has been trying for long.
func (s *sync) awaitStuck(ctx workflow.Context) {
	for stuck := workflow.GetSignalChannel(ctx, SignalStuck); stuck.Receive(ctx, nil); {
		s.markStuck(ctx)
	}
}

// markStuck shows operators that the sync is still trying.
func (s *sync) markStuck(ctx workflow.Context) {
	if s.state != StateSyncing || s.waiting {
		return
	}
	s.set(ctx, StateStuck, nil)
	s.describe(ctx, say(ctx, "Still retrying by itself. The pending activity shows the last error and the next attempt."))
	s.stuck(ctx)
}

// leave ends a wait: given up is no error, cancelled is.
func (s *sync) leave(ctx workflow.Context, err error) error {
	if errors.Is(err, errSkipped) {
		return nil
	}
	return s.cancelled(ctx, err)
}

// cancelled notes that an operator cancelled the sync; the workflow then closes as Canceled.
func (s *sync) cancelled(ctx workflow.Context, err error) error {
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	s.away = true // a cancelled workflow has no result
	s.end(ctx, StateSkipped, nil)
	return err
}

// end sets the final state and tells a conversation that hears of it by reports alone.
func (s *sync) end(ctx workflow.Context, state string, failure *syncFailure) {
	s.disarm()
	s.closed = true
	s.set(ctx, state, failure)
	s.describe(ctx, s.tooLate(ctx))
	yield(ctx) // who asks in the same task is heard
	if s.told = true; s.away {
		s.reportEnd(ctx)
	}
}
