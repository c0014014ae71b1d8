// Package census counts what workflows have cost Temporal so far: events, bytes of history, and actions as billed by
// Temporal Cloud.
package census

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Census is the cost of a namespace's workflows so far.
type Census struct {
	Events  map[string]int // by workflow type
	Bytes   map[string]int64
	Actions map[string]int // by kind
	Updates map[string]int // accepted ones, by workflow type; Actions includes them
	Runs    map[string]int // by workflow type
	Open    int            // children and tasks under way
}

// Upkeep lists the workflow types that no message starts.
var Upkeep = []string{workflows.TypeMaintainToken, workflows.TypeRefreshToken, workflows.TypeReconcileReplies}

// Counted selects the workflow types to count.
type Counted func(workflowType string) bool

// Caused selects the workflows that a follower or an agent causes.
func Caused(workflowType string) bool { return !slices.Contains(Upkeep, workflowType) }

// Take reads all histories, and the requests that Temporal Cloud would count in addition. internal are the addresses at
// which the connector's processes serve their metrics.
func Take(ctx context.Context, temporal client.Client, internal []string, counted Counted) (Census, error) {
	c := Census{Events: map[string]int{}, Bytes: map[string]int64{}, Actions: map[string]int{}, Updates: map[string]int{},
		Runs: map[string]int{}}
	for page, more := []byte(nil), true; more; more = len(page) > 0 {
		list, err := temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000,
			NextPageToken: page})
		if err != nil {
			return c, fmt.Errorf("census: list workflows: %w", err)
		}
		for _, e := range list.GetExecutions() {
			if !counted(e.GetType().GetName()) {
				continue
			}
			if err := c.add(ctx, temporal, e); err != nil {
				return c, err
			}
		}
		page = list.GetNextPageToken()
	}
	for _, address := range internal {
		if err := countRequests(ctx, c.Actions, address); err != nil {
			return c, err
		}
	}
	return c, nil
}

// add counts one run.
func (c *Census) add(ctx context.Context, temporal client.Client, e *workflowpb.WorkflowExecutionInfo) error {
	name, id, run := e.GetType().GetName(), e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId()
	described, err := temporal.DescribeWorkflowExecution(ctx, id, run)
	if err != nil {
		return fmt.Errorf("census: describe %s: %w", name, err)
	}
	if c.Open += len(described.GetPendingChildren()); described.GetPendingWorkflowTask() != nil {
		c.Open++
	}
	c.Runs[name]++
	c.Bytes[name] += described.GetWorkflowExecutionInfo().GetHistorySizeBytes()
	events, err := History(ctx, temporal, id, run)
	if err != nil {
		return err
	}
	c.Events[name] += len(events)
	c.Updates[name] += updates(events)
	countActions(c.Actions, events)
	return nil
}

// Quiet takes the census when nothing is running and nothing changes.
func Quiet(ctx context.Context, temporal client.Client, internal []string, counted Counted) (Census, error) {
	before, err := Take(ctx, temporal, internal, counted)
	for err == nil {
		var now Census
		if now, err = Take(ctx, temporal, internal, counted); err != nil {
			break
		}
		if now.Open == 0 && maps.Equal(now.Events, before.Events) && maps.Equal(now.Actions, before.Actions) {
			return now, nil
		}
		before = now
		select {
		case <-ctx.Done():
			err = fmt.Errorf("census: the workflows do not come to rest: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return Census{}, err
}

// Each returns how much each value grew per act, averaged over times acts. It omits values that did not grow.
func Each[N int | int64](before, after map[string]N, times int) map[string]float64 {
	grown := map[string]float64{}
	for key, value := range after {
		if value > before[key] {
			grown[key] = float64(value-before[key]) / float64(times)
		}
	}
	return grown
}

// Sum adds up the values.
func Sum(values map[string]float64) (total float64) {
	for _, value := range values {
		total += value
	}
	return total
}

// History reads the events of a run.
func History(ctx context.Context, temporal client.Client, id, run string) ([]*historypb.HistoryEvent, error) {
	var events []*historypb.HistoryEvent
	all := temporal.GetWorkflowHistory(ctx, id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for all.HasNext() {
		event, err := all.Next()
		if err != nil {
			return nil, fmt.Errorf("census: history: %w", err)
		}
		events = append(events, event)
	}
	return events, nil
}

// Kinds of actions, as Temporal Cloud bills them: https://docs.temporal.io/cloud/actions
const (
	actionStart    = "start"    // by a client or by continue-as-new; none where a signal brings it along
	actionChild    = "child"    // two of them: the start, and the execution
	actionActivity = "activity" // each attempt
	actionTimer    = "timer"    //
	actionSignal   = "signal"   // from a client or a workflow
	actionUpsert   = "search attribute upsert"
	actionMarker   = "marker"          // side effects and local activities: one per workflow task
	actionOptions  = "options updated" //
	actionQuery    = "query"           // the last three are not in histories
	actionUpdate   = ActionUpdate      // refused ones too
	actionBeat     = "heartbeat"
)

// ActionUpdate is the kind of actions that are updates.
const ActionUpdate = "update"

// countActions adds the actions of a history's events.
func countActions(actions map[string]int, events []*historypb.HistoryEvent) {
	marked := map[int64]bool{} // workflow tasks with a marker
	for i, event := range events {
		switch event.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
			started := event.GetWorkflowExecutionStartedEventAttributes()
			switch {
			case started.GetParentWorkflowExecution() != nil: // counted where its parent starts it
			case started.GetContinuedExecutionRunId() == "" && signalled(events[i+1:]):
			default:
				actions[actionStart]++
			}
		case enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
			actions[actionChild] += 2
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
			actions[actionActivity] += int(event.GetActivityTaskStartedEventAttributes().GetAttempt())
		case enumspb.EVENT_TYPE_TIMER_STARTED:
			actions[actionTimer]++
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
			actions[actionSignal]++
		case enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
			actions[actionUpsert]++
		case enumspb.EVENT_TYPE_MARKER_RECORDED:
			if task := event.GetMarkerRecordedEventAttributes().GetWorkflowTaskCompletedEventId(); !marked[task] {
				marked[task] = true
				actions[actionMarker]++
			}
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED:
			actions[actionOptions]++
		default:
		}
	}
}

// updates counts accepted updates.
func updates(events []*historypb.HistoryEvent) (n int) {
	for _, event := range events {
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED {
			n++
		}
	}
	return n
}

// signalled reports whether a history continues with a signal.
func signalled(rest []*historypb.HistoryEvent) bool {
	return len(rest) > 0 && rest[0].GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
}

// requested are the requests that count as actions but do not always leave an event in a history.
var requested = map[string]string{
	"QueryWorkflow": actionQuery, "UpdateWorkflowExecution": actionUpdate, "RecordActivityTaskHeartbeat": actionBeat,
}

// countRequests adds the requests that a process made to Temporal, according to its own metrics.
func countRequests(ctx context.Context, actions map[string]int, internal string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+internal+"/metrics", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("census: metrics: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "} ")
		if !strings.HasPrefix(name, "temporal_request_total{") && !strings.HasPrefix(name, "temporal_long_request_total{") {
			continue
		}
		for operation, kind := range requested {
			if !strings.Contains(name, `operation="`+operation+`"`) {
				continue
			}
			n, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return fmt.Errorf("census: metrics: %w", err)
			}
			actions[kind] += int(n)
		}
	}
	return lines.Err()
}
