package app

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/worker"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// How long a cluster takes to see a new namespace or search attribute: its caches live about a minute.
const (
	bootstrapTimeout = 3 * time.Minute
	bootstrapPause   = 250 * time.Millisecond
)

// Bootstrap prepares the Temporal namespace. It makes sure that the namespace exists with the configured retention of
// closed workflows, that it has the search attributes, and that the schedules which maintain the accounts' access
// tokens and compare their agents' replies exist. It may be run any number of times, and writes to out a line for
// each thing it found or did.
func Bootstrap(ctx context.Context, cfg config.Config, out io.Writer, options ...Option) error {
	return bootstrap(ctx, cfg, out, newSurroundings(options))
}

// step is one thing that bootstrap found or did.
type step struct {
	What   string `json:"what"`
	Result string `json:"result"`
}

func bootstrap(ctx context.Context, cfg config.Config, out io.Writer, s surroundings) error {
	return prepare(ctx, cfg, s, false, func(done step) { fmt.Fprintf(out, "%s: %s\n", done.What, done.Result) })
}

// prepare does the work of bootstrap. A dry run changes nothing and reports what would be done.
func prepare(ctx context.Context, cfg config.Config, s surroundings, dryRun bool, tell func(step)) error {
	p, err := newProcess(cfg, "bootstrap", s)
	if err != nil {
		return err
	}
	defer p.close()
	ctx, cancel := context.WithTimeout(ctx, bootstrapTimeout)
	defer cancel()
	temporal, err := p.dial(ctx)
	if err != nil {
		return err
	}
	defer temporal.Close()
	b := &bootstrapper{
		temporal: temporal, namespace: p.options.Namespace, cfg: cfg, keyID: p.ring.ActiveID(), tell: tell,
		dryRun: dryRun,
	}
	for _, step := range []func(context.Context) error{b.checkServer, b.ensureNamespace, b.checkReads, b.ensureAttributes,
		b.ensureSchedule} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("bootstrap: %w", err)
		}
	}
	return nil
}

type bootstrapper struct {
	temporal  client.Client
	namespace string
	cfg       config.Config
	keyID     string
	tell      func(step)
	dryRun    bool // nothing may be changed
	missing   bool // the namespace is missing, in a dry run
}

func (b *bootstrapper) say(what, format string, args ...any) {
	b.tell(step{What: what, Result: fmt.Sprintf(format, args...)})
}

// checkServer comes first: an old server refuses later steps with messages that explain nothing.
func (b *bootstrapper) checkServer(ctx context.Context) error {
	if err := api.CheckServer(ctx, b.temporal); err != nil {
		return err
	}
	if version, err := api.ServerVersion(ctx, b.temporal); err == nil && version != "" {
		b.say("Temporal server", "version %s", version)
	}
	return nil
}

// checkReads warns if the page will have no data. Everything else works without it.
func (b *bootstrapper) checkReads(ctx context.Context) error {
	if b.missing || !hasPage(b.cfg) || api.Reads(ctx, b.temporal, b.namespace) {
		return nil
	}
	version, _ := api.ServerVersion(ctx, b.temporal) // if unknown, the sentence says so
	b.say("H5 page", "%s", workflows.ServerWithoutReads(version))
	return nil
}

func codeOf(err error) codes.Code { return serviceerror.ToStatus(err).Code() }

// managed reports whether the cluster does not allow this change from here, as Temporal Cloud does not.
func managed(err error) bool {
	return codeOf(err) == codes.PermissionDenied || codeOf(err) == codes.Unimplemented
}

// unmapped reports whether a part of the cluster has not seen a new search attribute yet.
func unmapped(err error) bool {
	return codeOf(err) == codes.InvalidArgument && strings.Contains(err.Error(), "no mapping defined for search attribute")
}

// ensureSchedule retries while the cluster does not know the namespace or its attributes yet.
func (b *bootstrapper) ensureSchedule(ctx context.Context) error {
	if b.dryRun {
		return b.reportSchedules(ctx)
	}
	var found, compared []string
	err := poll(ctx, func() (_ bool, err error) {
		language := wording.Language(b.cfg.OperatorLocale)
		found, err = worker.EnsureSchedules(ctx, b.temporal, b.cfg.Names(), b.keyID, language)
		if err == nil {
			compared, err = worker.EnsureReconciliation(ctx, b.temporal, b.cfg.Names(), reconcileEvery(b.cfg), b.keyID,
				language)
		}
		if codeOf(err) == codes.NotFound || unmapped(err) {
			return false, nil
		}
		return true, err
	})
	if err != nil {
		return err
	}
	for i, account := range b.cfg.Names() {
		b.say("schedule "+workflows.MaintainTokenID(account), "%s", found[i])
		if compared[i] != "" {
			b.say("schedule "+workflows.ReconcileRepliesID(account), "%s", compared[i])
		}
	}
	return nil
}

// reportSchedules reports which schedules are missing.
func (b *bootstrapper) reportSchedules(ctx context.Context) error {
	for _, account := range b.cfg.Names() {
		for _, id := range []string{workflows.MaintainTokenID(account), workflows.ReconcileRepliesID(account)} {
			var err error
			if !b.missing {
				_, err = b.temporal.ScheduleClient().GetHandle(ctx, id).Describe(ctx)
			}
			switch {
			case b.missing, codeOf(err) == codes.NotFound:
				b.say("schedule "+id, "would be created")
			case err != nil:
				return fmt.Errorf("read schedule %s: %w", id, err)
			default:
				b.say("schedule "+id, "there; would be brought up to date where it differs")
			}
		}
	}
	return nil
}

// poll asks until done, an error, or the end of ctx.
func poll(ctx context.Context, ask func() (done bool, err error)) error {
	ticker := time.NewTicker(bootstrapPause)
	defer ticker.Stop()
	for {
		if done, err := ask(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
