package workflows

import (
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// steadySignals bring a signal to a conversation that continues as new in this very moment, as Temporal does. The test
// environment has no run to signal then, or one that is not ready and makes it panic.
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
	out := &steadyOutbound{stage: i.stage}
	out.Next = outbound
	return i.Next.Init(out)
}

type steadyOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	stage *stage
}

// signalTries is how often a conversation is signalled before it counts as closed.
const signalTries = 3

// SignalExternalWorkflow tries again a moment later where the conversation is between two runs.
func (o *steadyOutbound) SignalExternalWorkflow(
	ctx workflow.Context, workflowID, runID, name string, arg any,
) workflow.Future {
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

// try is nil where the test environment is not ready.
func (o *steadyOutbound) try(ctx workflow.Context, workflowID, runID, name string, arg any) (future workflow.Future) {
	defer func() { _ = recover() }()
	return o.Next.SignalExternalWorkflow(ctx, workflowID, runID, name, arg)
}
