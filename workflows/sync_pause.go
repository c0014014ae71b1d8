package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// How long a sync waits before it acts by itself. A sync parked under a cause that affects all syncs retries if
// nothing has released it. A held one reports again that it waits. Each pause is twice as long as the one before, so
// that no history grows without end.
const (
	causeRetry = time.Hour
	lastRetry  = 24 * time.Hour
	holdAgain  = 24 * time.Hour
)

// pause parks or holds the sync until it may retry. It returns errSkipped if the sync was given up.
func (s *engine) pause(ctx workflow.Context, cause error) error {
	if s.command != nil && s.command.name != CommandSkip {
		s.command = nil // it was meant for the attempt, which has ended otherwise
	}
	failure := failureOf(cause)
	if _, called := errors.AsType[*temporal.ActivityError](cause); called {
		failure.at = workflow.Now(ctx)
	}
	failure.since = s.failure.since
	if failure.Type != s.failure.Type {
		s.vainWaits, failure.since = 0, workflow.Now(ctx)
	}
	s.failure = failure
	state, kind := StateNeedsAttention, conversation.ReportParked
	if s.holds(failure.Type) {
		state, kind = StateHeld, conversation.ReportHeld
		s.waits++
	}
	s.startResting()
	s.setState(ctx, state, &failure)
	s.describe(ctx, failure.markdown(languageOf(ctx), s.amendable(Amendment{}) != errNoAmendment))
	s.report(ctx, kind)
	s.paused(ctx, state, failure.Type)
	return s.resume(ctx)
}

// startResting makes the sync listen to commands, from the moment when its conversation learns that it waits.
func (s *engine) startResting() { s.resting, s.turn, s.strayTurn = true, nil, false }

// holdBack holds a reply behind other held ones before it was ever tried.
func (s *engine) holdBack(ctx workflow.Context) error {
	s.reportsEnd, s.waits = true, max(s.waits, 1)
	s.startResting()
	s.paused(ctx, StateHeld, ReasonBehind)
	if err := s.resume(ctx); err != nil {
		return s.endWait(ctx, err)
	}
	return nil
}

// resume waits for anything that lets a parked or held sync continue: a command, its turn, or the end of its
// patience.
func (s *engine) resume(ctx workflow.Context) error {
	held := s.state == StateHeld
	defer func() { s.resting = false }()
	if err := s.awaitCommandOrTurn(ctx, held); err != nil {
		return err
	}
	command := s.takeCommand(ctx)
	if command != nil || s.turn != nil { // otherwise it only retried by itself: each pause is longer than the one before
		s.vainWaits = 0
	}
	switch {
	case command != nil && command.name == CommandSkip, command == nil && s.pointless:
		s.end(ctx, StateSkipped, nil)
		return errSkipped
	case command == nil && held && s.gone:
		s.end(ctx, StateSkipped, &syncFailure{Type: activities.ErrorWeChatFollowerGone})
		return errSkipped
	case command == nil && held && s.turn == nil && s.overdue(ctx):
		s.expired = true
		s.end(ctx, StateSkipped, &syncFailure{Type: activities.ErrorReplyExpired})
		return errSkipped
	}
	s.round++
	s.resting = false
	s.setState(ctx, StateSyncing, nil)
	s.describe(ctx, say(ctx, "Trying again."))
	if command != nil && command.direct && s.selfRetry == 0 {
		s.letProbeThrough(ctx)
	}
	return s.awaitTurn(ctx)
}

// awaitCommandOrTurn waits for a command and, if the sync is held, for a turn or the follower's unfollow, for as long
// as the sync's patience lasts. A parked sync only answers a turn, so that its lane does not wait for it.
func (s *engine) awaitCommandOrTurn(ctx workflow.Context, held bool) error {
	ready := func() bool { return s.command != nil || s.turn != nil || s.strayTurn || held && s.gone || s.pointless }
	for {
		came, err := s.awaitPatiently(ctx, ready)
		switch {
		case err != nil:
			return err
		case s.command != nil || s.pointless || held && (s.gone || s.turn != nil):
			return nil
		case came: // a turn that it did not ask for
			s.strayTurn = false
			s.report(ctx, conversation.ReportParked)
		case !held || s.overdue(ctx): // its patience has ended
			return nil
		default:
			s.report(ctx, conversation.ReportHeld)
		}
	}
}

// awaitPatiently waits for the condition, for as long as the sync's patience lasts, and reports whether it came true.
func (s *engine) awaitPatiently(ctx workflow.Context, ready func() bool) (bool, error) {
	patience := s.patience(ctx)
	if patience == 0 {
		return true, workflow.Await(ctx, ready)
	}
	came, err := awaitAtMost(ctx, patience, "wait for a word", ready)
	if !came {
		s.vainWaits++
	}
	return came, err
}

// patience is how long a sync waits before it acts by itself; 0: for ever.
func (s *engine) patience(ctx workflow.Context) time.Duration {
	switch {
	case s.state == StateHeld:
		again := holdAgain << min(s.vainWaits, 5)
		if s.lane == "" {
			again = 0
		}
		if s.expires.IsZero() {
			return again
		}
		left := max(time.Second, s.expires.Sub(workflow.Now(ctx)))
		if again > 0 {
			left = min(left, again)
		}
		return left
	case s.selfRetry > 0:
		return s.selfRetry
	case activities.CauseOf(s.failure.Type).Everything:
		return min(causeRetry<<min(s.vainWaits, 10), lastRetry)
	}
	return 0
}

// overdue reports whether a held reply has waited long enough.
func (s *engine) overdue(ctx workflow.Context) bool {
	return !s.expires.IsZero() && !workflow.Now(ctx).Before(s.expires)
}

// letProbeThrough lets one extra call through while new calls are held back because of a cause that affects all of
// them: the person who retries may have just fixed it. The attempt that follows shows the outcome.
func (s *engine) letProbeThrough(ctx workflow.Context) {
	if cause := activities.CauseOf(s.failure.Type); cause.Everything && cause.Manual {
		_, err := probeCause(ctx, activities.CauseInput{Account: s.in.Account, Cause: s.failure.Type})
		if err != nil {
			workflow.GetLogger(ctx).Info("the probe was not carried out", "error", err)
		}
	}
}
