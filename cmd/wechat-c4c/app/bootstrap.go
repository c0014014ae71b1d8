package app

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

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

// prepare does the work of bootstrap. A rehearsal changes nothing and reports what would be done.
func prepare(ctx context.Context, cfg config.Config, s surroundings, rehearsal bool, tell func(step)) error {
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
		rehearsal: rehearsal,
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
	rehearsal bool // nothing may be changed
	missing   bool // the namespace is missing, in a rehearsal
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

func (b *bootstrapper) ensureNamespace(ctx context.Context) error {
	want := b.cfg.NamespaceRetention
	service := b.temporal.WorkflowService()
	found, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: b.namespace})
	what := "namespace " + b.namespace
	switch {
	case codeOf(err) == codes.NotFound && b.rehearsal:
		b.missing = true
		b.say(what, "would be created, and keep closed workflows for %s", want)
		return nil
	case codeOf(err) == codes.NotFound:
		_, err = service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
			Namespace: b.namespace, WorkflowExecutionRetentionPeriod: durationpb.New(want),
		})
		if managed(err) {
			return &trouble{
				fmt.Sprintf(
					"namespace %s does not exist and may not be created from here: create it where the cluster is managed, with a retention of at least %s, "+
						"or set TEMPORAL_NAMESPACE to the right one", b.namespace, want), err}
		}
		if err != nil && codeOf(err) != codes.AlreadyExists {
			return fmt.Errorf("create namespace %s: %w", b.namespace, err)
		}
		b.say(what, "created, keeps closed workflows for %s", want)
		return nil
	case managed(err):
		b.say(what, "cannot be read from here; see that it keeps closed workflows for at least %s", want)
		return nil
	case err != nil:
		return fmt.Errorf("read namespace %s: %w", b.namespace, err)
	}
	have := found.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration()
	if have >= want {
		b.say(what, "keeps closed workflows for %s", have)
		return nil
	}
	if b.rehearsal {
		b.say(what, "retention would be raised from %s to %s", have, want)
		return nil
	}
	_, err = service.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: b.namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(want)},
	})
	if managed(err) {
		return &trouble{
			fmt.Sprintf(
				"namespace %s keeps closed workflows for %s, needs %s, and may not be changed from here: raise it where the cluster is managed", b.namespace, have, want), err}
	}
	if err != nil {
		return fmt.Errorf("raise retention of namespace %s: %w", b.namespace, err)
	}
	b.say(what, "retention raised from %s to %s", have, want)
	return nil
}

func (b *bootstrapper) ensureAttributes(ctx context.Context) error {
	if b.missing {
		b.say("search attributes", "would be added: %s", strings.Join(workflows.SearchAttributes, ", "))
		return nil
	}
	have, err := b.attributes(ctx)
	if managed(err) {
		b.say("search attributes", "cannot be read from here; see that these exist as Keyword: %s",
			strings.Join(workflows.SearchAttributes, ", "))
		return nil
	}
	if err != nil {
		return fmt.Errorf("list search attributes: %w", err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for _, name := range workflows.SearchAttributes {
		kind, ok := have[name]
		switch {
		case !ok:
			missing[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
		case kind != enumspb.INDEXED_VALUE_TYPE_KEYWORD:
			return fmt.Errorf("search attribute %s is of type %s instead of Keyword: remove it or use another namespace", name,
				kind)
		default:
			b.say("search attribute "+name, "there")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if b.rehearsal {
		b.say("search attributes", "would be added: %s", strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
		return nil
	}
	_, err = b.temporal.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: b.namespace, SearchAttributes: missing,
	})
	if managed(err) {
		names := strings.Join(slices.Sorted(maps.Keys(missing)), ", ")
		return &trouble{"search attributes may not be added from here: create " + names +
			" of type Keyword where the cluster is managed", err}
	}
	if err != nil && codeOf(err) != codes.AlreadyExists {
		return fmt.Errorf("add search attributes: %w", err)
	}
	return b.awaitAttributes(ctx, missing)
}

// attributes lists the namespace's own search attributes, once the cluster knows the namespace.
func (b *bootstrapper) attributes(ctx context.Context) (map[string]enumspb.IndexedValueType, error) {
	var have map[string]enumspb.IndexedValueType
	err := poll(ctx, func() (bool, error) {
		list, err := b.temporal.OperatorService().ListSearchAttributes(ctx,
			&operatorservice.ListSearchAttributesRequest{Namespace: b.namespace})
		have = list.GetCustomAttributes()
		if codeOf(err) == codes.NotFound {
			return false, nil
		}
		return true, err
	})
	return have, err
}

func (b *bootstrapper) awaitAttributes(ctx context.Context, added map[string]enumspb.IndexedValueType) error {
	err := poll(ctx, func() (bool, error) {
		have, err := b.attributes(ctx)
		for name := range added {
			if _, ok := have[name]; !ok {
				return false, err
			}
		}
		return true, err
	})
	if err != nil {
		return fmt.Errorf("wait for search attributes: %w", err)
	}
	for _, name := range workflows.SearchAttributes {
		if _, ok := added[name]; ok {
			b.say("search attribute "+name, "added")
		}
	}
	return nil
}

// unmapped reports whether a part of the cluster has not seen a new search attribute yet.
func unmapped(err error) bool {
	return codeOf(err) == codes.InvalidArgument && strings.Contains(err.Error(), "no mapping defined for search attribute")
}

// ensureSchedule retries while the cluster does not know the namespace or its attributes yet.
func (b *bootstrapper) ensureSchedule(ctx context.Context) error {
	if b.rehearsal {
		return b.rehearseSchedules(ctx)
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

// rehearseSchedules reports which schedules are missing.
func (b *bootstrapper) rehearseSchedules(ctx context.Context) error {
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
