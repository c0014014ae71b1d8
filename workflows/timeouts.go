package workflows

import (
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

const (
	// c4cCalls is how many calls to C4C one attempt of an activity makes at most, one after the other: a look, the
	// ticket, a CSRF token and a write, each with what it has to find out first.
	c4cCalls = 10
	// wechatCalls is the same for WeChat: a token, a call that is refused for it, and one with another token.
	wechatCalls = 3
	// formCalls is how many more there are where a message goes in words because WeChat refuses its form.
	formCalls = 2
	// fileTime is how long a file may be on its way; the clients let 10 MB take as long.
	fileTime = 3 * time.Minute
)

// carriers are activities that take a file from one side to the other; some keep it in between.
var carriers = map[string]bool{"AttachMedia": true, "UploadReplyFile": true, "CarryFile": true}

// formed are activities that send a message in words where WeChat refuses its form.
var formed = map[string]bool{"SendMenu": true, "SendCard": true}

// Timeouts gives an attempt of an activity the time that its calls may take by the account's settings: none is
// thought to be lost, and tried again, while a call that its settings allow is under way. A dead worker is noticed by
// its heartbeat long before that. It also notes for activities that their workflow was reset, and when their sync was
// released from a cause that hits every call. It is a worker interceptor.
//
// Timeouts are no part of what a replay compares, so settings may change at any time.
type Timeouts struct {
	interceptor.WorkerInterceptorBase
	// CallTimes are those of an account; of one that is not known, the longest of all.
	CallTimes func(account string) activities.CallTimes
}

// InterceptWorkflow stands before the activities that a workflow schedules.
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

// Init stands before what the workflow asks for.
func (i *timeoutsInbound) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	o := &timeoutsOutbound{timeouts: i.timeouts}
	o.Next = outbound
	return i.Next.Init(o)
}

type timeoutsOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	timeouts *Timeouts
}

// ExecuteActivity lengthens what is too short.
func (o *timeoutsOutbound) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	options := workflow.GetActivityOptions(ctx)
	least := leastTime(options, activity, o.timeouts.CallTimes(activities.AccountOf(args)))
	if options.StartToCloseTimeout < least {
		ctx = workflow.WithStartToCloseTimeout(ctx, least)
	}
	// What is given up while it is read may be read again. A send that is cut off is one of which nobody knows.
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

// isSend reports whether the options are those of wechatSend, which have no heartbeat.
func isSend(o workflow.ActivityOptions) bool {
	return o.TaskQueue == QueueWeChat && o.HeartbeatTimeout == 0
}

// leastTime is what an attempt may need.
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
