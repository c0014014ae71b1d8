package codec_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/anypb"
)

// sealed is a value as a process writes it whose first key is id.
func sealed(t *testing.T, id string, value any) *commonpb.Payloads {
	t.Helper()
	payloads, err := ring(t, id).DataConverter().ToPayloads(value)
	require.NoError(t, err)
	return payloads
}

// heard waits for the signal "go", which everybody can read, and then says what the workflow knows.
func heard(ctx workflow.Context, value string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, nil)
	return value, nil
}

// blockingCases are all places where a workflow meets a payload. Each writes a history whose one payload with said in
// it was encrypted with the key "new"; the workflow ends with what it read.
var blockingCases = map[string]func(t *testing.T) *tape{
	"input": func(t *testing.T) *tape {
		return newTape(t, func(_ workflow.Context, in string) (string, error) { return in, nil }, sealed(t, "new", said))
	},
	"signal drained": func(t *testing.T) *tape {
		tp := newTape(t, func(ctx workflow.Context) (string, error) {
			signals := workflow.GetSignalChannel(ctx, "say")
			if err := workflow.Await(ctx, func() bool { return signals.Len() > 0 }); err != nil {
				return "", err
			}
			var got string
			for signals.ReceiveAsync(&got) {
			}
			return got, nil
		}, nil)
		tp.signal("say", sealed(t, "new", said))
		return tp
	},
	"signal awaited": func(t *testing.T) *tape {
		tp := newTape(t, func(ctx workflow.Context) (got string, err error) {
			workflow.GetSignalChannel(ctx, "say").Receive(ctx, &got)
			return got, nil
		}, nil)
		require.NotNil(t, tp.turn("old").completed)
		tp.signal("say", sealed(t, "new", said))
		return tp
	},
	"signal in a damaged payload": func(t *testing.T) *tape {
		tp := newTape(t, func(ctx workflow.Context) (got string, err error) {
			workflow.GetSignalChannel(ctx, "say").Receive(ctx, &got)
			return got, nil
		}, nil)
		value := sealed(t, "new", said)
		value.Payloads[0].Metadata["encryption-key-id"] = []byte("old")
		tp.signal("say", value)
		return tp
	},
	"signal in an encoding of the future": func(t *testing.T) *tape {
		tp := newTape(t, func(ctx workflow.Context) (got string, err error) {
			workflow.GetSignalChannel(ctx, "say").Receive(ctx, &got)
			return got, nil
		}, nil)
		value := sealed(t, "new", said)
		value.Payloads[0].Metadata[converter.MetadataEncoding] = []byte("binary/encrypted-otherwise")
		tp.signal("say", value)
		return tp
	},
	"result of an activity": func(t *testing.T) *tape {
		tp := newTape(t, func(ctx workflow.Context) (got string, err error) {
			err = workflow.ExecuteActivity(withActivity(ctx), "Say").Get(ctx, &got)
			return got, err
		}, nil)
		require.NotNil(t, tp.turn("old").completed)
		scheduled := tp.events[len(tp.events)-1].EventId
		started := tp.activityStarted(scheduled)
		tp.add(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
			Attributes: &historypb.HistoryEvent_ActivityTaskCompletedEventAttributes{
				ActivityTaskCompletedEventAttributes: &historypb.ActivityTaskCompletedEventAttributes{
					ScheduledEventId: scheduled, StartedEventId: started, Result: sealed(t, "new", said),
				},
			},
		})
		return tp
	},
	"message of a failed activity": func(t *testing.T) *tape {
		return failedActivity(t, func(err *temporal.ApplicationError) (string, error) { return err.Message(), nil })
	},
	"details of a failed activity": func(t *testing.T) *tape {
		tp := failedActivity(t, func(err *temporal.ApplicationError) (got string, _ error) {
			return got, err.Details(&got)
		})
		// The message was written with the old key, the details were not.
		failure := tp.events[len(tp.events)-1].GetActivityTaskFailedEventAttributes().GetFailure()
		failure.EncodedAttributes = nil
		return tp
	},
	"result of a child": func(t *testing.T) *tape {
		tp := newTape(t, func(ctx workflow.Context) (got string, err error) {
			ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: "child"})
			err = workflow.ExecuteChildWorkflow(ctx, "Child").Get(ctx, &got)
			return got, err
		}, nil)
		require.NotNil(t, tp.turn("old").completed)
		initiated := tp.events[len(tp.events)-1].EventId
		child, kind := &commonpb.WorkflowExecution{WorkflowId: "child", RunId: "run"}, &commonpb.WorkflowType{Name: "Child"}
		started := tp.add(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED,
			Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionStartedEventAttributes{
				ChildWorkflowExecutionStartedEventAttributes: &historypb.ChildWorkflowExecutionStartedEventAttributes{
					InitiatedEventId: initiated, WorkflowExecution: child, WorkflowType: kind,
				},
			},
		})
		tp.add(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_COMPLETED,
			Attributes: &historypb.HistoryEvent_ChildWorkflowExecutionCompletedEventAttributes{
				ChildWorkflowExecutionCompletedEventAttributes: &historypb.ChildWorkflowExecutionCompletedEventAttributes{
					InitiatedEventId: initiated, StartedEventId: started, WorkflowExecution: child, WorkflowType: kind,
					Result: sealed(t, "new", said),
				},
			},
		})
		return tp
	},
	"side effect": func(t *testing.T) *tape {
		return recorded(t, func(ctx workflow.Context) (string, error) {
			var got string
			err := workflow.SideEffect(ctx, func(workflow.Context) any { return said }).Get(&got)
			return heard(ctx, got, err)
		})
	},
	"mutable side effect": func(t *testing.T) *tape {
		return recorded(t, func(ctx workflow.Context) (string, error) {
			var got string
			err := workflow.MutableSideEffect(ctx, "said", func(workflow.Context) any { return said },
				func(a, b any) bool { return a == b }).Get(&got)
			return heard(ctx, got, err)
		})
	},
	"version": func(t *testing.T) *tape {
		return recorded(t, func(ctx workflow.Context) (string, error) {
			if workflow.GetVersion(ctx, "said", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
				return heard(ctx, "another path", nil)
			}
			return heard(ctx, said, nil)
		})
	},
	"result of the run before": func(t *testing.T) *tape {
		tp := newTape(t, func(ctx workflow.Context) (got string, err error) {
			if err := workflow.GetLastCompletionResult(ctx, &got); err != nil {
				return "begins anew", nil
			}
			return got, nil
		}, nil)
		tp.events[0].GetWorkflowExecutionStartedEventAttributes().LastCompletionResult = sealed(t, "new", said)
		return tp
	},
	"failure of the run before": func(t *testing.T) *tape {
		tp := newTape(t, func(ctx workflow.Context) (string, error) {
			var application *temporal.ApplicationError
			errors.As(workflow.GetLastError(ctx), &application)
			return application.Message(), nil
		}, nil)
		tp.events[0].GetWorkflowExecutionStartedEventAttributes().ContinuedFailure = failure(t)
		return tp
	},
	"update": func(t *testing.T) *tape {
		tp := newTape(t, func(ctx workflow.Context) (string, error) {
			got := ""
			err := workflow.SetUpdateHandler(ctx, "say", func(_ workflow.Context, value string) error {
				got = value
				return nil
			})
			if err != nil {
				return "", err
			}
			return got, workflow.Await(ctx, func() bool { return got != "" })
		}, nil)
		require.NotNil(t, tp.turn("old").completed)
		request, err := anypb.New(&updatepb.Request{
			Meta: &updatepb.Meta{UpdateId: "update"}, Input: &updatepb.Input{Name: "say", Args: sealed(t, "new", said)},
		})
		require.NoError(t, err)
		tp.updates = []*protocolpb.Message{{
			Id: "update/request", ProtocolInstanceId: "update", Body: request,
			SequencingId: &protocolpb.Message_EventId{EventId: int64(len(tp.events) + 1)},
		}}
		return tp
	},
}

func withActivity(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
}

// failure has said in its message and in its details.
func failure(t *testing.T) *failurepb.Failure {
	t.Helper()
	return ring(t, "new").FailureConverter().ErrorToFailure(temporal.NewApplicationError(said, "Refused", said))
}

// failedActivity is the history of a workflow that ends with what it read in an activity's failure.
func failedActivity(t *testing.T, read func(*temporal.ApplicationError) (string, error)) *tape {
	t.Helper()
	tp := newTape(t, func(ctx workflow.Context) (string, error) {
		var application *temporal.ApplicationError
		if err := workflow.ExecuteActivity(withActivity(ctx), "Say").Get(ctx, nil); !errors.As(err, &application) {
			return "", fmt.Errorf("another failure: %w", err)
		}
		return read(application)
	}, nil)
	require.NotNil(t, tp.turn("old").completed)
	scheduled := tp.events[len(tp.events)-1].EventId
	started := tp.activityStarted(scheduled)
	tp.add(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED,
		Attributes: &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{
			ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{
				ScheduledEventId: scheduled, StartedEventId: started, Failure: failure(t),
			},
		},
	})
	return tp
}

// recorded is the history of a workflow whose markers were written with the key "new" before it heard "go".
func recorded(t *testing.T, run func(workflow.Context) (string, error)) *tape {
	t.Helper()
	tp := newTape(t, run, nil)
	require.NotNil(t, tp.turn("new", "old").completed)
	require.Equal(t, enumspb.EVENT_TYPE_MARKER_RECORDED, tp.events[4].GetEventType())
	tp.signal("go", nil)
	return tp
}
