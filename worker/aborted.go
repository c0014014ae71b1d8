package worker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// How often to look for aborted workflows, and how far back. One list is fetched per kind and each of its rows is
// read; the rows beyond the first page are only counted.
const (
	abortedEvery  = 2 * time.Minute
	abortedWithin = 6 * time.Hour
	abortedPage   = 50
)

// abortedKind is a workflow type together with the ways in which it should never close.
type abortedKind struct {
	name, help string
	types      []string
	statuses   []enumspb.WorkflowExecutionStatus
}

// A conversation never ends on its own. A sync that a person cancels ends as skipped. If a StartWaiting is aborted,
// the syncs that it has not started are lost, so it counts as a sync.
var abortedKinds = []abortedKind{
	{
		"wechat_c4c.conversations.aborted", "Conversations that were cut off within the last six hours, by status.",
		[]string{workflows.TypeConversation},
		[]enumspb.WorkflowExecutionStatus{
			enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED,
			enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED,
		},
	},
	{
		"wechat_c4c.syncs.aborted", "Syncs that were cut off within the last six hours, by status.",
		append(slices.Clone(workflows.SyncTypes), workflows.TypeStartWaiting),
		[]enumspb.WorkflowExecutionStatus{
			enumspb.WORKFLOW_EXECUTION_STATUS_FAILED, enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED,
			enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
		},
	},
}

// abortedCount is how many workflows of a kind were aborted, by status as Temporal writes it.
type abortedCount map[string]int64

// query selects the workflows aborted within the period.
func (k abortedKind) query(account string, now time.Time) string {
	statuses := make([]string, len(k.statuses))
	for i, status := range k.statuses {
		statuses[i] = status.String()
	}
	return fmt.Sprintf(`%s = %q AND WorkflowType IN ("%s") AND ExecutionStatus IN ("%s") AND CloseTime > %q`,
		workflows.AttributeAccount.GetName(), account, strings.Join(k.types, `", "`), strings.Join(statuses, `", "`),
		now.Add(-abortedWithin).UTC().Format(time.RFC3339Nano))
}

// none is a count of zero for each status.
func (k abortedKind) none() abortedCount {
	counts := abortedCount{}
	for _, status := range k.statuses {
		counts[status.String()] = 0
	}
	return counts
}

// readAborted counts aborted workflows, at most once per interval. Only the caller of refresh may call it.
func (b *backlog) readAborted(ctx context.Context) error {
	if !b.abortedAt.IsZero() && b.now().Sub(b.abortedAt) < abortedEvery {
		return nil
	}
	aborted := make([]abortedCount, len(abortedKinds))
	for i, kind := range abortedKinds {
		var err error
		if aborted[i], err = b.countAborted(ctx, kind); err != nil {
			return fmt.Errorf("count what was cut off: %w", err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.abortedAt, b.aborted = b.now(), aborted
	return nil
}

// countAborted counts the workflows of a kind that were cut off, without those that a reset continues.
func (b *backlog) countAborted(ctx context.Context, kind abortedKind) (abortedCount, error) {
	query, counts := kind.query(b.account, b.now()), kind.none()
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: abortedPage}
	page, err := b.client.ListWorkflow(ctx, request)
	if err != nil {
		return nil, err
	}
	if len(page.GetNextPageToken()) > 0 {
		return counts, b.countByStatus(ctx, query, counts)
	}
	for _, row := range page.GetExecutions() {
		goesOn, err := b.wasReset(ctx, row)
		if err != nil {
			return nil, err
		}
		if !goesOn {
			counts[row.GetStatus().String()]++
		}
	}
	return counts, nil
}

// wasReset reports whether another run continues this one: a reset terminates the run it repeats.
func (b *backlog) wasReset(ctx context.Context, row *workflow.WorkflowExecutionInfo) (bool, error) {
	run := row.GetExecution()
	found, err := b.client.DescribeWorkflowExecution(ctx, run.GetWorkflowId(), run.GetRunId())
	if isNotFound(err) { // deleted in the meantime
		return true, nil
	}
	return found.GetWorkflowExtendedInfo().GetResetRunId() != "", err
}

// countByStatus has Temporal count, which cannot tell a reset from a termination.
func (b *backlog) countByStatus(ctx context.Context, query string, counts abortedCount) error {
	found, err := b.client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Query: query + " GROUP BY ExecutionStatus",
	})
	if err != nil {
		return err
	}
	for _, group := range found.GetGroups() {
		var status string
		if len(group.GetGroupValues()) != 1 {
			continue
		}
		if err := converter.GetDefaultDataConverter().FromPayload(group.GetGroupValues()[0], &status); err != nil {
			return err
		}
		counts[status] = group.GetCount()
	}
	return nil
}

// abortedGauges makes one gauge per kind.
func abortedGauges(meter metric.Meter) ([]metric.Int64Observable, error) {
	gauges := make([]metric.Int64Observable, len(abortedKinds))
	for i, kind := range abortedKinds {
		gauge, err := meter.Int64ObservableGauge(kind.name, metric.WithDescription(kind.help))
		if err != nil {
			return nil, err
		}
		gauges[i] = gauge
	}
	return gauges, nil
}

// observeAborted reports the counts while they are recent. The caller holds the lock.
func (b *backlog) observeAborted(o metric.Observer, gauges []metric.Int64Observable) {
	if b.now().Sub(b.abortedAt) > backlogStale {
		return
	}
	for i, counts := range b.aborted {
		for status, count := range counts {
			o.ObserveInt64(gauges[i], count,
				metric.WithAttributes(attribute.String("account", b.account), attribute.String("status", status)))
		}
	}
}
