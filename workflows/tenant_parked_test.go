package workflows

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// parkedSyncs represent what visibility finds under a cause.
type parkedSyncs struct {
	counts   []int // answers to the next counts; the last one remains
	released []int // limits of the releases
	at       time.Time
}

// probe programs a probe's finding like any other answer: its error is what the probe found.
func (w *tenant) probe(ctx context.Context, in activities.CauseInput) (activities.Probe, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.call(ctx)
	if refused, ok := errors.AsType[*temporal.ApplicationError](err); ok && in.Wait {
		return activities.Probe{}, temporal.NewApplicationError("the cause is still there", refused.Type(),
			failureIn(refused))
	}
	if refused, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return activities.Probe{Type: refused.Type(), Failure: failureIn(refused)}, nil
	}
	return activities.Probe{OK: true}, nil
}

func (a *fakeC4C) ProbeC4C(ctx context.Context, in activities.CauseInput) (activities.Probe, error) {
	return a.probe(ctx, in)
}

func (a *fakeC4C) TryWrite(ctx context.Context, in activities.CauseInput) (activities.Probe, error) {
	return a.probe(ctx, in)
}

func (a *fakeWeChat) ProbeWeChat(ctx context.Context, in activities.CauseInput) (activities.Probe, error) {
	return a.probe(ctx, in)
}

func failureIn(refused *temporal.ApplicationError) (said activities.Failure) {
	if refused.HasDetails() {
		_ = refused.Details(&said)
	}
	return said
}

type fakeOperations struct{ *tenant }

func (a *fakeOperations) ReleaseParked(ctx context.Context, in activities.ReleaseInput) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.parked.released, a.parked.at = append(a.parked.released, in.Limit), in.At
	return in.Limit, a.call(ctx)
}

func (a *fakeOperations) CountParked(ctx context.Context, _ activities.CauseInput) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	if counts := a.parked.counts; len(counts) > 0 {
		n = counts[0]
		if len(counts) > 1 {
			a.parked.counts = counts[1:]
		}
	}
	return n, a.call(ctx)
}

func (a *fakeOperations) SyncOutcome(ctx context.Context, in activities.SyncOutcomeInput) (activities.SyncOutcome,
	error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	out, closed := a.outcomes[in.WorkflowID]
	out.Running = !closed && a.agents.started[in.WorkflowID]
	return out, a.call(ctx)
}

// ended keeps the outcome of a sync, as Temporal does.
func (w *tenant) ended(id string, result converter.EncodedValue, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := activities.SyncOutcome{Completed: err == nil, Lost: err != nil && !temporal.IsCanceledError(err)}
	if err == nil && result != nil && result.HasValue() && result.Get(&out.Result) != nil {
		out.Result = nil
	}
	w.outcomes[id] = out
}
