package census

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

type startedAttributes = historypb.WorkflowExecutionStartedEventAttributes

func event(kind enumspb.EventType) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{EventType: kind}
}

func started(attributes *startedAttributes) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
			WorkflowExecutionStartedEventAttributes: attributes,
		},
	}
}

func activityStarted(attempt int32) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED,
		Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{
			ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{Attempt: attempt},
		},
	}
}

func marker(task int64) *historypb.HistoryEvent {
	return &historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_MARKER_RECORDED,
		Attributes: &historypb.HistoryEvent_MarkerRecordedEventAttributes{
			MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{WorkflowTaskCompletedEventId: task},
		},
	}
}

func TestCountActions(t *testing.T) {
	t.Parallel()
	signal := event(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
	task := event(enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)
	child := event(enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED)
	timer, fired := event(enumspb.EVENT_TYPE_TIMER_STARTED), event(enumspb.EVENT_TYPE_TIMER_FIRED)
	upsert := event(enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES)
	first, next := &startedAttributes{}, &startedAttributes{ContinuedExecutionRunId: "before"}
	ofChild := &startedAttributes{ParentWorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "parent"}}
	type history []*historypb.HistoryEvent
	for name, test := range map[string]struct {
		events history
		want   map[string]int
	}{
		"a start":                {history{started(first), task}, map[string]int{actionStart: 1}},
		"a signal that starts":   {history{started(first), signal, task, signal}, map[string]int{actionSignal: 2}},
		"continued as new":       {history{started(next), signal}, map[string]int{actionStart: 1, actionSignal: 1}},
		"a child, by its parent": {history{started(ofChild), task}, map[string]int{}},
		"a child of ours":        {history{child}, map[string]int{actionChild: 2}},
		"attempts":               {history{activityStarted(1), activityStarted(4)}, map[string]int{actionActivity: 5}},
		"markers of a task":      {history{marker(4), marker(4), marker(9)}, map[string]int{actionMarker: 2}},
		"timers":                 {history{timer, fired}, map[string]int{actionTimer: 1}},
		"search attributes":      {history{upsert}, map[string]int{actionUpsert: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := map[string]int{}
			countActions(got, test.events)
			require.Equal(t, test.want, got)
		})
	}
}

func TestUpdates(t *testing.T) {
	t.Parallel()
	accepted := event(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)
	completed := event(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED)
	require.Equal(t, 2, updates([]*historypb.HistoryEvent{accepted, completed, accepted}))
}

func TestCountRequests(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`# TYPE temporal_request_total counter
temporal_request_total{namespace="default",operation="QueryWorkflow"} 3
temporal_request_total{namespace="default",operation="SignalWithStartWorkflowExecution"} 7
temporal_long_request_total{namespace="default",operation="UpdateWorkflowExecution"} 2
temporal_request_failure_total{namespace="default",operation="QueryWorkflow"} 1
`))
	}))
	t.Cleanup(server.Close)
	got := map[string]int{actionQuery: 1}
	require.NoError(t, countRequests(t.Context(), got, strings.TrimPrefix(server.URL, "http://")))
	require.Equal(t, map[string]int{actionQuery: 4, actionUpdate: 2}, got)
}
