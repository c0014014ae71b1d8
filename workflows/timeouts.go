package workflows

import (
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

const (
	// c4cCalls is the most calls to C4C that one attempt of an activity makes, one after the other: a look-up, the
	// ticket, a CSRF token and a write, each with what it has to find out first.
	c4cCalls = 10
	// wechatCalls is the same for WeChat: a token, a call that is refused because of it, and one with another token.
	wechatCalls = 3
	// formCalls is how many more calls there are if WeChat refuses a message's form and it is sent in words.
	formCalls = 2
	// fileTime is how long a file's transfer may take; the clients allow as long for 10 MB.
	fileTime = 3 * time.Minute
)

// carriers are activities that transfer a file from one side to the other; some store it in between.
var carriers = map[string]bool{"AttachMedia": true, "UploadReplyFile": true, "CarryFile": true}

// formed are activities that send a message in words if WeChat refuses its form.
var formed = map[string]bool{"SendMenu": true, "SendCard": true}

// Timeouts gives an attempt of an activity the time that its calls may take by the account's settings. No attempt is
// considered lost, and retried, while one of its calls may still be running. A dead worker is noticed much earlier,
// by its missing heartbeats. Timeouts also tells activities that their workflow was reset, and when their sync was
// released from a cause that affects every call. It is a worker interceptor.
//
// A replay does not compare timeouts, so settings may change at any time.
type Timeouts struct {
	interceptor.WorkerInterceptorBase
	// CallTimes returns an account's call times; for an unknown account, the longest of all.
	CallTimes func(account string) activities.CallTimes
}

// InterceptWorkflow wraps the activities that a workflow schedules.
func (t *Timeouts) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	i := &timeoutsInbound{timeouts: t}
	i.Next = next
	return i
}

type timeoutsInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	timeouts *Timeouts
}

// Init wraps what the workflow requests.
func (i *timeoutsInbound) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	o := &timeoutsOutbound{timeouts: i.timeouts}
	o.Next = outbound
	return i.Next.Init(o)
}

type timeoutsOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	timeouts *Timeouts
}

// ExecuteActivity extends timeouts that are too short.
func (o *timeoutsOutbound) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	least := leastTime(options, activity, o.timeouts.CallTimes(activities.AccountOf(args)))
	if options.StartToCloseTimeout < least {
		ctx = workflow.WithStartToCloseTimeout(ctx, least)
	}
	// A read that is given up may be repeated. A send that is interrupted has an unknown outcome.
	if all := options.ScheduleToCloseTimeout; isSend(options) && all > 0 && all < least {
		ctx = workflow.WithScheduleToCloseTimeout(ctx, least)
	}
	if info := workflow.GetInfo(ctx); info.OriginalRunID != "" && info.OriginalRunID != info.WorkflowExecution.RunID {
		activities.NoteRunAgain(interceptor.WorkflowHeader(ctx))
	}
	if at, ok := ctx.Value(releasedKey{}).(time.Time); ok {
		activities.NoteReleased(interceptor.WorkflowHeader(ctx), at)
	}
	return o.Next.ExecuteActivity(ctx, activity, args...)
}

// isSend reports whether the options are those of wechatSend, which has no heartbeat.
func isSend(o workflow.ActivityOptions) bool {
	return o.TaskQueue == QueueWeChat && o.HeartbeatTimeout == 0
}

// leastTime is the time that an attempt may need.
func leastTime(o workflow.ActivityOptions, activity string, calls activities.CallTimes) time.Duration {
	var least time.Duration
	if o.TaskQueue == QueueC4C || o.TaskQueue == QueueFiles {
		least = c4cCalls * calls.C4C
	}
	if o.TaskQueue == QueueWeChat || carriers[activity] {
		least += wechatCalls * calls.WeChat
	}
	if formed[activity] {
		least += formCalls * calls.WeChat
	}
	if carriers[activity] {
		least += 2 * max(fileTime, calls.C4C, calls.WeChat)
	}
	return least
}
