// Package worker runs the workflows and activities on their task queues: what runs where, how much of it at once,
// and how it stops.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// wechatParallel bounds the calls to WeChat under way in one process. WeChat limits rates, not connections.
const wechatParallel = 100

// Options configure Run. Client, Accounts and FollowerKey are required.
type Options struct {
	Client   client.Client
	Accounts activities.Accounts
	// Policies by account name.
	Policies map[string]workflows.Policy
	// FollowerKey names a follower without the openid, the same way in every process.
	FollowerKey func(account, openID string) string
	// C4CParallel is how many activities may call C4C at once in this process. C4C allows fewer than 10 parallel calls
	// per tenant over all processes and interfaces.
	C4CParallel int
	// StopTimeout is how long activities under way may finish when the worker stops; the platform's grace period must
	// be longer.
	StopTimeout time.Duration
	// Logger may be nil.
	Logger *slog.Logger
	// Ready is called once all queues are being polled; may be nil.
	Ready func()
}

// Run works until the context ends, then stops taking tasks, lets what is under way finish and returns nil. A worker that
// cannot go on returns why.
func Run(ctx context.Context, o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	fatal := make(chan error, 3)
	var started []sdk.Worker
	defer func() {
		for _, w := range started {
			w.Stop()
		}
	}()
	for _, w := range build(o, fatal) {
		if err := w.Start(); err != nil {
			return fmt.Errorf("start worker: %w", err)
		}
		started = append(started, w)
	}
	if err := EnsureSchedules(ctx, o.Client, accountNames(o.Accounts)); err != nil {
		return err
	}
	if o.Ready != nil {
		o.Ready()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return fmt.Errorf("worker stopped: %w", err)
	}
}

// build makes one worker per task queue.
func build(o Options, fatal chan<- error) []sdk.Worker {
	options := func(parallel int) sdk.Options {
		return sdk.Options{
			WorkerStopTimeout:                  o.StopTimeout,
			DisableRegistrationAliasing:        true,
			MaxConcurrentActivityExecutionSize: parallel,
			ActivityTaskPollerBehavior:         sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{}),
			OnFatalError: func(err error) {
				select {
				case fatal <- err:
				default: // one reason is enough
				}
			},
		}
	}
	forWorkflows := options(0)
	forWorkflows.LocalActivityWorkerOnly = true
	forWorkflows.WorkflowTaskPollerBehavior = sdk.NewPollerBehaviorAutoscaling(sdk.PollerBehaviorAutoscalingOptions{})
	main := sdk.New(o.Client, workflows.TaskQueue, forWorkflows)
	(&workflows.Workflows{Policies: o.Policies}).Register(main)

	watch := watchCause(o.Client, o.logger())
	toWeChat := sdk.New(o.Client, workflows.QueueWeChat, activityOnly(options(wechatParallel), watch))
	toWeChat.RegisterActivityWithOptions(&activities.WeChat{Accounts: o.Accounts}, activity.RegisterOptions{})

	toWeChat.RegisterActivityWithOptions(&activities.Operations{Parked: &parked{client: o.Client}}, activity.RegisterOptions{})

	toC4C := sdk.New(o.Client, workflows.QueueC4C, activityOnly(options(o.C4CParallel), watch))
	toC4C.RegisterActivityWithOptions(&activities.C4C{Accounts: o.Accounts, FollowerKey: o.FollowerKey}, activity.RegisterOptions{})
	return []sdk.Worker{main, toWeChat, toC4C}
}

// activityOnly makes a worker of one system's activities, with a circuit of its own.
func activityOnly(o sdk.Options, watch func(ctx context.Context, account, cause string)) sdk.Options {
	o.DisableWorkflowWorker = true
	o.Interceptors = append(o.Interceptors, activities.NewCircuit(watch))
	return o
}

func (o Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return o.Logger
}

// check names what is missing.
func (o Options) check() error {
	switch {
	case o.Client == nil:
		return errors.New("worker: no Temporal client")
	case len(o.Accounts) == 0:
		return errors.New("worker: no account")
	case o.FollowerKey == nil:
		return errors.New("worker: no follower key")
	case o.C4CParallel < 1:
		return errors.New("worker: no parallel call to C4C allowed")
	}
	return nil
}
