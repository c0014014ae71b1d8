package workflows

import (
	"errors"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// syncFailure is why a sync parked or holds.
type syncFailure struct {
	Type    string // one of the error types of package activities
	Message string
	activities.Failure
}

// failureOf reads an activity's error. An attempt that was lost with its worker has an unknown outcome.
func failureOf(err error) syncFailure {
	var (
		application *temporal.ApplicationError
		timeout     *temporal.TimeoutError
	)
	switch {
	case errors.As(err, &application):
		f := syncFailure{Type: application.Type(), Message: application.Message()}
		if application.HasDetails() {
			// Details of another shape leave the failure without a code; the message still says what happened.
			_ = application.Details(&f.Failure)
		}
		return f
	case errors.As(err, &timeout):
		return syncFailure{Type: activities.ErrorWeChatOutcomeUnknown, Message: "the worker was lost during the call"}
	}
	return syncFailure{Type: activities.ErrorInternal, Message: err.Error()}
}

// markdown tells an operator what happened, what to do about it and what the other side said.
func (f syncFailure) markdown(amendable bool) string {
	cause := activities.CauseOf(f.Type)
	text := "**" + f.Type + "**: " + cause.Explain(f.Failure) + "\n\n**What to do:** " + cause.Remedy + "\n"
	if amendable && cause.Manual && !cause.Everything {
		text += "\nThe update `amend` corrects the input of this sync and tries again.\n"
	}
	if f.Message != "" {
		text += "\n- message: " + f.Message
	}
	if f.Code != "" {
		text += "\n- code: `" + f.Code + "`"
	}
	if f.Reference != "" {
		text += "\n- reference for the vendor's support: `" + f.Reference + "`"
	}
	return text
}

// describe shows in Temporal UI what is being synced, where it stands and what can be done.
func (s *sync) describe(ctx workflow.Context, more string) {
	text := "### " + s.title + "\n\nState: **" + s.state + "**"
	if more != "" {
		text += "\n\n" + more
	}
	switch s.state {
	case StateNeedsAttention:
		text += "\n\nTo try again send the update `retry`, to give up send `skip`, each with your name: `{\"actor\": \"…\"}`."
	case StateHeld:
		text += "\n\nIt leaves by itself when the follower writes, clicks the menu, scans or follows again. " +
			"`retry` tries now, `skip` gives up."
	}
	workflow.SetCurrentDetails(ctx, text)
}
