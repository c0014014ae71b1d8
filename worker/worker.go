// Package worker runs the workflows and activities on their task queues. It decides what runs where, how much of it
// at once, and how it stops.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdk "go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/slots/holder"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// wechatParallel limits the concurrent calls to WeChat in one process. WeChat limits rates, not connections.
const wechatParallel = 100

// scheduleRetry is how long a worker waits before it tries to ensure the schedules again.
const scheduleRetry = time.Second

// Options configure Run. Client, Accounts and FollowerKey are required.
type Options struct {
	Client client.Client // dialled with DialOptions
	// WorkflowClient decodes the payloads of workflows; see codec.KeyRing.WorkflowOptions. It is required if the role
	// includes workflows.
	WorkflowClient client.Client
	Accounts       activities.Accounts
	// Policies are the accounts' policies by account name.
	Policies map[string]workflows.Policy
	// StuckAfter is how long a sync may retry before it shows as stuck; 0: workflows.DefaultStuckAfter.
	StuckAfter time.Duration
	// Language is the language operators read in Temporal UI; empty: English.
	Language wording.Language
	// FollowerKey derives a follower's key, which hides the openid. It must be the same in every process.
	FollowerKey func(account, openID string) string
	// RelayKey proves that a request for a file of C4C comes from one of our own api processes; see
	// activities.RelayKey.
	RelayKey []byte
	// Role selects the task queues; empty: all.
	Role Role
	// WorkflowCache is how many workflows this program keeps in memory between their tasks, shared by all its workers.
	// 0: the default of Temporal's SDK, 10,000.
	WorkflowCache int
	// Deployment is the deployment version of this build; zero: not versioned.
	Deployment Deployment
	// Meter records the backlog of each task queue; nil: not recorded.
	Meter metric.Meter
	// Slots are the slots of the accounts. C4C allows fewer than 10 parallel calls per tenant over all processes and
	// interfaces. Slots are required if the role includes C4C.
	Slots *Slots
	// StopTimeout is how long running activities may take to finish when the worker stops. The platform's grace period
	// must be longer.
	StopTimeout time.Duration
	// Reconcile is how often each account's replies in C4C are compared with those that arrived; see
	// EnsureReconciliation.
	Reconcile map[string]time.Duration
	// KeyID names the key that encrypts payloads; see EnsureSchedules.
	KeyID string
	// Erasures deletes what is stored about followers who request it; nil: their erasures wait for a worker that has
	// it.
	Erasures activities.Erasures
	// Logger may be nil.
	Logger *slog.Logger
	// Ready is called once all queues are being polled; may be nil.
	Ready func()

	counts workflows.Counts
}

// Run works until the context ends, then stops taking tasks, lets running tasks finish and returns nil. If a worker
// cannot continue, Run returns the reason.
func Run(ctx context.Context, o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	var err error
	if o.counts, err = counts(o.Meter, accountNames(o.Accounts)); err != nil {
		return err
	}
	if o.WorkflowCache > 0 {
		sdk.SetStickyWorkflowCacheSize(o.WorkflowCache)
	}
	fatal := make(chan error, 4)
	workers, err := build(o, fatal)
	if err != nil {
		return err
	}
	giveBack := func() {}
	if o.Role.plays(RoleC4C) {
		if o.Meter != nil {
			if err := o.Slots.measure(o.Meter); err != nil {
				return err
			}
		}
		giveBack = o.Slots.run(ctx)
	}
	var started []queueWorker
	defer func() {
		stop(started, false)
		giveBack()
		stop(started, true) // the workflow that takes the slots back may run in this process alone
	}()
	for _, w := range workers {
		if err := w.Start(); err != nil {
			return fmt.Errorf("start worker: %w", err)
		}
		started = append(started, w)
	}
	var background sync.WaitGroup
	defer background.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := o.watchBacklog(ctx); err != nil {
		return err
	}
	background.Go(func() {
		if o.keepSchedules(ctx) && o.Ready != nil {
			o.Ready()
		}
	})
	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return fmt.Errorf("worker stopped: %w", err)
	}
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

// keepSchedules ensures the schedules, and retries while Temporal does not accept them. Meanwhile the worker works
// but is not ready. It returns false if ctx ended first.
func (o Options) keepSchedules(ctx context.Context) bool {
	said := map[string]bool{}
	for {
		_, err := EnsureSchedules(ctx, o.Client, accountNames(o.Accounts), o.KeyID, o.Language)
		if err == nil {
			_, err = EnsureReconciliation(ctx, o.Client, accountNames(o.Accounts), o.Reconcile, o.KeyID, o.Language)
		}
		if err == nil || ctx.Err() != nil {
			return err == nil
		}
		if !said[err.Error()] {
			o.logger().Error("the schedules could not be set up yet", "error", err)
			said[err.Error()] = true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(scheduleRetry):
		}
	}
}

// build makes one worker per task queue of the role.
func build(o Options, fatal chan<- error) ([]queueWorker, error) {
	options := func(parallel int) sdk.Options {
		return sdk.Options{
			WorkerStopTimeout:                  o.StopTimeout,
			DisableRegistrationAliasing:        true,
			MaxConcurrentActivityExecutionSize: parallel,
			DeploymentOptions:                  o.Deployment.options(),
			ActivityTaskPollerBehavior:         sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{}),
			OnFatalError: func(err error) {
				select {
				case fatal <- err:
				default: // one error is enough
				}
			},
		}
	}
	watch := watchCause(o.Client, o.Language, o.logger())
	var workers []queueWorker
	if o.Role.plays(RoleWorkflows) {
		forWorkflows := options(0)
		forWorkflows.LocalActivityWorkerOnly = true
		forWorkflows.Interceptors = append(forWorkflows.Interceptors, &workflows.Timeouts{CallTimes: o.Accounts.CallTimes},
			&workflows.Speaks{Language: o.Language})
		forWorkflows.WorkflowTaskPollerBehavior = sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{})
		main := sdk.New(o.WorkflowClient, workflows.TaskQueue, forWorkflows)
		(&workflows.Workflows{Policies: o.Policies, StuckAfter: o.StuckAfter, Counts: o.counts}).Register(main)
		workers = append(workers, queueWorker{main, true})
	}
	if o.Role.plays(RoleWeChat) {
		forWeChat := activityOnly(options(wechatParallel), activities.SystemWeChat, watch)
		toWeChat := sdk.New(o.Client, workflows.QueueWeChat, forWeChat)
		toWeChat.RegisterActivityWithOptions(&activities.WeChat{Accounts: o.Accounts}, activity.RegisterOptions{})
		toWeChat.RegisterActivityWithOptions(&activities.Operations{
			Parked: &parked{client: o.Client}, Replies: &replies{client: o.Client},
			Followers: &followers{client: o.Client, key: o.FollowerKey, language: o.Language},
			Outcomes:  &outcomes{client: o.Client},
			Erasures:  o.Erasures,
		}, activity.RegisterOptions{})
		workers = append(workers, queueWorker{toWeChat, false})
	}
	if o.Role.plays(RoleC4C) {
		toC4C := &activities.C4C{
			Accounts: o.Accounts, FollowerKey: o.FollowerKey, RelayKey: o.RelayKey,
			ParseMessageID: conversation.ParseMessageID,
		}
		for queue, kind := range map[string]holder.Kind{
			workflows.QueueC4C: holder.Syncs, workflows.QueuePage: holder.Pages, workflows.QueueFiles: holder.Files,
		} {
			forC4C := activityOnly(options(0), activities.SystemC4C, watch)
			var err error
			if forC4C.Tuner, err = tuner(o.Slots, kind); err != nil {
				return nil, fmt.Errorf("worker: %w", err)
			}
			forC4C.Interceptors = append(forC4C.Interceptors, &kinds{kind: kind})
			w := sdk.New(o.Client, queue, forC4C)
			w.RegisterActivityWithOptions(toC4C, activity.RegisterOptions{})
			workers = append(workers, queueWorker{w, false})
		}
	}
	return workers, nil
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

// activityOnly makes a worker for the activities of one system, with its own heartbeats and circuit breaker.
func activityOnly(o sdk.Options, system string, watch func(ctx context.Context, account, cause string)) sdk.Options {
	o.DisableWorkflowWorker = true
	o.Interceptors = append(o.Interceptors,
		&activities.Attempts{}, &activities.Heartbeats{}, activities.NewCircuit(system, watch))
	o.MaxHeartbeatThrottleInterval = activities.BeatEvery // otherwise the SDK sends them late
	return o
}

func (o Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Logger
}

// check reports missing options.
func (o Options) check() error {
	switch {
	case o.Client == nil:
		return errors.New("worker: no Temporal client")
	case o.WorkflowClient == nil && o.Role.plays(RoleWorkflows):
		return errors.New("worker: no Temporal client for workflows")
	case len(o.Accounts) == 0:
		return errors.New("worker: no account")
	case o.FollowerKey == nil:
		return errors.New("worker: no follower key")
	case o.Slots == nil && o.Role.plays(RoleC4C):
		return errors.New("worker: no slots for calls to C4C")
	}
	return nil
}
