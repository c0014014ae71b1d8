package workflows

import (
	"errors"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// syncFailure is why a sync parked or is held.
type syncFailure struct {
	Type    string // one of the error types of package activities
	Message string
	activities.Failure

	at    time.Time // when the answer came; zero: unknown
	since time.Time // when the sync first parked or was held for this reason
}

// stamp formats a time for operators.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// failureOf reads an activity's error. The outermost failure decides. Temporal adds the previous attempt's failure as
// the cause of a timeout, but a lost attempt is unknown, whatever the previous one reported.
func failureOf(err error) syncFailure {
	if attemptLost(err) {
		return syncFailure{Type: activities.ErrorWeChatOutcomeUnknown, Message: "the worker was lost during the call"}
	}
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		f := syncFailure{Type: application.Type(), Message: application.Message()}
		if application.HasDetails() {
			// Details in another form give a failure without a code. The message still says what happened.
			_ = application.Details(&f.Failure)
		}
		return f
	}
	if _, ok := errors.AsType[*temporal.TimeoutError](err); ok {
		return syncFailure{Type: activities.ErrorWeChatOutcomeUnknown, Message: "the worker was lost during the call"}
	}
	return syncFailure{Type: activities.ErrorInternal, Message: err.Error()}
}

// attemptLost reports whether the last attempt of an activity was interrupted while it ran. If an activity's time ends
// between two attempts, Temporal ends it with the failure of the last one.
func attemptLost(err error) bool {
	activity, ok := errors.AsType[*temporal.ActivityError](err)
	if !ok {
		return false
	}
	timeout, ok := activity.Unwrap().(*temporal.TimeoutError) //nolint:errorlint // only the outermost failure counts
	return ok && timeout.TimeoutType() != enumspb.TIMEOUT_TYPE_SCHEDULE_TO_START
}

// wouldRetry reports whether Temporal would have repeated an activity if it had not been cancelled. For an interrupted
// attempt this is only known if a heartbeat was missed, and sends have no heartbeat.
func wouldRetry(err error) bool {
	if attemptLost(err) {
		timeout, _ := errors.AsType[*temporal.TimeoutError](err)
		return timeout.TimeoutType() == enumspb.TIMEOUT_TYPE_HEARTBEAT
	}
	return refusedForNow(err)
}

// refusedForNow reports whether the other side refused something that Temporal retries.
func refusedForNow(err error) bool {
	application, ok := errors.AsType[*temporal.ApplicationError](err)
	return ok && !application.NonRetryable()
}

// retryMayHelp reports whether an activity may succeed when retried: it was refused for now, or its time ended. If no
// worker takes it, Temporal ends it with another timeout than after an attempt.
func retryMayHelp(err error) bool {
	_, late := errors.AsType[*temporal.TimeoutError](err)
	return late || refusedForNow(err)
}

// failureIs reports whether an activity's error is of a type.
func failureIs(err error, name string) bool {
	if err == nil || temporal.IsCanceledError(err) {
		return false
	}
	return failureOf(err).Type == name
}

// markdown tells an operator what happened, what to do about it and what the other side said.
func (f syncFailure) markdown(l wording.Language, amendable bool) string {
	cause := activities.CauseOf(f.Type).In(l)
	text := l.Say("**%s**: %s\n\n**What to do:** %s", f.Type, cause.Explain(f.Failure), cause.Remedy) + "\n"
	if amendable && cause.Manual && !cause.Everything {
		text += "\n" + l.Say("The update `amend` corrects the input of this sync and tries again.") + "\n"
	}
	add := func(format string, args ...any) { text += "\n- " + l.Say(format, args...) }
	switch {
	case !f.KeptBack.IsZero():
		add("not called: this is the answer to a call of %s; calls are kept back until the cause is gone", stamp(f.KeptBack))
	case !f.at.IsZero():
		add("called: %s", stamp(f.at))
	}
	if since := f.since; !since.IsZero() && stamp(since) != stamp(f.at) {
		add("for this reason since: %s", stamp(since))
	}
	if f.Message != "" {
		add("message: %s", f.Message)
	}
	if f.Code != "" {
		add("code: `%s`", f.Code)
	}
	if f.Reference != "" {
		add("reference for the vendor's support: `%s`", f.Reference)
	}
	return text
}

// describe shows in Temporal UI what is being synced, its state and what can be done.
func (s *engine) describe(ctx workflow.Context, more string) {
	parts := []string{say(ctx, "### %s\n\nState: **%s**", s.title, s.state)}
	if s.state == StateNeedsAttention && activities.CauseOf(s.failure.Type).Everything {
		parts = append(parts,
			say(ctx, "**Nothing to do here.** `%s` waits for the end of the cause and lets all syncs under it go on, "+
				"this one included.", ResumeCauseID(s.in.Account, s.failure.Type)))
	}
	if more != "" {
		parts = append(parts, more)
	}
	switch s.state {
	case StateNeedsAttention, StateStuck:
		parts = append(parts,
			say(ctx, "To try again send the update `retry`, to give up send `skip`. Neither needs an input."))
	case StateWaiting:
		parts = append(parts, say(ctx, "`skip` gives it up."))
	case StateHeld:
		parts = append(parts,
			say(ctx, "It is sent automatically when the follower writes, scans, follows again or taps a menu item without a link. "+
				"`retry` tries now, `skip` gives up."))
	}
	workflow.SetCurrentDetails(ctx, strings.Join(parts, "\n\n"))
}

// setState changes the state that operators see.
func (s *engine) setState(ctx workflow.Context, state string, failure *syncFailure) {
	s.state = state
	updates := []temporal.SearchAttributeUpdate{AttributeSyncState.ValueSet(state)}
	if s.ticketID != "" {
		updates = append(updates, AttributeTicketID.ValueSet(s.ticketID))
	}
	switch {
	case failure != nil:
		s.failed = true
		updates = append(updates, AttributeSyncError.ValueSet(failure.Type))
	case state == StateSynced && s.failed:
		updates = append(updates, AttributeSyncError.ValueUnset())
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Error("search attributes not set", "error", err)
	}
}
