package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/worker"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// RunWorker runs the workflows and activities, and serves health and metrics on the internal address, until ctx ends
// and running activities are finished. It waits while Temporal does not answer, as an api does.
func RunWorker(ctx context.Context, cfg config.Config, options ...Option) error {
	return runWorker(ctx, cfg, newSurroundings(options))
}

func runWorker(ctx context.Context, cfg config.Config, s surroundings) error {
	deployment := worker.Deployment{Name: s.getenv("TEMPORAL_DEPLOYMENT_NAME"),
		BuildID: s.getenv("TEMPORAL_WORKER_BUILD_ID")}
	if err := deployment.Check(); err != nil {
		return err
	}
	p, err := newProcess(cfg, "worker", s)
	if err != nil {
		return err
	}
	defer p.close()
	if err := checkReplyFiles(cfg, s.role, os.TempDir()); err != nil {
		return err
	}
	temporal, err := p.lazyClient()
	if err != nil {
		return err
	}
	defer temporal.Close()
	o, err := p.workerOptions(temporal, s.role)
	if err != nil {
		return err
	}
	var started atomic.Bool
	o.Deployment = deployment
	o.Ready = func() {
		started.Store(true)
		p.log.InfoContext(ctx, "working", slog.String("queues", string(cmp.Or(s.role, worker.RoleAll))))
	}
	check := api.CheckTemporal(temporal, p.options.Namespace, workflows.SearchAttributes)
	return p.serveWhile(ctx, api.NewReadiness(onceStarted(&started, check)), func(ctx context.Context) error {
		for {
			if err := p.awaitTemporal(ctx, temporal); err != nil || ctx.Err() != nil {
				return err
			}
			err := p.awaitPrepared(ctx, temporal, check, s.patience)
			if err == nil {
				err = p.work(ctx, o)
			}
			if started.Load() || !wentAway(err) {
				return err
			}
		}
	})
}

// workerOptions are a worker's options, except for the workflows' client, the deployment and Ready.
func (p *process) workerOptions(temporal client.Client, role worker.Role) (worker.Options, error) {
	cfg := p.cfg
	slots := worker.NewSlots(cfg, temporal, p.identity(), p.log)
	telemetry := worker.Telemetry{Meter: p.meter(), Tracer: p.telemetry.tracer()}
	accounts, err := worker.Accounts(cfg, role, temporal, slots, telemetry)
	if err != nil {
		return worker.Options{}, err
	}
	policies, err := policiesOf(cfg)
	if err != nil {
		return worker.Options{}, err
	}
	return worker.Options{
		Client: temporal, Accounts: accounts, Policies: policies, StuckAfter: cfg.Fixed.StuckAfter,
		Language:    wording.Language(cfg.OperatorLocale),
		RelayKey:    workflows.RelayKey(cfg.FollowerKeySecret.Bytes()),
		FollowerKey: followerKey(cfg), KeyID: p.ring.ActiveID(), Logger: p.log, Role: role, Meter: p.meter(),
		Slots: slots, StopTimeout: cfg.StopTimeout, WorkflowCache: cfg.WorkflowCache, Reconcile: reconcileEvery(cfg),
		Erasures: erasures{&operate.Operator{
			Temporal: temporal, Namespace: p.options.Namespace, Audit: p.log,
			DataConverter: p.options.DataConverter, FailureConverter: p.options.FailureConverter,
		}},
	}, nil
}

// awaitPrepared refuses a server that is too old, and waits for a bootstrap that runs at the same time.
func (p *process) awaitPrepared(
	ctx context.Context, temporal client.Client, check func(context.Context) error, patience time.Duration,
) error {
	if err := api.CheckServer(ctx, temporal); err != nil {
		return err
	}
	return awaitNamespace(ctx, check, cmp.Or(patience, namespacePatience), p.log)
}

// work runs the worker. Its workflows have a client of their own: where it cannot decrypt a payload, their task fails
// and waits for a worker that can.
func (p *process) work(ctx context.Context, o worker.Options) error {
	forWorkflows, err := client.NewClientFromExistingWithContext(ctx, o.Client, p.ring.WorkflowOptions(p.options))
	if err != nil {
		return fmt.Errorf("temporal client for workflows: %w", err)
	}
	defer forWorkflows.Close()
	o.WorkflowClient = forWorkflows
	return worker.Run(ctx, o)
}

// onceStarted skips the check until the worker polls: until then it is starting.
func onceStarted(started *atomic.Bool, check func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if !started.Load() {
			return api.ErrStarting
		}
		return check(ctx)
	}
}

// checkReplyFiles reports early that agents' files cannot be stored: processes that call C4C keep those files on disk
// while in transit.
func checkReplyFiles(cfg config.Config, role worker.Role, dir string) error {
	carries := cmp.Or(role, worker.RoleAll) == worker.RoleAll || role == worker.RoleC4C
	if !carries || !slices.ContainsFunc(cfg.All(), func(one config.Config) bool { return one.Voice.Files }) {
		return nil
	}
	return checkFiles("files of agents' replies", dir)
}

// serveWhile serves the internal address while work runs. Work ends with ctx; the address is served until work has
// ended, so that the platform sees the process stop.
func (p *process) serveWhile(ctx context.Context, ready *api.Readiness, work func(context.Context) error) error {
	o := p.serverOptions(ready)
	o.Internal = api.NewInternal(api.InternalOptions{Readiness: ready, Metrics: p.telemetry.handler, Logger: p.log})
	server, err := p.listen(ctx, o)
	if err != nil {
		return err
	}
	p.log.InfoContext(ctx, "serving", slog.String("internal", server.InternalAddr()))
	defer context.AfterFunc(ctx, ready.Stop)()
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	working, stopWorking := context.WithCancel(ctx)
	var group errgroup.Group
	group.Go(func() error { defer stopWorking(); return server.Run(serving) })
	group.Go(func() error { defer stopServing(); return work(working) })
	return group.Wait()
}

func followerKey(cfg config.Config) func(account, openID string) string {
	secret := cfg.FollowerKeySecret.Bytes()
	return func(account, openID string) string { return workflows.FollowerKey(secret, account, openID) }
}
