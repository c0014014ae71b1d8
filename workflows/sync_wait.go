package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// holdBack keeps a reply behind others that are held, before it was ever tried.
func (s *sync) holdBack(ctx workflow.Context) error {
	s.away = true
	s.paused(ctx, StateHeld, ReasonBehind)
	if err := s.resume(ctx); err != nil {
		return s.leave(ctx, err)
	}
	return nil
}

// resume waits for whatever lets a parked or held sync go on: a command, its turn, or its own patience.
func (s *sync) resume(ctx workflow.Context) error {
	held := s.state == StateHeld
	if err := s.awaitWord(ctx, held); err != nil {
		return err
	}
	command := s.command
	s.command = nil
	switch {
	case command != nil && command.name == CommandSkip:
		s.end(ctx, StateSkipped, nil)
		return errSkipped
	case command == nil && s.over:
		s.end(ctx, StateSkipped, nil)
		return errSkipped
	case command == nil && held && s.gone:
		s.end(ctx, StateSkipped, &syncFailure{Type: activities.ErrorWeChatFollowerGone})
		return errSkipped
	case command == nil && held && s.turns.Len() == 0 && s.overdue(ctx):
		s.expired = true
		s.end(ctx, StateSkipped, &syncFailure{Type: activities.ErrorReplyExpired})
		return errSkipped
	}
	s.round++
	s.set(ctx, StateSyncing, nil)
	s.describe(ctx, "Trying again.")
	if command != nil && command.direct && s.selfRetry == 0 {
		s.probe(ctx)
	}
	return s.awaitTurn(ctx)
}

// awaitWord waits for a command, for a turn or the follower's leave where the sync is held, at most as long as the sync
// is patient. A parked sync only answers a turn, so that its lane does not wait for it.
func (s *sync) awaitWord(ctx workflow.Context, held bool) error {
	for {
		ready := func() bool { return s.command != nil || s.turns.Len() > 0 || held && s.gone || s.over }
		if err := s.await(ctx, ready); err != nil {
			return err
		}
		if held || s.command != nil || s.turns.Len() == 0 || s.over {
			return nil
		}
		s.dropTurns()
		s.report(ctx, EventParked)
	}
}

// dropTurns forgets turns that were not asked for.
func (s *sync) dropTurns() {
	for s.turns.ReceiveAsync(nil) {
	}
}

// await waits for the condition, at most as long as the sync is patient.
func (s *sync) await(ctx workflow.Context, ready func() bool) error {
	patience := s.selfRetry
	if patience == 0 && activities.CauseOf(s.failure.Type).Everything {
		patience = causeRetry
	}
	if s.state == StateHeld && !s.expires.IsZero() {
		patience = max(time.Second, s.expires.Sub(workflow.Now(ctx)))
	}
	if patience == 0 {
		return workflow.Await(ctx, ready)
	}
	_, err := workflow.AwaitWithTimeout(ctx, patience, ready)
	return err
}

// overdue says that a held reply has waited long enough.
func (s *sync) overdue(ctx workflow.Context) bool {
	return !s.expires.IsZero() && !workflow.Now(ctx).Before(s.expires)
}

// probe lets a call through that is no sync, where new calls are kept back because of a cause that hits all of them: the
// person who says retry may have just mended it. Its outcome shows in the attempt that follows.
func (s *sync) probe(ctx workflow.Context) {
	if cause := activities.CauseOf(s.failure.Type); cause.Everything && cause.Manual {
		_, err := askCause(ctx, activities.CauseInput{Account: s.in.Account, Cause: s.failure.Type})
		if err != nil {
			workflow.GetLogger(ctx).Info("the probe was not carried out", "error", err)
		}
	}
}

// awaitTurn waits until the conversation lets this sync go on, so that two writers never meet. A conversation that
// is not there cannot be in the way.
func (s *sync) awaitTurn(ctx workflow.Context) error {
	if s.turns.Len() == 0 && s.report(ctx, EventTurn) {
		if err := workflow.Await(ctx, func() bool { return s.turns.Len() > 0 }); err != nil {
			return err
		}
	}
	for {
		var turn GrantedTurn
		if !s.turns.ReceiveAsync(&turn) {
			return nil
		}
		s.learn(turn.Facts)
		s.granted(turn)
	}
}
