package operate

import (
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// Kinds of steps.
const (
	kindStart    = "start"
	kindActivity = "activity"
	kindTimer    = "timer"
	kindState    = "state"
	kindSignal   = "signal"
	kindCommand  = "command"
	kindTask     = "task"
	kindEnd      = "end"
)

const resultDone = "done"

// addEvent adds the step that an event describes. Successful workflow tasks mean nothing to people and are omitted.
func (t *timelineBuilder) addEvent(event *historypb.HistoryEvent) {
	if t.addActivity(event) || t.addTimer(event) || t.addSignalOrUpdate(event) || t.addTask(event) {
		return
	}
	t.addLifeCycle(event)
}

func (t *timelineBuilder) addActivity(event *historypb.HistoryEvent) bool {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		name := event.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()
		t.begin(event, kindActivity, t.summary(event, name))
		t.steps[len(t.steps)-1].probe = name == "ProbeC4C" || name == "ProbeWeChat"
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		a := event.GetActivityTaskStartedEventAttributes()
		if i, ok := t.open[a.GetScheduledEventId()]; ok {
			t.steps[i].Attempts, t.steps[i].Failure = int(a.GetAttempt()), t.o.said(a.GetLastFailure())
		}
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		a := event.GetActivityTaskCompletedEventAttributes()
		t.end(event, a.GetScheduledEventId(), t.activityResult(a), nil)
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		a := event.GetActivityTaskFailedEventAttributes()
		t.end(event, a.GetScheduledEventId(), "failed", t.o.said(a.GetFailure()))
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
		a := event.GetActivityTaskTimedOutEventAttributes()
		t.end(event, a.GetScheduledEventId(), "failed", t.o.said(a.GetFailure()))
	case enumspb.EVENT_TYPE_ACTIVITY_TASK_CANCELED:
		t.end(event, event.GetActivityTaskCanceledEventAttributes().GetScheduledEventId(), "cancelled", nil)
	default:
		return false
	}
	return true
}

// activityResult is the result of an activity. The result of a probe is whether the cause still exists.
func (t *timelineBuilder) activityResult(a *historypb.ActivityTaskCompletedEventAttributes) string {
	i, ok := t.open[a.GetScheduledEventId()]
	if !ok || !t.steps[i].probe {
		return resultDone
	}
	var probe activities.Probe
	if err := t.o.DataConverter.FromPayloads(a.GetResult(), &probe); err != nil {
		return resultDone
	}
	t.steps[i].finding = &probe
	if probe.OK {
		return "it takes calls"
	}
	return "still " + probe.Type
}

func (t *timelineBuilder) addTimer(event *historypb.HistoryEvent) bool {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_TIMER_STARTED:
		wait := event.GetTimerStartedEventAttributes().GetStartToFireTimeout().AsDuration()
		title := t.summary(event, "wait")
		t.begin(event, kindTimer, fmt.Sprintf("%s (%s)", title, Age(wait.Round(time.Second))))
		t.steps[len(t.steps)-1].title = title
	case enumspb.EVENT_TYPE_TIMER_FIRED:
		t.end(event, event.GetTimerFiredEventAttributes().GetStartedEventId(), "fired", nil)
	case enumspb.EVENT_TYPE_TIMER_CANCELED:
		t.end(event, event.GetTimerCanceledEventAttributes().GetStartedEventId(), "not needed", nil)
	default:
		return false
	}
	return true
}

// addSignalOrUpdate describes signals and updates: by name, and by actor if a person sent them.
func (t *timelineBuilder) addSignalOrUpdate(event *historypb.HistoryEvent) bool {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		a := event.GetWorkflowExecutionSignaledEventAttributes()
		if a.GetSignalName() != workflows.CommandRetry && a.GetSignalName() != workflows.CommandSkip {
			t.add(event, kindSignal, a.GetSignalName(), "received")
			break
		}
		command := t.commandOf(a.GetSignalName(), a.GetInput(), "")
		t.add(event, kindCommand, command.String(), "by signal").command = command
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
		request := event.GetWorkflowExecutionUpdateAcceptedEventAttributes().GetAcceptedRequest()
		in := request.GetInput()
		command := t.commandOf(in.GetName(), in.GetArgs(), request.GetMeta().GetIdentity())
		t.begin(event, kindCommand, command.String())
		t.steps[len(t.steps)-1].command = command
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
		a := event.GetWorkflowExecutionUpdateCompletedEventAttributes()
		result := "accepted"
		failure := t.o.said(a.GetOutcome().GetFailure())
		if failure != nil {
			result = "failed"
		}
		t.end(event, a.GetAcceptedEventId(), result, failure)
	case enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
		a := event.GetSignalExternalWorkflowExecutionInitiatedEventAttributes()
		t.begin(event, kindSignal, a.GetSignalName()+" to "+a.GetWorkflowExecution().GetWorkflowId())
	case enumspb.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:
		t.end(event, event.GetExternalWorkflowExecutionSignaledEventAttributes().GetInitiatedEventId(), "delivered", nil)
	case enumspb.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
		t.end(event, event.GetSignalExternalWorkflowExecutionFailedEventAttributes().GetInitiatedEventId(), "nobody there",
			nil)
	default:
		return false
	}
	return true
}

// commandOf reads only the actor and reason of a command, because an amendment may contain a text. Without an actor it
// is the sender that Temporal knows: the user of its UI, or a process.
func (t *timelineBuilder) commandOf(name string, input *commonpb.Payloads, identity string) personCommand {
	var c workflows.Command
	if t.o.DataConverter.FromPayloads(input, &c) != nil || c.Actor == "" {
		c = workflows.Command{Actor: identity}
	}
	return personCommand{name: name, Command: workflows.Command{Actor: c.Actor, Reason: c.Reason}}
}

// String is the command with its actor and reason.
func (s personCommand) String() string {
	if s.Actor == "" || s.Reason == "" {
		return s.name + by(s.Actor)
	}
	return s.name + by(s.Actor) + ": " + s.Reason
}

// by names the sender of a command, if known.
func by(actor string) string {
	if actor == "" {
		return ""
	}
	return " by " + actor
}

// addTask describes failed workflow tasks: a defect, or a lost worker.
func (t *timelineBuilder) addTask(event *historypb.HistoryEvent) bool {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		a := event.GetWorkflowTaskFailedEventAttributes()
		t.add(event, kindTask, "the workflow's code failed", a.GetCause().String()).Failure = t.o.said(a.GetFailure())
	case enumspb.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
		a := event.GetWorkflowTaskTimedOutEventAttributes()
		t.add(event, kindTask, "the worker did not answer", a.GetTimeoutType().String())
	default:
		return false
	}
	return true
}

func (t *timelineBuilder) addLifeCycle(event *historypb.HistoryEvent) {
	switch event.GetEventType() {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		a := event.GetWorkflowExecutionStartedEventAttributes()
		t.add(event, kindStart, t.summary(event, a.GetWorkflowType().GetName()), "")
		t.addState(event, a.GetSearchAttributes())
	case enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
		t.addState(event, event.GetUpsertWorkflowSearchAttributesEventAttributes().GetSearchAttributes())
	case enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
		a := event.GetStartChildWorkflowExecutionInitiatedEventAttributes()
		t.add(event, kindStart, "starts "+a.GetWorkflowId(), "")
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
		command := personCommand{"cancel", workflows.Command{
			Actor: event.GetWorkflowExecutionCancelRequestedEventAttributes().GetIdentity(),
		}}
		t.add(event, kindCommand, command.String(), "").command = command
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		t.add(event, kindEnd, "completed", "")
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		t.add(event, kindEnd, "cancelled", "")
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		t.add(event, kindEnd, "failed", "").Failure = t.o.said(event.GetWorkflowExecutionFailedEventAttributes().GetFailure())
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		a := event.GetWorkflowExecutionTerminatedEventAttributes()
		t.add(event, kindEnd, "terminated"+by(a.GetIdentity()), a.GetReason()).command = personCommand{"terminate",
			workflows.Command{Actor: a.GetIdentity(), Reason: a.GetReason()}}
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		t.add(event, kindEnd, "continued as new", "")
	}
}

// addState describes the changes that operators saw: state, cause and ticket.
func (t *timelineBuilder) addState(event *historypb.HistoryEvent, attributes *commonpb.SearchAttributes) {
	state := keyword(attributes, workflows.AttributeSyncState.GetName())
	cause := keyword(attributes, workflows.AttributeSyncError.GetName())
	if state == "" || state == t.state && cause == t.cause {
		return
	}
	what := state
	if t.state != "" && t.state != state {
		what = t.state + " → " + state
	}
	if cause != "" {
		what += " (" + cause + ")"
	}
	t.state, t.cause = state, cause
	t.add(event, kindState, what, "")
}

// summary is the sentence that the workflow gave the event, otherwise the event's name.
func (t *timelineBuilder) summary(event *historypb.HistoryEvent, name string) string {
	if s := t.o.text(event.GetUserMetadata().GetSummary()); s != "" {
		return s
	}
	return name
}
