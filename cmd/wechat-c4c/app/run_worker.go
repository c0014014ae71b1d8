package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
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
	temporal, err := client.NewLazyClient(p.options)
	if err != nil {
		return fmt.Errorf("temporal at %s: %w", p.options.HostPort, err)
	}
	defer temporal.Close()
	slots := worker.NewSlots(cfg, temporal, p.identity(), p.log)
	telemetry := worker.Telemetry{Meter: p.meter(), Tracer: p.telemetry.tracer()}
	accounts, err := worker.Accounts(cfg, s.role, temporal, slots, telemetry)
	if err != nil {
		return err
	}
	policies, err := policiesOf(cfg)
	if err != nil {
		return err
	}
	var started atomic.Bool
	check := api.CheckTemporal(temporal, p.options.Namespace, workflows.SearchAttributes)
	work := func(ctx context.Context) error {
		if err := api.CheckServer(ctx, temporal); err != nil {
			return err
		}
		if err := awaitNamespace(ctx, check, cmp.Or(s.patience, namespacePatience), p.log); err != nil {
			return err
		}
		forWorkflows, err := client.NewClientFromExistingWithContext(ctx, temporal, p.ring.WorkflowOptions(p.options))
		if err != nil {
			return fmt.Errorf("temporal client for workflows: %w", err)
		}
		defer forWorkflows.Close()
		return worker.Run(ctx, worker.Options{
			Client: temporal, WorkflowClient: forWorkflows, Accounts: accounts,
			Policies:    policies,
			StuckAfter:  cfg.Fixed.StuckAfter,
			Language:    wording.Language(cfg.OperatorLocale),
			RelayKey:    workflows.RelayKey(cfg.FollowerKeySecret.Bytes()),
			FollowerKey: followerKey(cfg), KeyID: p.ring.ActiveID(), Logger: p.log,
			Role: s.role, Deployment: deployment, Meter: p.meter(),
			Slots: slots, StopTimeout: cfg.StopTimeout, WorkflowCache: cfg.WorkflowCache,
			Reconcile: reconcileEvery(cfg),
			Erasures: erasures{&operate.Operator{
				Temporal: temporal, Namespace: p.options.Namespace, Audit: p.log,
				DataConverter: p.options.DataConverter, FailureConverter: p.options.FailureConverter,
			}},
			Ready: func() {
				started.Store(true)
				p.log.InfoContext(ctx, "working", slog.String("queues", string(cmp.Or(s.role, worker.RoleAll))))
			},
		})
	}
	return p.serveWhile(ctx, api.NewReadiness(onceStarted(&started, check)), func(ctx context.Context) error {
		for {
			if err := p.awaitTemporal(ctx, temporal); err != nil || ctx.Err() != nil {
				return err
			}
			if err := work(ctx); started.Load() || !wentAway(err) {
				return err
			}
		}
	})
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

// statusOrNone is a user status from the settings; empty: none.
func statusOrNone(status string) string {
	if status == "none" {
		return ""
	}
	return status
}

// policiesOf returns the policies of all accounts.
func policiesOf(cfg config.Config) (map[string]workflows.Policy, error) {
	policies := map[string]workflows.Policy{}
	for _, one := range cfg.All() {
		policy, err := policyOf(one)
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", one.Account, err)
		}
		policies[one.Account] = policy
	}
	return policies, nil
}

// filesPerPicture is how many files of the chat are fetched for each picture that a follower may upload: WeChat
// serves files twice as often as it accepts them.
const filesPerPicture = 2

// policyOf returns the policy and the texts of the account's conversations.
func policyOf(cfg config.Config) (workflows.Policy, error) {
	texts, err := textsOf(cfg)
	if err != nil {
		return workflows.Policy{}, err
	}
	tickets, err := ticketPolicy(cfg, texts)
	if err != nil {
		return workflows.Policy{}, err
	}
	return workflows.Policy{
		Policy: conversation.Policy{
			Settle: cfg.Fixed.Settle, TellNumber: cfg.TellNumber, ResendUnknown: cfg.ResendUnknown,
			ReopenStatus: statusOrNone(cfg.C4C.ReopenStatus), FilesPerDay: filesPerPicture * cfg.Fixed.PicturesPerDay,
			Window: windowPolicy(cfg), Tickets: tickets,
		},
		Reconcile: reconcilePolicy(cfg),
		Voice:     voiceOf(cfg), MediaMax: int64(cfg.Media.MaxSize) << 20, Page: cfg.Web.URL != "",
		TicketLink: ticketLink(cfg), Texts: texts,
	}, nil
}
