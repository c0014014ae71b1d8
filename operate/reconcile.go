package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Comparison is the state of an account's comparison of agents' replies, with its questions to people.
type Comparison struct {
	Account  string        `json:"account"`
	Schedule string        `json:"schedule"`
	Every    time.Duration `json:"every"`
	Paused   bool          `json:"paused"`
	Note     string        `json:"note,omitempty"` // of the person who paused it
	Next     time.Time     `json:"next,omitzero"`
	// Last is the result of the last completed run; nil if none of the schedule's latest runs has completed.
	Last    *workflows.Reconciled `json:"last,omitempty"`
	Open    []Sync                `json:"open"` // runs that have not completed
	Reviews []OpenReview          `json:"reviews"`

	running []client.ScheduleWorkflowExecution
}

// OpenReview is a time span that waits for a person's decision.
type OpenReview struct {
	Sync
	// Review is what it asks about; nil if no worker answered.
	Review *workflows.Review `json:"review,omitempty"`
}

// ErrNoComparison reports that the account's replies are not compared.
var ErrNoComparison = errors.New("the replies of this account are not compared: " +
	"WECHAT_C4C_RECONCILE_EVERY is 0, or no worker has run yet")

// ComparisonOf returns the state of the account's comparison.
func (o *Operator) ComparisonOf(ctx context.Context, account string) (Comparison, error) {
	c := Comparison{Account: account, Schedule: workflows.ReconcileRepliesID(account), Reviews: []OpenReview{}}
	described, err := o.Temporal.ScheduleClient().GetHandle(ctx, c.Schedule).Describe(ctx)
	if isNotFound(err) {
		return c, ErrNoComparison
	}
	if err != nil {
		return c, fmt.Errorf("read schedule %s: %w", c.Schedule, err)
	}
	if state := described.Schedule.State; state != nil {
		c.Paused, c.Note = state.Paused, state.Note
	}
	if spec := described.Schedule.Spec; spec != nil && len(spec.Intervals) > 0 {
		c.Every = spec.Intervals[0].Every
	}
	if next := described.Info.NextActionTimes; len(next) > 0 && !c.Paused {
		c.Next = next[0]
	}
	c.running = described.Info.RunningWorkflows
	for _, action := range slices.Backward(described.Info.RecentActions) {
		if run := action.StartWorkflowResult; run != nil && c.Last == nil {
			if c.Last, err = o.reconciled(ctx, run.WorkflowID, run.FirstExecutionRunID); err != nil {
				return c, err
			}
		}
	}
	if c.Open, err = o.find(ctx, Filter{Account: account, Types: []string{workflows.TypeReconcileReplies}}); err != nil {
		return c, err
	}
	reviews, err := o.find(ctx, Filter{Account: account, Types: []string{workflows.TypeReviewReplies}})
	for _, sync := range reviews {
		c.Reviews = append(c.Reviews, OpenReview{Sync: sync, Review: o.review(ctx, sync.ID)})
	}
	return c, err
}

// reconciled returns the result of a run; nil if it has not completed.
func (o *Operator) reconciled(ctx context.Context, id, runID string) (*workflows.Reconciled, error) {
	events := o.Temporal.GetWorkflowHistory(ctx, id, runID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT)
	var last *historypb.HistoryEvent
	for events.HasNext() {
		event, err := events.Next()
		if isNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", id, err)
		}
		last = event
	}
	completed := last.GetWorkflowExecutionCompletedEventAttributes()
	if completed == nil {
		return nil, nil
	}
	var result workflows.Reconciled
	if err := o.DataConverter.FromPayloads(completed.GetResult(), &result); err != nil {
		return nil, fmt.Errorf("read the result of %s: %w", id, err)
	}
	return &result, nil
}

// review queries what a review asks about; nil if no worker answers.
func (o *Operator) review(ctx context.Context, id string) *workflows.Review {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	answer, err := o.Temporal.QueryWorkflow(ctx, id, "", workflows.QueryReview)
	if err != nil {
		return nil
	}
	var found workflows.Review
	if answer.Get(&found) != nil {
		return nil
	}
	return &found
}

// ReviewOf returns what a review asks about. Any other id is an error.
func (o *Operator) ReviewOf(ctx context.Context, id string) (OpenReview, error) {
	_, sync, err := o.describe(ctx, id)
	if err != nil {
		return OpenReview{}, err
	}
	if sync.Type != workflows.TypeReviewReplies {
		return OpenReview{}, fmt.Errorf("%s is a %s: see wechat-c4c reconcile show", id, sync.Type)
	}
	return OpenReview{Sync: sync, Review: o.review(ctx, id)}, nil
}

// Approve delivers the replies that a review asks about.
func (o *Operator) Approve(ctx context.Context, id string, c workflows.Command) (Outcome, error) {
	if _, err := o.ReviewOf(ctx, id); err != nil {
		return Outcome{ID: id, Action: workflows.UpdateApprove, Result: "refused"}, err
	}
	return o.command(ctx, id, workflows.UpdateApprove, c.Actor, c.Reason, c)
}

// CursorMove describes the move of a comparison's cursor.
type CursorMove struct {
	Account string    `json:"account"`
	From    time.Time `json:"from"` // present position of the cursor
	To      time.Time `json:"to"`
	// Review is the id of the review that asks about the replies from To to From. It is empty if To is the later one:
	// replies written before To are then ignored.
	Review string `json:"review,omitempty"`
	DryRun bool   `json:"dry_run"`
	Done   bool   `json:"done"`
}

// Reasons why a cursor cannot be moved.
var (
	errFuture  = errors.New("the time lies ahead: replies that nobody has written yet would be left alone")
	errNowhere = errors.New("no comparison has completed yet: there is no cursor to move")
)

// MoveCursor moves the cursor of an account's comparison, if allowed. Moving it back sends nothing by itself: a
// review asks about replies that no workflow has. With dry it only returns what it would do.
func (o *Operator) MoveCursor(
	ctx context.Context, account string, to time.Time, dry bool, word workflows.Command,
) (CursorMove, error) {
	m := CursorMove{Account: account, To: to.UTC(), DryRun: dry}
	now, err := o.ComparisonOf(ctx, account)
	switch {
	case err != nil:
		return m, err
	case now.Last == nil:
		return m, errNowhere
	case to.After(o.now()):
		return m, errFuture
	}
	// C4C lists by the second: replies written in the same second as To are ignored together, or asked about together.
	if m.From = now.Last.Until; m.To.Before(m.From) {
		m.To = m.To.Truncate(time.Second)
		m.Review = workflows.ReviewRepliesID(account, m.To)
	} else {
		m.To = m.To.Truncate(time.Second).Add(time.Second)
	}
	if dry {
		return m, nil
	}
	if m.Review != "" {
		err = o.startReview(ctx, m)
	} else {
		err = o.orderMove(ctx, now, m)
	}
	result := "accepted"
	if m.Done = err == nil; !m.Done {
		result = "failed"
	}
	o.audit(ctx, entry{
		Action: "reconcile move", Actor: word.Actor, IDs: []string{now.Schedule}, Counts: map[string]int{result: 1},
		Reason: word.Reason, Query: m.From.Format(time.RFC3339) + " to " + m.To.Format(time.RFC3339),
	})
	return m, err
}

func (o *Operator) startReview(ctx context.Context, m CursorMove) error {
	_, err := o.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: m.Review, TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            o.Language.Say("Replies of agents of a time that an operator names, account %s", m.Account),
		TypedSearchAttributes:                    workflows.SyncAttributes(m.Account),
	}, workflows.TypeReviewReplies, workflows.ReviewRepliesInput{
		Account: m.Account, Span: workflows.Gap{From: m.To, To: m.From.Add(-time.Nanosecond)},
	})
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return fmt.Errorf("%s asks already: see wechat-c4c reconcile show", m.Review)
	}
	if err != nil {
		return fmt.Errorf("start the review: %w", err)
	}
	return nil
}

// orderMove passes the order to the runs that have not completed and to the schedule, which passes it to the next
// run, and triggers that run.
func (o *Operator) orderMove(ctx context.Context, c Comparison, m CursorMove) error {
	order := workflows.MoveCursor{To: m.To, At: o.now().UTC()}
	handle := o.Temporal.ScheduleClient().GetHandle(ctx, c.Schedule)
	err := handle.Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			have := in.Description.Schedule
			action, ok := have.Action.(*client.ScheduleWorkflowAction)
			if !ok {
				return nil, fmt.Errorf("schedule %s starts no workflow", c.Schedule)
			}
			action.Args = []any{workflows.ReconcileInput{Account: m.Account, Move: &order}}
			return &client.ScheduleUpdate{Schedule: &have}, nil
		},
	})
	if err != nil {
		return fmt.Errorf("order the move: %w", err)
	}
	for _, run := range c.running {
		err := o.Temporal.SignalWorkflow(ctx, run.WorkflowID, run.FirstExecutionRunID, workflows.SignalMove, order)
		if err != nil && !isNotFound(err) {
			return fmt.Errorf("order the move of %s: %w", run.WorkflowID, err)
		}
	}
	next := client.ScheduleTriggerOptions{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE}
	if err := handle.Trigger(ctx, next); err != nil {
		return fmt.Errorf("ordered, and carried out by the next run; it could not be begun at once: %w", err)
	}
	return nil
}
