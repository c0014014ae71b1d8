package workflows

import (
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Gap is a span whose replies were not compared.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// errGap reports that Temporal has a gap in its knowledge in the middle of a comparison.
var errGap = errors.New("the comparison was interrupted for long")

// beginsLate reports whether no worker took this run for a long time. A backup may have contained it as an open run;
// then Temporal does not know what was delivered since it was started.
func (wf *reconciliation) beginsLate(ctx workflow.Context) bool {
	began := workflow.GetInfo(ctx).WorkflowStartTime
	return wf.policy.AskAfter > 0 && wf.tried.IsZero() && workflow.Now(ctx).Sub(began) > wf.policy.AskAfter
}

// tookLong reports whether a step took so long that Temporal may have been unavailable meanwhile, or was restored from
// a backup that was made during the step. The first such step of an attempt is remembered.
func (wf *reconciliation) tookLong(ctx workflow.Context, since time.Time) bool {
	if wf.policy.AskAfter <= 0 || workflow.Now(ctx).Sub(since) <= wf.policy.AskAfter {
		return false
	}
	if wf.slow.IsZero() {
		wf.slow = since
	}
	return true
}

// watchedUntil is until when this run shows that Temporal was available. Nothing after a slow step counts: if this run
// was in a backup, the next one must find the gap.
func (wf *reconciliation) watchedUntil(ctx workflow.Context) time.Time {
	switch {
	case !wf.slow.IsZero():
		return wf.slow
	case !wf.tried.IsZero():
		return wf.tried
	}
	return workflow.Now(ctx)
}

// gapEnd is the end of a gap in Temporal's knowledge, or zero if there is none. The schedule starts a comparison
// every few minutes, even while no worker takes it, and a parked comparison retries as often. A long overdue start
// means that Temporal was unavailable, or was restored from a backup and continues where the backup ends.
func (wf *reconciliation) gapEnd(ctx workflow.Context) time.Time {
	after := wf.policy.AskAfter
	if after <= 0 {
		return time.Time{}
	}
	if now := workflow.Now(ctx); !wf.tried.IsZero() && now.Sub(wf.tried) > reconcileRetry+after {
		return now
	}
	began := workflow.GetInfo(ctx).WorkflowStartTime
	if wf.tried.IsZero() && began.Sub(latest(wf.last.Until, wf.last.Ended)) > after {
		return began
	}
	return time.Time{}
}

// askPerson leaves a span to a person's decision. Replies written after it are compared as usual.
func (wf *reconciliation) askPerson(ctx workflow.Context, from, to time.Time, next Reconciled) error {
	// C4C lists by the second: replies of the last second are asked about, and the comparison begins with the next
	// second.
	begin := to.Truncate(time.Second).Add(time.Second)
	next.Asked = &Gap{From: from, To: begin.Add(-time.Nanosecond)}
	next.Begin, next.Until = begin, begin
	in := ReviewRepliesInput{Account: wf.in.Account, Span: *next.Asked}
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: ReviewRepliesID(wf.in.Account, from), TaskQueue: TaskQueue,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         say(ctx, "Replies of agents of a time that Temporal does not know, account %s", wf.in.Account),
		TypedSearchAttributes: SyncAttributes(wf.in.Account),
	})
	err := workflow.ExecuteChildWorkflow(child, TypeReviewReplies, in).GetChildWorkflowExecution().Get(ctx, nil)
	if err == nil || temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		wf.done = next
		return nil
	}
	return err
}
