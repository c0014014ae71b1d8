package operate

import (
	"context"
	"fmt"
	"slices"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Step is one thing that happened to a sync.
type Step struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"` // start, activity, timer, state, signal, command, task, end
	What string    `json:"what"`
	// Result is the result of the step; "under way" for one that has not ended.
	Result string `json:"result,omitempty"`
	// Seconds is how long the step took, or has taken so far; 0 if it takes no time.
	Seconds float64 `json:"seconds,omitempty"`
	// Attempts is the number of attempts of an activity.
	Attempts int `json:"attempts,omitempty"`
	// Failure is the last error.
	Failure *Said `json:"failure,omitempty"`
	// NextRetry is the time of an activity's next attempt.
	NextRetry *time.Time `json:"next_retry,omitempty"`

	title   string            // of a wait, without its duration
	probe   bool              // checks whether a cause is over
	finding *activities.Probe // of a probe; nil: it has not ended
	command personCommand     // of a person
}

// personCommand is a person's command.
type personCommand struct {
	name string // of the command; empty: the step is none
	workflows.Command
}

// Timeline is everything that happened to a sync, in order.
type Timeline struct {
	Sync
	Link  string `json:"link,omitempty"`
	Steps []Step `json:"steps"`
}

// Timeline describes, from its history, what happened to a sync. It contains no message text and no openid.
func (o *Operator) Timeline(ctx context.Context, id string) (Timeline, error) {
	found, sync, err := o.describe(ctx, id)
	if err != nil {
		return Timeline{}, err
	}
	t, err := o.history(ctx, sync, found.GetPendingActivities())
	if err != nil {
		return Timeline{}, err
	}
	return Timeline{Sync: sync, Link: o.Link(sync.ID, sync.RunID), Steps: t.steps}, nil
}

const underWay = "under way"

// timelineBuilder turns events into steps. open maps the id of the event that began a step to the step, for the event
// that ends it.
type timelineBuilder struct {
	o     *Operator
	steps []Step
	open  map[int64]int
	state string
	cause string
}

func (o *Operator) history(ctx context.Context, sync Sync, pending []*workflowpb.PendingActivityInfo) (*timelineBuilder,
	error) {
	t := &timelineBuilder{o: o, open: map[int64]int{}}
	events := o.Temporal.GetWorkflowHistory(ctx, sync.ID, sync.RunID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	byActivity := map[string]int64{}
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return nil, fmt.Errorf("read the history of %s: %w", sync.ID, err)
		}
		if a := event.GetActivityTaskScheduledEventAttributes(); a != nil {
			byActivity[a.GetActivityId()] = event.GetEventId()
		}
		t.addEvent(event)
	}
	for _, activity := range pending {
		t.addRetries(byActivity[activity.GetActivityId()], activity)
	}
	t.finishOpen(sync)
	return t, nil
}

// finishOpen decides for each step without an end in the history whether it is still under way: nothing is once the
// sync is closed, and a wait is over when a similar one has begun.
func (t *timelineBuilder) finishOpen(sync Sync) {
	waits := map[string]int{}
	for i, step := range t.steps {
		if step.Kind == kindTimer && step.Result == underWay {
			waits[step.title] = i
		}
	}
	for _, i := range t.open {
		step := &t.steps[i]
		switch {
		case !sync.Open():
			step.Result = "over with the sync"
		case step.Kind == kindTimer && waits[step.title] != i:
			step.Result = "superseded"
		default:
			step.Seconds = seconds(t.o.now().Sub(step.At))
		}
	}
}

func (t *timelineBuilder) add(event *historypb.HistoryEvent, kind, what, result string) *Step {
	t.steps = append(t.steps, Step{At: event.GetEventTime().AsTime(), Kind: kind, What: what, Result: result})
	return &t.steps[len(t.steps)-1]
}

// begin adds a step that a later event will end.
func (t *timelineBuilder) begin(event *historypb.HistoryEvent, kind, what string) {
	t.add(event, kind, what, underWay).title = what
	t.open[event.GetEventId()] = len(t.steps) - 1
}

// end finishes a step. Its failure, if any, replaces the last one.
func (t *timelineBuilder) end(event *historypb.HistoryEvent, began int64, result string, failure *Said) {
	i, ok := t.open[began]
	if !ok {
		return
	}
	delete(t.open, began)
	step := &t.steps[i]
	step.Result, step.Seconds = result, seconds(event.GetEventTime().AsTime().Sub(step.At))
	if failure != nil {
		step.Failure = failure
	}
}

// addRetries adds what only the server knows about an unfinished activity.
func (t *timelineBuilder) addRetries(scheduled int64, p *workflowpb.PendingActivityInfo) {
	i, ok := t.open[scheduled]
	if !ok {
		return
	}
	step := &t.steps[i]
	step.Attempts, step.Failure = int(p.GetAttempt()), t.o.said(p.GetLastFailure())
	if next := nextRetry(p, t.o.now()); !next.IsZero() {
		step.NextRetry = &next
	}
	if p.GetPaused() {
		step.Result = "paused by an operator"
	}
}

// nextRetry is when a waiting activity tries again; zero if it is running.
func nextRetry(p *workflowpb.PendingActivityInfo, now time.Time) time.Time {
	if p.GetState() != enumspb.PENDING_ACTIVITY_STATE_SCHEDULED || p.GetPaused() {
		return time.Time{}
	}
	for _, at := range []time.Time{p.GetNextAttemptScheduleTime().AsTime(), p.GetScheduledTime().AsTime()} {
		if at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// lastFailure is the error of the last activity that failed for good.
func (t *timelineBuilder) lastFailure() (Said, time.Time) {
	for _, step := range slices.Backward(t.steps) {
		if step.Kind == kindActivity && step.Failure != nil && step.Result != resultDone {
			return *step.Failure, step.At
		}
	}
	return Said{}, time.Time{}
}

// probedSince is what the first probe after the last retry found; nil: none has ended.
func (t *timelineBuilder) probedSince() (found *activities.Probe) {
	for _, step := range slices.Backward(t.steps) {
		if step.command.name == workflows.CommandRetry {
			return found
		}
		if step.finding != nil {
			found = step.finding
		}
	}
	return nil
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }
