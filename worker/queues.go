package worker

import (
	"context"
	"fmt"
	"sync"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/slots/holder"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// wechatParallel limits the concurrent calls to WeChat in one process. WeChat limits rates, not connections.
const wechatParallel = 100

// build makes one worker per task queue of the role. They report fatal errors to the channel.
func build(o Options, fatal chan<- error) ([]queueWorker, error) {
	watch := watchCause(o.Client, o.Language, o.logger())
	var workers []queueWorker
	if o.Role.plays(RoleWorkflows) {
		workers = append(workers, o.workflowWorker(fatal))
	}
	if o.Role.plays(RoleWeChat) {
		workers = append(workers, o.wechatWorker(fatal, watch))
	}
	if o.Role.plays(RoleC4C) {
		forC4C, err := o.c4cWorkers(fatal, watch)
		if err != nil {
			return nil, err
		}
		workers = append(workers, forC4C...)
	}
	return workers, nil
}

func (o Options) workflowWorker(fatal chan<- error) queueWorker {
	options := o.sdkOptions(fatal)
	options.LocalActivityWorkerOnly = true
	options.Interceptors = append(options.Interceptors, &workflows.Timeouts{CallTimes: o.Accounts.CallTimes},
		&workflows.Speaks{Language: o.Language})
	options.WorkflowTaskPollerBehavior = sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{})
	w := sdk.New(o.WorkflowClient, workflows.TaskQueue, options)
	(&workflows.Workflows{Policies: o.Policies, StuckAfter: o.StuckAfter, Counts: o.counts}).Register(w)
	return queueWorker{w, true}
}

// wechatWorker also runs the activities that call only Temporal.
func (o Options) wechatWorker(fatal chan<- error, watch causeWatcher) queueWorker {
	options := activityOnly(o.sdkOptions(fatal), activities.SystemWeChat, watch)
	options.MaxConcurrentActivityExecutionSize = wechatParallel
	w := sdk.New(o.Client, workflows.QueueWeChat, options)
	w.RegisterActivityWithOptions(&activities.WeChat{Accounts: o.Accounts}, activity.RegisterOptions{})
	w.RegisterActivityWithOptions(&activities.Operations{
		Parked: &parked{client: o.Client}, Replies: &replies{client: o.Client},
		Followers: &followers{client: o.Client, key: o.FollowerKey, language: o.Language},
		Outcomes:  &outcomes{client: o.Client},
		Erasures:  o.Erasures,
	}, activity.RegisterOptions{})
	return queueWorker{w, false}
}

// c4cWorkers makes a worker for each of C4C's queues. All run the same activities; they differ in how many of the
// slots they may use.
func (o Options) c4cWorkers(fatal chan<- error, watch causeWatcher) ([]queueWorker, error) {
	toC4C := &activities.C4C{
		Accounts: o.Accounts, FollowerKey: o.FollowerKey, RelayKey: o.RelayKey,
		ParseMessageID: conversation.ParseMessageID,
	}
	var workers []queueWorker
	for queue, kind := range map[string]holder.Kind{
		workflows.QueueC4C: holder.Syncs, workflows.QueuePage: holder.Pages, workflows.QueueFiles: holder.Files,
	} {
		options := activityOnly(o.sdkOptions(fatal), activities.SystemC4C, watch)
		var err error
		if options.Tuner, err = tuner(o.Slots, kind); err != nil {
			return nil, fmt.Errorf("worker: %w", err)
		}
		options.Interceptors = append(options.Interceptors, &kinds{kind: kind})
		w := sdk.New(o.Client, queue, options)
		w.RegisterActivityWithOptions(toC4C, activity.RegisterOptions{})
		workers = append(workers, queueWorker{w, false})
	}
	return workers, nil
}

// sdkOptions are the options that all workers share.
func (o Options) sdkOptions(fatal chan<- error) sdk.Options {
	return sdk.Options{
		WorkerStopTimeout:           o.StopTimeout,
		DisableRegistrationAliasing: true,
		DeploymentOptions:           o.Deployment.options(),
		ActivityTaskPollerBehavior:  sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{}),
		OnFatalError: func(err error) {
			select {
			case fatal <- err:
			default: // one error is enough
			}
		},
	}
}

// kinds marks the calls of a queue's activities, so that they take no more than their part of the slots.
type kinds struct {
	interceptor.WorkerInterceptorBase
	kind holder.Kind
}

// InterceptActivity wraps an activity of the queue.
func (k *kinds) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	marked := &marked{kind: k.kind}
	marked.Next = next
	return marked
}

type marked struct {
	interceptor.ActivityInboundInterceptorBase
	kind holder.Kind
}

// ExecuteActivity marks the context.
func (m *marked) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	return m.Next.ExecuteActivity(holder.For(ctx, m.kind), in)
}

// activityOnly turns options into those of a worker for the activities of one system, with its own heartbeats and
// circuit breaker.
func activityOnly(o sdk.Options, system string, watch causeWatcher) sdk.Options {
	o.DisableWorkflowWorker = true
	o.Interceptors = append(o.Interceptors,
		&activities.Attempts{}, &activities.Heartbeats{}, activities.NewCircuit(system, watch))
	o.MaxHeartbeatThrottleInterval = activities.BeatEvery // otherwise the SDK sends them late
	return o
}

// queueWorker works on one task queue.
type queueWorker struct {
	sdk.Worker
	forWorkflows bool
}

// stop lets the workers of one kind finish their tasks in parallel. Together they take no longer than the slowest.
func stop(workers []queueWorker, forWorkflows bool) {
	var group sync.WaitGroup
	for _, w := range workers {
		if w.forWorkflows == forWorkflows {
			group.Go(w.Stop)
		}
	}
	group.Wait()
}
