package codec_test

import (
	"context"
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
	historypb "go.temporal.io/api/history/v1"
	protocolpb "go.temporal.io/api/protocol/v1"
	querypb "go.temporal.io/api/query/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
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

func (tp *tape) activityStarted(scheduled int64) int64 {
	return tp.add(&historypb.HistoryEvent{
		EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED,
		Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{
			ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{ScheduledEventId: scheduled},
		},
	})
}
