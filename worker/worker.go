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
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

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
	giveBack, err := o.runSlots(ctx)
	if err != nil {
		return err
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

// runSlots keeps the slots' leases alive and measures them, if the role calls C4C. The returned function gives them
// back.
func (o Options) runSlots(ctx context.Context) (giveBack func(), err error) {
	if !o.Role.plays(RoleC4C) {
		return func() {}, nil
	}
	if o.Meter != nil {
		if err := o.Slots.measure(o.Meter); err != nil {
			return nil, err
		}
	}
	return o.Slots.run(ctx), nil
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
