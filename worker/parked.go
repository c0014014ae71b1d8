package worker

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// parked finds and signals the syncs parked under a cause through Temporal's visibility.
type parked struct {
	client client.Client
}

// parkedQuery selects the parked syncs, without the workflow that represents their cause.
func parkedQuery(account, cause string) string {
	return fmt.Sprintf(`%s = %q AND %s = %q AND %s = %q AND ExecutionStatus = "Running" AND WorkflowType != %q`,
		workflows.AttributeAccount.GetName(), account, workflows.AttributeSyncError.GetName(), cause,
		workflows.AttributeSyncState.GetName(), workflows.StateNeedsAttention, workflows.TypeResumeCause)
}

// Count implements activities.Parked.
func (p *parked) Count(ctx context.Context, account, cause string) (int, error) {
	found, err := p.client.CountWorkflow(ctx,
		&workflowservice.CountWorkflowExecutionsRequest{Query: parkedQuery(account, cause)})
	if err != nil {
		return 0, fmt.Errorf("count parked syncs: %w", err)
	}
	return int(found.GetCount()), nil
}

// Release implements activities.Parked.
func (p *parked) Release(ctx context.Context, in activities.ReleaseInput, perSecond float64, progress func(int)) (int,
	error) {
	waiting, err := p.list(ctx, parkedQuery(in.Account, in.Cause))
	if err != nil {
		return 0, err
	}
	if in.Limit > 0 {
		waiting = waiting[:min(in.Limit, len(waiting))]
	}
	pace := time.NewTicker(time.Duration(float64(time.Second) / perSecond))
	defer pace.Stop()
	retry := workflows.Command{Actor: "wechat-c4c", Reason: "the cause " + in.Cause + " is gone", At: in.At}
	for told, sync := range waiting {
		select {
		case <-ctx.Done():
			return told, ctx.Err()
		case <-pace.C:
		}
		err := p.client.SignalWorkflow(ctx, sync.GetExecution().GetWorkflowId(), sync.GetExecution().GetRunId(),
			workflows.CommandRetry, retry)
		if ctx.Err() != nil {
			return told, ctx.Err() // Temporal's client wraps this in an error of its own
		}
		if err != nil && !isNotFound(err) { // a closed sync needs no release
			return told, fmt.Errorf("release parked syncs: %w", err)
		}
		progress(told + 1)
	}
	return len(waiting), nil
}

// list reads all pages and sorts the rows oldest first, which SQL visibility cannot do.
func (p *parked) list(ctx context.Context, query string) ([]*workflow.WorkflowExecutionInfo, error) {
	var all []*workflow.WorkflowExecutionInfo
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: query, PageSize: 1000}
	for {
		page, err := p.client.ListWorkflow(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("list parked syncs: %w", err)
		}
		all = append(all, page.GetExecutions()...)
		request.NextPageToken = page.GetNextPageToken()
		if len(request.NextPageToken) == 0 {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b *workflow.WorkflowExecutionInfo) int {
		if byTime := a.GetStartTime().AsTime().Compare(b.GetStartTime().AsTime()); byTime != 0 {
			return byTime
		}
		return strings.Compare(a.GetExecution().GetWorkflowId(), b.GetExecution().GetWorkflowId())
	})
	return all, nil
}

// watchEvery is how often at most one process joins the workflow of a cause: an outage parks hundreds of calls a
// second.
const watchEvery = 2 * time.Second

// causeWatcher is told of every call that parks under a cause which affects all syncs of the account.
type causeWatcher func(ctx context.Context, account, cause string)

// watchCause returns a causeWatcher that starts or joins the workflow which waits for the cause to end.
func watchCause(c client.Client, language wording.Language, log *slog.Logger) causeWatcher {
	w := &causeWatch{client: c, language: language, log: log, every: watchEvery,
		parked: map[workflows.ResumeCauseInput]bool{}}
	return w.parkedUnder
}

// causeWatch joins at once, and again after a while if more calls have parked in the meantime.
type causeWatch struct {
	client   client.Client
	language wording.Language // the language operators read
	log      *slog.Logger
	every    time.Duration

	mu     sync.Mutex
	parked map[workflows.ResumeCauseInput]bool // joined a moment ago; true: a call has parked since
}

// parkedUnder records that a call has parked.
func (w *causeWatch) parkedUnder(ctx context.Context, account, cause string) {
	of := workflows.ResumeCauseInput{Account: account, Cause: cause}
	w.mu.Lock()
	_, joined := w.parked[of]
	w.parked[of] = joined
	w.mu.Unlock()
	if joined {
		return
	}
	time.AfterFunc(w.every, func() { w.again(of) })
	w.join(context.WithoutCancel(ctx), of)
}

// again joins for the calls that have parked in the meantime.
func (w *causeWatch) again(of workflows.ResumeCauseInput) {
	w.mu.Lock()
	more := w.parked[of]
	delete(w.parked, of)
	w.mu.Unlock()
	if more {
		w.parkedUnder(context.Background(), of.Account, of.Cause)
	}
}

// join starts the workflow, unless it runs.
func (w *causeWatch) join(ctx context.Context, of workflows.ResumeCauseInput) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := w.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.ResumeCauseID(of.Account, of.Cause), TaskQueue: workflows.TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            w.language.Say("All syncs under %s", of.Cause),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeAccount.ValueSet(of.Account),
			workflows.AttributeSyncState.ValueSet(workflows.StateNeedsAttention),
			workflows.AttributeSyncError.ValueSet(of.Cause)),
	}, workflows.TypeResumeCause, of)
	if err != nil { // the next call that parks tries again
		w.log.Warn("no workflow watches for the end of a cause", "account", of.Account, "cause", of.Cause, "error", err)
	}
}
