package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/slots/holder"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// giveBackWithin is how long a stopping process may take to give its slots back.
const giveBackWithin = 2 * time.Second

// shareTaskWithin is how long a task of the workflow that shares slots may take. It usually takes milliseconds. If
// the worker that has the task is lost, Temporal must notice before leases end.
const shareTaskWithin = 3 * time.Second

// Slots holds this process's slots: for each C4C tenant, its part of the calls that all processes together may make.
// Accounts on the same tenant share them. Workers ask Temporal for slots while Run runs.
type Slots struct {
	tenants map[string]*holder.Holder // by address

	mu      sync.Mutex
	changed chan struct{} // closed when permits may have changed
}

// NewSlots makes the slots for the tenants of all accounts. It makes no calls.
func NewSlots(cfg config.Config, temporal client.Client, identity string, log *slog.Logger) *Slots {
	s := &Slots{tenants: map[string]*holder.Holder{}, changed: make(chan struct{})}
	for _, one := range cfg.All() {
		tenant := TenantOf(one.C4C.URL)
		if s.tenants[tenant] == nil {
			o := holderOptions(one, identity)
			o.Asker, o.Changed, o.Logger = &asker{temporal, tenant, wording.Language(cfg.OperatorLocale)}, s.broadcast, log
			s.tenants[tenant] = holder.New(o)
		}
	}
	return s
}

// holderOptions names the process and sets its limits. The identity in the name is for people; the rest distinguishes
// two processes with the same identity.
func holderOptions(cfg config.Config, identity string) holder.Options {
	return holder.Options{
		Process: identity + "/" + rand.Text()[:8], Cap: cfg.C4C.MaxParallel, CallTime: cfg.Fixed.C4CCall,
	}
}

// TenantOf names a tenant by its address without the scheme. All spellings of an address have one name, because they
// share one ledger.
func TenantOf(address string) string {
	at, err := url.Parse(address)
	if err != nil {
		return address
	}
	host := strings.TrimSuffix(strings.ToLower(at.Hostname()), ".")
	switch port := at.Port(); {
	case port != "" && port != map[string]string{"https": "443", "http": "80"}[at.Scheme]:
		host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"): // IPv6
		host = "[" + host + "]"
	}
	return host + strings.TrimSuffix(at.Path, "/")
}

// of returns the slots for an account's tenant.
func (s *Slots) of(cfg config.Config) *holder.Holder { return s.tenants[TenantOf(cfg.C4C.URL)] }

// run keeps the leases alive. Call the returned function to give them back once no activity is running.
func (s *Slots) run(ctx context.Context) (giveBack func()) {
	back := map[string]func() error{}
	for tenant, h := range s.tenants {
		back[tenant] = keepAlive(ctx, h)
		context.AfterFunc(ctx, h.Stop)
	}
	return func() {
		var group sync.WaitGroup
		for tenant, h := range s.tenants {
			group.Go(func() {
				if err := back[tenant](); err != nil {
					h.Logger.Warn("C4C's slots could not be given back: others get them in some seconds", "tenant", tenant, "error",
						err)
				}
			})
		}
		group.Wait()
	}
}

// keepAlive keeps a lease alive until it is given back, even after ctx has ended.
func keepAlive(ctx context.Context, h *holder.Holder) (giveBack func() error) {
	ctx = context.WithoutCancel(ctx)
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); h.Run(running) }()
	return func() error {
		stop()
		<-ended
		within, cancel := context.WithTimeout(ctx, giveBackWithin)
		defer cancel()
		return h.GiveBack(within)
	}
}

func (s *Slots) broadcast() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// permits is how many tasks this process should take at once. The channel is closed when that may have changed.
func (s *Slots) permits(kind holder.Kind) (int, <-chan struct{}) {
	s.mu.Lock()
	changed := s.changed
	s.mu.Unlock()
	n := 0
	for _, h := range s.tenants {
		n += h.Permits(kind)
	}
	return n, changed
}

// measure reports how many slots the process has, how many it uses and how many calls wait.
func (s *Slots) measure(meter metric.Meter) error {
	gauge, err := meter.Int64ObservableGauge("wechat_c4c.c4c.slots",
		metric.WithDescription(
			"Parallel calls to C4C that this process may make (held), makes (used) and would make (waiting)."))
	if err != nil {
		return fmt.Errorf("worker: metrics: %w", err)
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for tenant, h := range s.tenants {
			held, used, waiting := h.Usage()
			for kind, n := range map[string]int{"held": held, "used": used, "waiting": waiting} {
				o.ObserveInt64(gauge, int64(n),
					metric.WithAttributes(attribute.String("tenant", tenant), attribute.String("kind", kind)))
			}
		}
		return nil
	}, gauge)
	if err != nil {
		return fmt.Errorf("worker: metrics: %w", err)
	}
	return nil
}

// asker asks the tenant's workflow and starts it if there is none.
type asker struct {
	temporal client.Client
	tenant   string
	language wording.Language // the language operators read
}

// Ask implements holder.Asker.
func (a *asker) Ask(ctx context.Context, ask slots.Ask) (answer slots.Answer, err error) {
	answer, err = a.update(ctx, ask)
	if _, missing := errors.AsType[*serviceerror.NotFound](err); !missing {
		return answer, err
	}
	if err := a.start(ctx, ask.CallTime); err != nil {
		return answer, err
	}
	return a.update(ctx, ask)
}

func (a *asker) update(ctx context.Context, ask slots.Ask) (answer slots.Answer, err error) {
	handle, err := a.temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflows.ShareC4CID(a.tenant), UpdateName: workflows.UpdateAskSlots, Args: []any{ask},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, &answer)
	}
	if err != nil {
		return answer, fmt.Errorf("ask for slots: %w", err)
	}
	return answer, nil
}

// start starts the workflow. If an earlier one was ended by a person, the new one does not know which slots that one
// gave away, and waits.
func (a *asker) start(ctx context.Context, callTime time.Duration) error {
	var in workflows.ShareC4CInput
	id := workflows.ShareC4CID(a.tenant)
	_, err := a.temporal.DescribeWorkflowExecution(ctx, id, "")
	if _, first := errors.AsType[*serviceerror.NotFound](err); !first {
		if err != nil {
			return fmt.Errorf("look for the workflow that shares slots: %w", err)
		}
		in.Quiet = callTime
	}
	_, err = a.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: id, TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowTaskTimeout:      shareTaskWithin,
		StaticSummary:            a.language.Say("Shares the parallel calls to %s", a.tenant),
	}, workflows.TypeShareC4C, in)
	if err != nil {
		return fmt.Errorf("start the workflow that shares slots: %w", err)
	}
	return nil
}
