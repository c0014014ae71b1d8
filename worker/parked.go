package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// parked reaches the syncs that are parked under a cause through Temporal's visibility.
type parked struct {
	client client.Client
}

// parkedQuery finds the parked syncs, not the workflow that stands for their cause.
func parkedQuery(account, cause string) string {
	return fmt.Sprintf(`%s = %q AND %s = %q AND %s = %q AND ExecutionStatus = "Running" AND WorkflowType != %q`,
		workflows.AttributeAccount.GetName(), account, workflows.AttributeSyncError.GetName(), cause,
		workflows.AttributeSyncState.GetName(), workflows.StateNeedsAttention, workflows.TypeResumeCause)
}

// Count implements activities.Parked.
func (p *parked) Count(ctx context.Context, account, cause string) (int, error) {
	found, err := p.client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: parkedQuery(account, cause)})
	if err != nil {
		return 0, fmt.Errorf("count parked syncs: %w", err)
	}
	return int(found.GetCount()), nil
}

// Release implements activities.Parked.
func (p *parked) Release(ctx context.Context, account, cause string, limit int, perSecond float64, progress func(int)) (int, error) {
	waiting, err := p.list(ctx, parkedQuery(account, cause))
	if err != nil {
		return 0, err
	}
	if limit > 0 {
		waiting = waiting[:min(limit, len(waiting))]
	}
	pace := time.NewTicker(time.Duration(float64(time.Second) / perSecond))
	defer pace.Stop()
	word := workflows.Command{Actor: "wechat-c4c", Reason: "the cause " + cause + " is gone"}
	for told, sync := range waiting {
		select {
		case <-ctx.Done():
			return told, ctx.Err()
		case <-pace.C:
		}
		err := p.client.SignalWorkflow(ctx, sync.GetExecution().GetWorkflowId(), sync.GetExecution().GetRunId(), workflows.CommandRetry, word)
		if _, closed := errors.AsType[*serviceerror.NotFound](err); err != nil && !closed {
			return told, fmt.Errorf("release parked syncs: %w", err)
		}
		progress(told + 1)
	}
	return len(waiting), nil
}

// list reads all pages and sorts them oldest first, which SQL visibility cannot do by itself.
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

// watchCause starts the workflow that waits for a cause to end, or joins the one that does.
func watchCause(c client.Client, log *slog.Logger) func(ctx context.Context, account, cause string) {
	return func(ctx context.Context, account, cause string) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: workflows.ResumeCauseID(account, cause), TaskQueue: workflows.TaskQueue,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
			StaticSummary:            "All syncs under " + cause,
			TypedSearchAttributes: temporal.NewSearchAttributes(
				workflows.AttributeAccount.ValueSet(account), workflows.AttributeSyncState.ValueSet(workflows.StateNeedsAttention),
				workflows.AttributeSyncError.ValueSet(cause)),
		}, workflows.TypeResumeCause, workflows.ResumeCauseInput{Account: account, Cause: cause})
		if err != nil { // the next call that parks tries again
			log.Warn("nobody watches for the end of a cause", "account", account, "cause", cause, "error", err)
		}
	}
}
