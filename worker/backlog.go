package worker

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// How often open syncs are counted, and limits of the count: visibility is Temporal's scarcest resource. A count that
// could not be renewed for a while is no longer shown.
const (
	backlogEvery   = 30 * time.Second
	backlogTimeout = 20 * time.Second
	backlogStale   = 5 * time.Minute
	backlogPage    = 200
	backlogSteps   = 14
	backlogOldest  = 3 * 365 * 24 * time.Hour
)

// openStates are the states of a sync that is not done.
var openStates = []string{workflows.StateSyncing, workflows.StateWaiting, workflows.StateStuck, workflows.StateHeld,
	workflows.StateNeedsAttention}

// backlog knows how many syncs are open and since when, by type and state, and how many workflows were aborted
// lately.
type backlog struct {
	client  client.Client
	account string
	now     func() time.Time

	mu     sync.Mutex
	at     time.Time
	counts map[syncKind]int64
	oldest map[string]time.Time // by state; no entry if none is open

	causes map[string]time.Time // open causes that stop the account, by name, with their start

	abortedAt time.Time
	aborted   []abortedCount // in the order of abortedKinds
}

type syncKind struct{ name, state string }

// watchBacklog counts until ctx ends, if the process has the workflows role and a meter.
func (o Options) watchBacklog(ctx context.Context) error {
	if o.Meter == nil || !o.Role.plays(RoleWorkflows) {
		return nil
	}
	for _, account := range accountNames(o.Accounts) {
		b := &backlog{client: o.Client, account: account, now: time.Now}
		registration, err := b.register(o.Meter)
		if err != nil {
			return fmt.Errorf("worker: metrics: %w", err)
		}
		go func() {
			defer func() { _ = registration.Unregister() }()
			b.watch(ctx, func(err error) {
				o.logger().WarnContext(ctx, "open syncs are not counted", "account", account, "error", err)
			})
		}()
	}
	return nil
}

func (b *backlog) watch(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(backlogEvery)
	defer tick.Stop()
	for {
		if err := b.refresh(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// register makes the metrics, which show the latest counts as long as they are recent.
func (b *backlog) register(meter metric.Meter) (metric.Registration, error) {
	open, err := meter.Int64ObservableGauge("wechat_c4c.syncs.open",
		metric.WithDescription("Syncs that are not done, by type and state."))
	if err != nil {
		return nil, err
	}
	age, err := meter.Float64ObservableGauge("wechat_c4c.sync.oldest", metric.WithUnit("s"),
		metric.WithDescription("Age of the oldest sync that is not done, by state; 0 where there is none."))
	if err != nil {
		return nil, err
	}
	stopped, err := causeGauge(meter)
	if err != nil {
		return nil, err
	}
	aborted, err := abortedGauges(meter)
	if err != nil {
		return nil, err
	}
	all := []metric.Observable{open, age, stopped}
	for _, gauge := range aborted {
		all = append(all, gauge)
	}
	return meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.observeAborted(o, aborted)
		if b.now().Sub(b.at) > backlogStale {
			return nil
		}
		account := attribute.String("account", b.account)
		for kind, count := range b.counts {
			o.ObserveInt64(open, count, metric.WithAttributes(account, attribute.String("type", kind.name),
				attribute.String("state", kind.state)))
		}
		b.observeCauses(o, stopped)
		for _, state := range openStates {
			seconds := 0.0
			if since, ok := b.oldest[state]; ok {
				seconds = max(0, b.now().Sub(since).Seconds())
			}
			o.ObserveFloat64(age, seconds, metric.WithAttributes(account, attribute.String("state", state)))
		}
		return nil
	}, all...)
}

// refresh counts again. For open syncs it reads six pages when few are open, and at most about 110 when many are.
func (b *backlog) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, backlogTimeout)
	defer cancel()
	counts, oldest := map[syncKind]int64{}, map[string]time.Time{}
	for _, state := range openStates {
		for _, name := range workflows.SyncTypes {
			counts[syncKind{name, state}] = 0
		}
		if err := b.readState(ctx, state, counts, oldest); err != nil {
			return err
		}
	}
	causes, err := b.readCauses(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.at, b.counts, b.oldest, b.causes = b.now(), counts, oldest, causes
	b.mu.Unlock()
	return b.readAborted(ctx)
}

// readState adds the open syncs of a state to the counts, and the start of the oldest one. It counts rows if one page
// has them all, and asks Temporal to count otherwise.
func (b *backlog) readState(ctx context.Context, state string, counts map[syncKind]int64,
	oldest map[string]time.Time) error {
	query := b.query(state)
	rows, all, err := b.list(ctx, query)
	if err != nil {
		return err
	}
	if all {
		for _, row := range rows {
			counts[syncKind{row.GetType().GetName(), state}]++
		}
		if len(rows) > 0 {
			oldest[state] = earliest(rows)
		}
		return nil
	}
	for _, name := range workflows.SyncTypes {
		if counts[syncKind{name, state}], err = b.count(ctx, fmt.Sprintf("%s AND WorkflowType = %q", query,
			name)); err != nil {
			return err
		}
	}
	oldest[state], err = b.search(ctx, query)
	return err
}

// query excludes the workflow that represents a cause: it is not a sync.
func (b *backlog) query(state string) string {
	return fmt.Sprintf(`%s = %q AND %s = %q AND ExecutionStatus = "Running" AND WorkflowType != %q`,
		workflows.AttributeAccount.GetName(), b.account, workflows.AttributeSyncState.GetName(), state,
		workflows.TypeResumeCause)
}

// search finds the start of the oldest of many syncs. SQL visibility cannot sort, so search narrows the age down by
// counting until the older ones fit on a page. If that takes too long, it returns the greatest age that is certain.
func (b *backlog) search(ctx context.Context, query string) (time.Time, error) {
	now := b.now()
	young, old := time.Second, backlogOldest // something is older than young, nothing is older than old
	for range backlogSteps {
		middle := time.Duration(math.Sqrt(young.Seconds()*old.Seconds()) * float64(time.Second))
		older := fmt.Sprintf("%s AND StartTime < %q", query, now.Add(-middle).UTC().Format(time.RFC3339Nano))
		count, err := b.count(ctx, older)
		switch {
		case err != nil:
			return time.Time{}, err
		case count == 0:
			old = middle
		case count > backlogPage:
			young = middle
		default:
			rows, _, err := b.list(ctx, older)
			if err != nil {
				return time.Time{}, err
			}
			if len(rows) > 0 {
				return earliest(rows), nil
			}
			old = middle // closed in the meantime
		}
	}
	return now.Add(-young), nil
}

func (b *backlog) count(ctx context.Context, query string) (int64, error) {
	found, err := b.client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query})
	if err != nil {
		return 0, fmt.Errorf("count open syncs: %w", err)
	}
	return found.GetCount(), nil
}

// list reads one page and reports whether it is complete.
func (b *backlog) list(ctx context.Context, query string) (rows []*workflow.WorkflowExecutionInfo, all bool,
	err error) {
	page, err := b.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query,
		PageSize: backlogPage})
	if err != nil {
		return nil, false, fmt.Errorf("list open syncs: %w", err)
	}
	return page.GetExecutions(), len(page.GetNextPageToken()) == 0, nil
}

func earliest(rows []*workflow.WorkflowExecutionInfo) time.Time {
	first := rows[0].GetStartTime().AsTime()
	for _, row := range rows[1:] {
		if at := row.GetStartTime().AsTime(); at.Before(first) {
			first = at
		}
	}
	return first
}
