package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// steadySignals make the test environment behave like the server where it does not by itself. They deliver a signal to
// a conversation that continues as new at this very moment: the test environment then has no run to signal, or one that
// is not ready and makes it panic. A signal to a workflow whose start is not confirmed yet fails. A workflow that
// cancels an activity and waits for its end gets the running attempt's outcome.
type steadySignals struct {
	interceptor.WorkerInterceptorBase
	stage *stage
}

func (i *steadySignals) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	in := &steadyInbound{stage: i.stage}
	in.Next = next
	return in
}

type steadyInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	stage *stage
}

func (i *steadyInbound) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	out := &steadyOutbound{stage: i.stage, started: map[string]workflow.Future{}}
	out.Next = outbound
	return i.Next.Init(out)
}

// ExecuteWorkflow can be terminated, or cancelled and then take its time, where the test says beforehand that it may.
func (i *steadyInbound) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (out any,
	err error) {
	info := workflow.GetInfo(ctx)
	info.WorkflowStartTime = workflow.Now(ctx) // which it gives to no child
	id := info.WorkflowExecution.ID
	if !i.stage.mortal[id] {
		return i.Next.ExecuteWorkflow(ctx, in)
	}
	done := false
	under, cancel := workflow.WithCancel(ctx)
	workflow.Go(under, func(under workflow.Context) {
		out, err = i.Next.ExecuteWorkflow(under, in)
		done = true
	})
	above, _ := workflow.NewDisconnectedContext(ctx)
	_ = workflow.Await(above, func() bool { return done || !i.stage.mortal[id] || i.stage.cancelled[id] })
	if i.stage.cancelled[id] {
		cancel()
		_ = workflow.Await(above, func() bool { return done || !i.stage.mortal[id] })
	}
	if !done {
		return nil, temporal.NewNonRetryableApplicationError("terminated", "Terminated", nil)
	}
	return out, err
}

// NewContinueAsNewError records what a conversation passes to its next run.
func (o *steadyOutbound) NewContinueAsNewError(ctx workflow.Context, name any, args ...any) error {
	if in, ok := args[0].(ConversationInput); ok {
		o.stage.carried = in
	}
	return o.Next.NewContinueAsNewError(ctx, name, args...)
}

// most is the most that conversations have requested of the server at once.
type most struct {
	open     int // commands that were not confirmed
	children int // started by one run
}

// counted counts a command of the conversation until the server confirms it.
func (o *steadyOutbound) counted(ctx workflow.Context, confirmed workflow.Future, children int) {
	if workflow.GetInfo(ctx).WorkflowExecution.ID != testConversation {
		return
	}
	o.open = append(slices.DeleteFunc(o.open, workflow.Future.IsReady), confirmed)
	o.children += children
	o.stage.most.open = max(o.stage.most.open, len(o.open))
	o.stage.most.children = max(o.stage.most.children, o.children)
}

type steadyOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	stage   *stage
	started map[string]workflow.Future // the starts of others

	open     []workflow.Future
	children int // started by this run
}

// ExecuteChildWorkflow records when the start is confirmed.
func (o *steadyOutbound) ExecuteChildWorkflow(ctx workflow.Context, name string,
	args ...any) workflow.ChildWorkflowFuture {
	id := workflow.GetChildWorkflowOptions(ctx).WorkflowID
	child := o.Next.ExecuteChildWorkflow(ctx, name, args...)
	o.started[id] = child.GetChildWorkflowExecution()
	o.counted(ctx, o.started[id], 1)
	o.stage.suggested = o.stage.suggested || id == o.stage.last
	return child
}

// ExecuteActivity lets a cancelled running attempt finish if its caller waits for that. If it fails, it is not
// repeated.
func (o *steadyOutbound) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	if !workflow.GetActivityOptions(ctx).WaitForCancellation || ctx.Err() != nil {
		return o.Next.ExecuteActivity(ctx, name, args...)
	}
	attempts, cancel := workflow.NewDisconnectedContext(ctx)
	ended := o.Next.ExecuteActivity(attempts, name, args...)
	future, set := workflow.NewFuture(ctx)
	workflow.Go(attempts, func(attempts workflow.Context) {
		stop := func() bool { return ctx.Err() != nil && !ended.IsReady() }
		_ = workflow.Await(attempts, func() bool { return ended.IsReady() || stop() })
		if stop() && o.stage.tenant.pending(name) {
			_ = workflow.Await(attempts, func() bool { return ended.IsReady() || o.stage.cut != nil })
		}
		if !ended.IsReady() {
			cancel()
			if err := o.stage.cut; err != nil {
				o.stage.cut = nil
				set.SetError(err)
				return
			}
		}
		set.Chain(ended)
	})
	return future
}

// signalTries is how often a conversation is signalled before it counts as closed.
const signalTries = 3

// SignalExternalWorkflow retries a moment later if the conversation is between two runs.
func (o *steadyOutbound) SignalExternalWorkflow(
	ctx workflow.Context, workflowID, runID, name string, arg any,
) workflow.Future {
	o.stage.signals++
	told := o.signal(ctx, workflowID, runID, name, arg)
	o.counted(ctx, told, 0)
	return told
}

func (o *steadyOutbound) signal(ctx workflow.Context, workflowID, runID, name string, arg any) workflow.Future {
	if o.stage.deaf && workflowID == testConversation {
		future, told := workflow.NewFuture(ctx)
		told.SetValue(nil)
		return future
	}
	_, closed := o.stage.closed[workflowID]
	nobody := strings.HasPrefix(workflowID, "note/") && (closed || o.stage.infos[workflowID] == nil)
	if start := o.started[workflowID]; nobody || start != nil && !start.IsReady() {
		future, told := workflow.NewFuture(ctx)
		workflow.Go(ctx, func(workflow.Context) { told.SetError(errNobody) })
		return future
	}
	if o.stage.slow && workflowID != testConversation {
		future, told := workflow.NewFuture(ctx)
		workflow.Go(ctx, func(ctx workflow.Context) {
			_ = workflow.Sleep(ctx, max(time.Millisecond, o.stage.moment))
			told.Chain(o.Next.SignalExternalWorkflow(ctx, workflowID, runID, name, arg))
		})
		return future
	}
	if workflowID != testConversation || o.stage.infos[testConversation] == nil {
		return o.Next.SignalExternalWorkflow(ctx, workflowID, runID, name, arg)
	}
	future, told := workflow.NewFuture(ctx)
	first := o.try(ctx, workflowID, runID, name, arg)
	workflow.Go(ctx, func(ctx workflow.Context) {
		err := errNobody
		for try, tries := first, 0; err != nil && tries < signalTries; tries++ {
			if tries > 0 {
				if workflow.Sleep(ctx, time.Millisecond) != nil {
					break
				}
				try = o.try(ctx, workflowID, runID, name, arg)
			}
			if try != nil {
				err = try.Get(ctx, nil)
			}
		}
		told.Set(nil, err)
	})
	return future
}

// try returns nil if the test environment is not ready.
func (o *steadyOutbound) try(ctx workflow.Context, workflowID, runID, name string, arg any) (future workflow.Future) {
	defer func() { _ = recover() }()
	return o.Next.SignalExternalWorkflow(ctx, workflowID, runID, name, arg)
}
