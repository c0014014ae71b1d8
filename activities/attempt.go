package activities

import (
	"context"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
)

// headerAgain is the header that reports whether Temporal has handed an activity out before.
const headerAgain = "wechat-c4c-again"

// prompt is how soon an activity starts if it is handed out for the first time, used if no header says so.
const prompt = 2 * time.Second

// NoteAttempt records in a polled task whether Temporal hands it out for the first time.
//
// The attempt counter cannot be used: Reset, and Unpause on request, set it back to one, and may also clear the
// heartbeat's details. No operation changes the times: the first attempt is scheduled together with the activity,
// every other one later. Temporal's SDK knows both times but shows an activity only the first.
func NoteAttempt(task *workflowservice.PollActivityTaskQueueResponse) {
	first, this := task.GetScheduledTime(), task.GetCurrentAttemptScheduledTime()
	if len(task.GetTaskToken()) == 0 || first == nil || this == nil {
		return
	}
	if task.GetHeader() == nil {
		task.Header = &commonpb.Header{}
	}
	if task.GetHeader().GetFields() == nil {
		task.Header.Fields = map[string]*commonpb.Payload{}
	}
	fields := task.GetHeader().GetFields()
	if _, noted := fields[headerAgain]; !noted {
		noteAgain(fields, this.AsTime().After(first.AsTime()))
	}
}

// NoteRunAgain records in an activity's header that its workflow was reset: the previous run may already have done
// the write.
func NoteRunAgain(header map[string]*commonpb.Payload) { noteAgain(header, true) }

func noteAgain(header map[string]*commonpb.Payload, again bool) {
	if payload, err := converter.GetDefaultDataConverter().ToPayload(again); err == nil {
		header[headerAgain] = payload
	}
}

// Attempts lets activities know whether they were handed out before. It is a worker interceptor; see [NoteAttempt].
type Attempts struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity reads the header of an activity.
func (*Attempts) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	i := &attemptCall{}
	i.Next = next
	return i
}

type attemptCall struct {
	interceptor.ActivityInboundInterceptorBase
}

type againKey struct{}

// ExecuteActivity passes on the header's content, which an activity cannot see itself.
func (i *attemptCall) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if noted := interceptor.Header(ctx)[headerAgain]; noted != nil {
		var again bool
		if err := converter.GetDefaultDataConverter().FromPayload(noted, &again); err == nil {
			ctx = context.WithValue(ctx, againKey{}, again)
		}
	}
	return i.Next.ExecuteActivity(ctx, in)
}

// handedOutBefore reports whether an earlier attempt may have done the activity's work. In doubt it returns true.
func handedOutBefore(ctx context.Context) bool {
	info := activity.GetInfo(ctx)
	if info.Attempt > 1 || activity.HasHeartbeatDetails(ctx) {
		return true
	}
	if again, noted := ctx.Value(againKey{}).(bool); noted {
		return again
	}
	return info.StartedTime.Sub(info.ScheduledTime) > prompt
}
