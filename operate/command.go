package operate

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// RefusedError is a command that the sync refused. Its text comes from the sync's validator.
type RefusedError struct{ Reason string }

// Error returns only the reason.
func (e *RefusedError) Error() string { return e.Reason }

// errNoAnswer reports that no worker handles workflows.
var errNoAnswer = errors.New("no worker answered: is the worker running?")

// Outcome is the result of a command on one sync.
type Outcome struct {
	ID     string `json:"id"`
	Action string `json:"action"`
	Result string `json:"result"` // accepted, refused, failed
	// State and Cause are those of the sync when Await ended; empty: nobody waited.
	State   string `json:"state,omitempty"`
	Cause   string `json:"cause,omitempty"`
	Meaning string `json:"meaning,omitempty"`
	Remedy  string `json:"remedy,omitempty"`
}

// Retry makes a parked or held sync try again now.
func (o *Operator) Retry(ctx context.Context, id string, c workflows.Command) (Outcome, error) {
	return o.command(ctx, id, workflows.CommandRetry, c.Actor, c.Reason, c)
}

// Skip gives up a parked or held sync.
func (o *Operator) Skip(ctx context.Context, id string, c workflows.Command) (Outcome, error) {
	return o.command(ctx, id, workflows.CommandSkip, c.Actor, c.Reason, c)
}

// command sends an update to one sync and waits for the result: nil, [ErrNoSuchSync], a [*RefusedError], or the
// reason why the sync could not be asked.
func (o *Operator) command(ctx context.Context, id, action, actor, reason string, input any) (Outcome, error) {
	outcome := Outcome{ID: id, Action: action, Result: "accepted"}
	err := o.update(ctx, id, action, input)
	var refused *RefusedError
	switch {
	case errors.As(err, &refused):
		outcome.Result = "refused"
	case err != nil:
		outcome.Result = "failed"
	}
	o.audit(ctx, entry{Action: action, Actor: actor, Reason: reason, IDs: []string{id},
		Counts: map[string]int{outcome.Result: 1}})
	return outcome, err
}

func (o *Operator) update(ctx context.Context, id, name string, input any) error {
	_, sync, err := o.describe(ctx, id)
	if err != nil {
		return err
	}
	if !sync.Open() {
		return &RefusedError{Reason: fmt.Sprintf("this sync is closed (%s, %s): there is nothing to %s", sync.State,
			sync.Status, name)}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, errNoAnswer)
	defer cancel()
	handle, err := o.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, RunID: sync.RunID, UpdateName: name, Args: []any{input},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, nil)
	}
	return verdict(ctx, id, name, err)
}

// verdict distinguishes a refusal from a failed call.
func verdict(ctx context.Context, id, name string, err error) error {
	var refused *temporal.ApplicationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return &RefusedError{Reason: refused.Message()}
	case isNotFound(err):
		return &RefusedError{Reason: fmt.Sprintf("this sync has just been closed: there is nothing to %s", name)}
	case errors.Is(context.Cause(ctx), errNoAnswer):
		return fmt.Errorf("%s %s: %w", name, id, errNoAnswer)
	}
	return fmt.Errorf("%s %s: %w", name, id, err)
}

// Amend corrects the input of a parked sync: a text, a ticket number, or an unknown follower. The audit line does not
// contain the correction.
func (o *Operator) Amend(ctx context.Context, id string, a workflows.Amendment) (Outcome, error) {
	return o.command(ctx, id, workflows.CommandAmend, a.Actor, a.Reason, a)
}
