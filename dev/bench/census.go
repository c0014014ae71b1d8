package main

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
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// census is what the workflows of a stack have cost so far: those that a follower or an agent causes.
type census struct {
	events  map[string]int // by workflow type
	bytes   map[string]int64
	actions map[string]int // by kind
	open    int            // children and tasks under way
}

// upkeep are workflows that nobody's message starts.
var upkeep = []string{workflows.TypeMaintainToken, workflows.TypeRefreshToken, workflows.TypeReconcileReplies}

// takeCensus reads all histories, and what Temporal Cloud would count besides.
func takeCensus(ctx context.Context, s *stack.Stack, temporal client.Client) (census, error) {
	c := census{events: map[string]int{}, bytes: map[string]int64{}, actions: map[string]int{}}
	list, err := temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000})
	if err != nil {
		return c, fmt.Errorf("bench: list workflows: %w", err)
	}
	for _, e := range list.GetExecutions() {
		name := e.GetType().GetName()
		if slices.Contains(upkeep, name) {
			continue
		}
		id, run := e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId()
		described, err := temporal.DescribeWorkflowExecution(ctx, id, run)
		if err != nil {
			return c, fmt.Errorf("bench: describe %s: %w", name, err)
		}
		if c.open += len(described.GetPendingChildren()); described.GetPendingWorkflowTask() != nil {
			c.open++
		}
		c.bytes[name] += described.GetWorkflowExecutionInfo().GetHistorySizeBytes()
		events, err := historyOf(ctx, temporal, id, run)
		if err != nil {
			return c, err
		}
		c.events[name] += len(events)
		countActions(c.actions, events)
	}
	for _, internal := range []string{s.Addresses().Internal, s.WorkerAddr()} {
		if err := countRequests(ctx, c.actions, internal); err != nil {
			return c, err
		}
	}
	return c, nil
}

// quietCensus waits until nothing is under way and nothing changes any more.
func quietCensus(ctx context.Context, s *stack.Stack, temporal client.Client) (census, error) {
	before, err := takeCensus(ctx, s, temporal)
	for err == nil {
		var now census
		if now, err = takeCensus(ctx, s, temporal); err != nil {
			break
		}
		if now.open == 0 && maps.Equal(now.events, before.events) && maps.Equal(now.actions, before.actions) {
			return now, nil
		}
		before = now
		select {
		case <-ctx.Done():
			err = fmt.Errorf("bench: the stack does not come to rest: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return census{}, err
}

func historyOf(ctx context.Context, temporal client.Client, id, run string) ([]*historypb.HistoryEvent, error) {
	var events []*historypb.HistoryEvent
	all := temporal.GetWorkflowHistory(ctx, id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for all.HasNext() {
		event, err := all.Next()
		if err != nil {
			return nil, fmt.Errorf("bench: history: %w", err)
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
	actionQuery    = "query"           // the last three are not told by histories
	actionUpdate   = "update"          // refused ones too
	actionBeat     = "heartbeat"
)

// countActions adds what the events of a history cost.
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

// signalled reports whether a history goes on with a signal.
func signalled(rest []*historypb.HistoryEvent) bool {
	return len(rest) > 0 && rest[0].GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
}

// requested are the requests that are actions and leave nothing, or not always something, in a history.
var requested = map[string]string{
	"QueryWorkflow": actionQuery, "UpdateWorkflowExecution": actionUpdate, "RecordActivityTaskHeartbeat": actionBeat,
}

// countRequests adds what a process has asked of Temporal, by its own metrics.
func countRequests(ctx context.Context, actions map[string]int, internal string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+internal+"/metrics", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("bench: metrics: %w", err)
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
				return fmt.Errorf("bench: metrics: %w", err)
			}
			actions[kind] += int(n)
		}
	}
	return lines.Err()
}
