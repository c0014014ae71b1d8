package operate

import (
	"context"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// AgainError reports that a sync tried again and was refused again.
type AgainError struct {
	Outcome
	language wording.Language
}

// Error says why, and what to do.
func (e *AgainError) Error() string {
	return e.language.Say("tried again, and it is %s again: %s: %s What to do: %s", e.State, e.Cause, e.Meaning, e.Remedy)
}

// lookEvery is how often to look at a sync that was told to try again.
const lookEvery = 200 * time.Millisecond

// Await waits until a sync that accepted a command has tried again, but no longer than atMost, and returns the sync's
// state. The error is an [*AgainError] if it was refused again. A sync that is still on its way, or still retries, is
// not an error.
func (o *Operator) Await(ctx context.Context, outcome Outcome, atMost time.Duration) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for seen := int64(0); ; {
		found, sync, err := o.describe(ctx, outcome.ID)
		if ctx.Err() != nil {
			return outcome, nil // return what is known
		}
		if err != nil {
			return outcome, err
		}
		outcome.State, outcome.Cause = sync.shownState(), sync.shownCause()
		if outcome.State == workflows.StateSkipped { // the cause of its parking is over with it
			outcome.Cause = ""
		}
		if sync.tried(len(found.GetPendingActivities())) {
			return judge(o.Language, outcome)
		}
		if length := found.GetWorkflowExecutionInfo().GetHistoryLength(); sync.resumes() != "" && length != seen {
			seen = length
			if probe := o.probed(ctx, sync); probe != nil && !probe.OK {
				outcome.Cause = probe.Type
				return judge(o.Language, outcome)
			}
		}
		select {
		case <-ctx.Done():
			return outcome, nil
		case <-look.C:
		}
	}
}

// probed is what the probe after a retry of a cause's row found; nil: not known.
func (o *Operator) probed(ctx context.Context, sync Sync) *activities.Probe {
	t, err := o.history(ctx, sync, nil)
	if err != nil { // the next look tells
		return nil
	}
	return t.probedSince()
}

// tried reports whether the command has had its effect. The row of a cause is parked while it probes; it is done when
// it has ended, or when the probe has found the cause again.
func (s Sync) tried(pending int) bool {
	switch {
	case !s.Open():
		return true
	case s.resumes() != "":
		return false
	}
	return (s.State == workflows.StateNeedsAttention || s.State == workflows.StateHeld) && pending == 0
}

func judge(l wording.Language, outcome Outcome) (Outcome, error) {
	if outcome.State != workflows.StateNeedsAttention && outcome.State != workflows.StateHeld {
		return outcome, nil
	}
	cause := activities.CauseOf(outcome.Cause).In(l)
	outcome.Meaning, outcome.Remedy = cause.Meaning, cause.Remedy
	return outcome, &AgainError{Outcome: outcome, language: l}
}
