package codec_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	querypb "go.temporal.io/api/query/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	updatepb "go.temporal.io/api/update/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	blockingQueue = "blocking"
	blockingType  = "Blocking"
	said          = "what was said" // the value that must not be lost
)

// tape is the history of one workflow, played to a real worker turn by turn.
type tape struct {
	t       *testing.T
	run     any // the workflow
	events  []*historypb.HistoryEvent
	query   *querypb.WorkflowQuery // of the next turn
	asked   map[string]*querypb.WorkflowQuery
	updates []*protocolpb.Message
}

func newTape(t *testing.T, run any, input *commonpb.Payloads) *tape {
	tp := &tape{t: t, run: run}
	tp.add(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionStartedEventAttributes{
			WorkflowExecutionStartedEventAttributes: &historypb.WorkflowExecutionStartedEventAttributes{
				WorkflowType: &commonpb.WorkflowType{Name: blockingType}, Input: input, Attempt: 1,
				TaskQueue: &taskqueuepb.TaskQueue{Name: blockingQueue},
			},
		},
	})
	return tp
}

// add appends an event and gives its id.
func (tp *tape) add(event *historypb.HistoryEvent) int64 {
	event.EventId = int64(len(tp.events) + 1)
	event.EventTime = timestamppb.New(time.Unix(1_700_000_000+event.EventId, 0))
	tp.events = append(tp.events, event)
	return event.EventId
}

func (tp *tape) signal(name string, value *commonpb.Payloads) {
	tp.add(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
		Attributes: &historypb.HistoryEvent_WorkflowExecutionSignaledEventAttributes{
			WorkflowExecutionSignaledEventAttributes: &historypb.WorkflowExecutionSignaledEventAttributes{
				SignalName: name, Input: value,
			},
		},
	})
}

// outcome is what a worker answered a workflow task with; one field is set.
type outcome struct {
	completed *workflowservice.RespondWorkflowTaskCompletedRequest
	failed    *workflowservice.RespondWorkflowTaskFailedRequest
	answered  *workflowservice.RespondQueryTaskCompletedRequest
}

// turn has a worker with these keys carry out the next workflow task. A task that is completed becomes part of the
// history.
func (tp *tape) turn(keys ...string) outcome {
	tp.t.Helper()
	before := len(tp.events)
	if tp.query == nil {
		tp.add(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
			Attributes: &historypb.HistoryEvent_WorkflowTaskScheduledEventAttributes{
				WorkflowTaskScheduledEventAttributes: &historypb.WorkflowTaskScheduledEventAttributes{},
			},
		})
		tp.add(&historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED,
			Attributes: &historypb.HistoryEvent_WorkflowTaskStartedEventAttributes{
				WorkflowTaskStartedEventAttributes: &historypb.WorkflowTaskStartedEventAttributes{},
			},
		})
	}
	done := play(tp, ring(tp.t, keys...))
	if done.completed == nil {
		tp.events = tp.events[:before]
		return done
	}
	completed := tp.add(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
		Attributes: &historypb.HistoryEvent_WorkflowTaskCompletedEventAttributes{
			WorkflowTaskCompletedEventAttributes: &historypb.WorkflowTaskCompletedEventAttributes{
				ScheduledEventId: int64(before + 1), StartedEventId: int64(before + 2), SdkMetadata: done.completed.SdkMetadata,
			},
		},
	})
	for _, command := range done.completed.Commands {
		if event := eventOf(command, completed); event != nil {
			tp.add(event)
		}
	}
	return done
}

// eventOf is what the server makes of a command.
func eventOf(command *commandpb.Command, completed int64) *historypb.HistoryEvent {
	switch command.GetCommandType() {
	case enumspb.COMMAND_TYPE_RECORD_MARKER:
		a := command.GetRecordMarkerCommandAttributes()
		return &historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_MARKER_RECORDED,
			Attributes: &historypb.HistoryEvent_MarkerRecordedEventAttributes{
				MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{
					MarkerName: a.MarkerName, Details: a.Details, WorkflowTaskCompletedEventId: completed,
				},
			},
		}
	case enumspb.COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		a := command.GetUpsertWorkflowSearchAttributesCommandAttributes()
		return &historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
			Attributes: &historypb.HistoryEvent_UpsertWorkflowSearchAttributesEventAttributes{
				UpsertWorkflowSearchAttributesEventAttributes: &historypb.UpsertWorkflowSearchAttributesEventAttributes{
					SearchAttributes: a.SearchAttributes, WorkflowTaskCompletedEventId: completed,
				},
			},
		}
	case enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
		a := command.GetScheduleActivityTaskCommandAttributes()
		return &historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
			Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{
				ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{
					ActivityId: a.ActivityId, ActivityType: a.ActivityType, TaskQueue: a.TaskQueue, Input: a.Input,
					WorkflowTaskCompletedEventId: completed,
				},
			},
		}
	case enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION:
		a := command.GetStartChildWorkflowExecutionCommandAttributes()
		return &historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
			Attributes: &historypb.HistoryEvent_StartChildWorkflowExecutionInitiatedEventAttributes{
				StartChildWorkflowExecutionInitiatedEventAttributes: &historypb.StartChildWorkflowExecutionInitiatedEventAttributes{
					WorkflowId: a.WorkflowId, WorkflowType: a.WorkflowType, Input: a.Input,
					WorkflowTaskCompletedEventId: completed,
				},
			},
		}
	}
	return nil
}

// play hands the tape to a worker made with KeyRing.WorkflowOptions.
func play(tp *tape, keys interface {
	WorkflowOptions(client.Options) client.Options
}) outcome {
	tp.t.Helper()
	run := &commonpb.WorkflowExecution{WorkflowId: "blocking", RunId: uuid.NewString()} // workers share a cache of runs
	task := &workflowservice.PollWorkflowTaskQueueResponse{
		TaskToken: []byte("token"), WorkflowExecution: run, WorkflowType: &commonpb.WorkflowType{Name: blockingType},
		Attempt: 1, StartedEventId: int64(len(tp.events)), History: &historypb.History{Events: tp.events},
		Query: tp.query, Queries: tp.asked, Messages: tp.updates,
	}
	for _, event := range tp.events[:len(tp.events)-1] {
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED {
			task.PreviousStartedEventId = event.GetEventId()
		}
	}
	if tp.query != nil {
		task.StartedEventId = task.PreviousStartedEventId
	}
	server := &oneTask{tasks: make(chan *workflowservice.PollWorkflowTaskQueueResponse, 1), done: make(chan outcome, 1)}
	c, err := client.Dial(keys.WorkflowOptions(client.Options{
		HostPort: serve(tp.t, server), Logger: log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil))),
	}))
	require.NoError(tp.t, err)
	defer c.Close()
	w := worker.New(c, blockingQueue, worker.Options{LocalActivityWorkerOnly: true})
	w.RegisterWorkflowWithOptions(tp.run, workflow.RegisterOptions{Name: blockingType})
	require.NoError(tp.t, w.Start())
	defer w.Stop()
	server.tasks <- task
	select {
	case done := <-server.done:
		return done
	case <-time.After(20 * time.Second):
		require.Fail(tp.t, "the worker does not answer")
		return outcome{}
	}
}

// oneTask is a Temporal server with a single workflow task.
type oneTask struct {
	workflowservice.UnimplementedWorkflowServiceServer
	tasks chan *workflowservice.PollWorkflowTaskQueueResponse
	done  chan outcome
	once  sync.Once
}

func serve(t *testing.T, service workflowservice.WorkflowServiceServer) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, service)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

func (s *oneTask) GetSystemInfo(
	context.Context, *workflowservice.GetSystemInfoRequest,
) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{
		SdkMetadata: true,
	}}, nil
}

func (s *oneTask) DescribeNamespace(
	context.Context, *workflowservice.DescribeNamespaceRequest,
) (*workflowservice.DescribeNamespaceResponse, error) {
	return &workflowservice.DescribeNamespaceResponse{}, nil
}

func (s *oneTask) PollWorkflowTaskQueue(
	ctx context.Context, r *workflowservice.PollWorkflowTaskQueueRequest,
) (*workflowservice.PollWorkflowTaskQueueResponse, error) {
	if r.GetTaskQueue().GetName() == blockingQueue {
		select {
		case task := <-s.tasks:
			return task, nil
		case <-ctx.Done():
		}
	}
	<-ctx.Done()
	return &workflowservice.PollWorkflowTaskQueueResponse{}, nil
}

func (s *oneTask) end(o outcome) { s.once.Do(func() { s.done <- o }) }

func (s *oneTask) RespondWorkflowTaskCompleted(
	_ context.Context, r *workflowservice.RespondWorkflowTaskCompletedRequest,
) (*workflowservice.RespondWorkflowTaskCompletedResponse, error) {
	s.end(outcome{completed: r})
	return &workflowservice.RespondWorkflowTaskCompletedResponse{}, nil
}

func (s *oneTask) RespondWorkflowTaskFailed(
	_ context.Context, r *workflowservice.RespondWorkflowTaskFailedRequest,
) (*workflowservice.RespondWorkflowTaskFailedResponse, error) {
	s.end(outcome{failed: r})
	return &workflowservice.RespondWorkflowTaskFailedResponse{}, nil
}

func (s *oneTask) RespondQueryTaskCompleted(
	_ context.Context, r *workflowservice.RespondQueryTaskCompletedRequest,
) (*workflowservice.RespondQueryTaskCompletedResponse, error) {
	s.end(outcome{answered: r})
	return &workflowservice.RespondQueryTaskCompletedResponse{}, nil
}

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

func (tp *tape) activityStarted(scheduled int64) int64 {
	return tp.add(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED,
		Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{
			ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{ScheduledEventId: scheduled},
		},
	})
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

func TestWorkflowsBlockOnWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	for name, play := range blockingCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tp := play(t)
			done := tp.turn("old")
			require.NotNil(t, done.failed, "the server is to give the task to a worker again: %v", done.completed)
			require.Equal(t, enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE, done.failed.GetCause())

			if name == "signal in a damaged payload" || name == "signal in an encoding of the future" {
				return // no key helps
			}
			done = tp.turn("old", "new")
			require.NotNil(t, done.completed, "the key heals it")
			var got string
			for _, command := range done.completed.GetCommands() {
				require.NotEqual(t, enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION, command.GetCommandType())
				if command.GetCommandType() == enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION {
					result := command.GetCompleteWorkflowExecutionCommandAttributes().GetResult()
					require.NoError(t, ring(t, "old", "new").DataConverter().FromPayloads(result, &got))
				}
			}
			require.Equal(t, said, got)
		})
	}
}

// echo waits for ever and answers the query "say" with what it was asked.
func echo(ctx workflow.Context) error {
	err := workflow.SetQueryHandler(ctx, "say", func(what string) (string, error) { return what, nil })
	if err != nil {
		return err
	}
	err = workflow.SetQueryHandlerWithOptions(ctx, "say too", func(what string) (string, error) { return what, nil },
		workflow.QueryHandlerOptions{})
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return false })
}

// A query that cannot be read gets an error: it must neither hang nor hold up the workflow.
func TestQueriesAnswerAnError(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"say", "say too"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask := &querypb.WorkflowQuery{QueryType: name, QueryArgs: sealed(t, "new", said)}

			alone := newTape(t, echo, nil)
			require.NotNil(t, alone.turn("old").completed)
			alone.query = ask
			done := alone.turn("old")
			require.NotNil(t, done.answered)
			require.Equal(t, enumspb.QUERY_RESULT_TYPE_FAILED, done.answered.GetCompletedType())
			require.Contains(t, done.answered.GetErrorMessage(), `unknown key "new"`)
			done = alone.turn("old", "new")
			require.NotNil(t, done.answered)
			require.Equal(t, enumspb.QUERY_RESULT_TYPE_ANSWERED, done.answered.GetCompletedType())
			var got string
			require.NoError(t, ring(t, "old").DataConverter().FromPayloads(done.answered.GetQueryResult(), &got))
			require.Equal(t, said, got)

			beside := newTape(t, echo, nil)
			beside.asked = map[string]*querypb.WorkflowQuery{"1": ask}
			done = beside.turn("old")
			require.NotNil(t, done.completed, "the task that the query came with goes through")
			require.Equal(t, enumspb.QUERY_RESULT_TYPE_FAILED, done.completed.GetQueryResults()["1"].GetResultType())
		})
	}
}

// A workflow that cannot be replayed answers queries with an error as well.
func TestQueriesOfABlockedWorkflowAnswerAnError(t *testing.T) {
	t.Parallel()
	tp := newTape(t, func(ctx workflow.Context, _ string) error { return echo(ctx) }, sealed(t, "new", said))
	require.NotNil(t, tp.turn("old", "new").completed)
	tp.query = &querypb.WorkflowQuery{QueryType: "say", QueryArgs: sealed(t, "old", said)}
	done := tp.turn("old")
	require.NotNil(t, done.answered)
	require.Equal(t, enumspb.QUERY_RESULT_TYPE_FAILED, done.answered.GetCompletedType())
}

// A mistyped signal must not block the workflow.
func TestASignalThatDoesNotFitIsDropped(t *testing.T) {
	t.Parallel()
	tp := newTape(t, func(ctx workflow.Context) (int, error) {
		signals, got := workflow.GetSignalChannel(ctx, "say"), 0
		for signals.ReceiveAsync(&got) {
		}
		return got, nil
	}, nil)
	tp.signal("say", sealed(t, "old", said))
	tp.signal("say", sealed(t, "old", 7))
	done := tp.turn("old")
	require.NotNil(t, done.completed)
	require.Len(t, done.completed.GetCommands(), 1)
	require.Equal(t, enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, done.completed.GetCommands()[0].GetCommandType())
}
