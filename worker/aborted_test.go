package worker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// closedRun is an aborted run.
type closedRun struct {
	name     string
	status   enumspb.WorkflowExecutionStatus
	resetTo  string // the run that repeats it
	vanished bool   // deleted since it was listed
}

// archive is a visibility with closed runs. A query selects those whose type and status it names.
type archive struct {
	visibility
	closed    []closedRun
	described int
	refuse    error
}

func (a *archive) found(query string) []int {
	var found []int
	for i, run := range a.closed {
		if strings.Contains(query, `"`+run.name+`"`) && strings.Contains(query, `"`+run.status.String()+`"`) {
			found = append(found, i)
		}
	}
	return found
}

func (a *archive) ListWorkflow(
	ctx context.Context, r *workflowservice.ListWorkflowExecutionsRequest,
) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	if !strings.Contains(r.GetQuery(), "CloseTime") {
		return a.visibility.ListWorkflow(ctx, r)
	}
	a.queries = append(a.queries, r.GetQuery())
	found := a.found(r.GetQuery())
	page := &workflowservice.ListWorkflowExecutionsResponse{}
	if len(found) > int(r.GetPageSize()) {
		found, page.NextPageToken = found[:r.GetPageSize()], []byte("more")
	}
	for _, i := range found {
		page.Executions = append(page.Executions, &workflowpb.WorkflowExecutionInfo{
			Execution: &commonpb.WorkflowExecution{WorkflowId: "w", RunId: fmt.Sprint(i)}, Status: a.closed[i].status,
		})
	}
	return page, a.refuse
}

func (a *archive) CountWorkflow(
	ctx context.Context, r *workflowservice.CountWorkflowExecutionsRequest,
) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	if !strings.HasSuffix(r.GetQuery(), " GROUP BY ExecutionStatus") {
		return a.visibility.CountWorkflow(ctx, r)
	}
	counts := map[string]int64{}
	for _, i := range a.found(r.GetQuery()) {
		counts[a.closed[i].status.String()]++
	}
	answer := &workflowservice.CountWorkflowExecutionsResponse{}
	for status, count := range counts {
		value, err := converter.GetDefaultDataConverter().ToPayload(status)
		if err != nil {
			return nil, err
		}
		answer.Groups = append(answer.Groups, &workflowservice.CountWorkflowExecutionsResponse_AggregationGroup{
			GroupValues: []*commonpb.Payload{value}, Count: count,
		})
	}
	return answer, nil
}

func (a *archive) DescribeWorkflowExecution(
	_ context.Context, _, runID string,
) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	a.described++
	var run int
	if _, err := fmt.Sscan(runID, &run); err != nil {
		return nil, err
	}
	if a.closed[run].vanished {
		return nil, serviceerror.NewNotFound("workflow not found")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{
		WorkflowExtendedInfo: &workflowpb.WorkflowExecutionExtendedInfo{ResetRunId: a.closed[run].resetTo},
	}, nil
}

const (
	hasFailed     = enumspb.WORKFLOW_EXECUTION_STATUS_FAILED
	hasTerminated = enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED
	hasTimedOut   = enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT
	hasCanceled   = enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED
	hasCompleted  = enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
)

// A conversation that ended and a sync that was aborted are seen, whatever closed them.
func TestWhatWasCutOffIsCounted(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	v, b, reader := newBacklog(t, now)
	a := &archive{closed: []closedRun{
		{name: workflows.TypeConversation, status: hasTerminated},
		{name: workflows.TypeConversation, status: hasTerminated, resetTo: "another run"},
		{name: workflows.TypeConversation, status: hasTerminated, vanished: true},
		{name: workflows.TypeConversation, status: hasFailed},
		{name: workflows.TypeConversation, status: hasCanceled},
		{name: workflows.TypeDeliverReply, status: hasTimedOut},
		{name: workflows.TypeTicketChanged, status: hasFailed},
		{name: workflows.TypeStartWaiting, status: hasTerminated},
		{name: workflows.TypeCreateTicket, status: hasCanceled},
		{name: workflows.TypeCreateTicket, status: hasCompleted},
		{name: workflows.TypeRefreshToken, status: hasFailed},
	}}
	b.client = a
	require.NoError(t, b.refresh(t.Context()))
	require.Empty(t, v.queries)
	require.Len(t, a.queries, len(openStates)+3, "a page of each open state, one of causes, two of what was cut off")
	for _, query := range a.queries[len(openStates)+1:] {
		require.Contains(t, query, `Account = "acme" AND WorkflowType IN ("`)
		require.Contains(t, query, ` AND CloseTime > "2026-03-01T06:00:00Z"`)
	}
	got := read(t, reader)
	for status, want := range map[string]float64{"Failed": 1, "Terminated": 1, "TimedOut": 0, "Canceled": 1} {
		require.InDelta(t, want, got["wechat_c4c.conversations.aborted{account=acme status="+status+"}"], 0, status)
	}
	for status, want := range map[string]float64{"Failed": 1, "Terminated": 1, "TimedOut": 1} {
		require.InDelta(t, want, got["wechat_c4c.syncs.aborted{account=acme status="+status+"}"], 0, status)
	}
	require.NotContains(t, got, "wechat_c4c.syncs.aborted{account=acme status=Canceled}", "cancelling skips a sync")

	b.now = func() time.Time { return now.Add(backlogEvery) }
	require.NoError(t, b.refresh(t.Context()))
	require.Len(t, a.queries, 2*len(openStates)+4, "what was cut off is looked for less often")
	b.now = func() time.Time { return now.Add(abortedEvery) }
	require.NoError(t, b.refresh(t.Context()))
	require.Len(t, a.queries, 3*len(openStates)+7)
	b.now = func() time.Time { return now.Add(abortedEvery + backlogStale + time.Second) }
	require.Empty(t, read(t, reader), "old counts are not passed off as new ones")
}

// Aborted workflows beyond one page are only counted: the number of calls stays small.
func TestMuchThatWasCutOffIsOnlyCounted(t *testing.T) {
	t.Parallel()
	_, b, reader := newBacklog(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	a := &archive{}
	for range abortedPage {
		a.closed = append(a.closed, closedRun{name: workflows.TypeConversation, status: hasFailed},
			closedRun{name: workflows.TypeConversation, status: hasTerminated})
	}
	b.client = a
	require.NoError(t, b.refresh(t.Context()))
	require.Zero(t, a.described)
	got := read(t, reader)
	require.InDelta(t, abortedPage, got["wechat_c4c.conversations.aborted{account=acme status=Failed}"], 0)
	require.InDelta(t, abortedPage, got["wechat_c4c.conversations.aborted{account=acme status=Terminated}"], 0)
	require.InDelta(t, 0, got["wechat_c4c.conversations.aborted{account=acme status=Canceled}"], 0)
}

// A failed look leaves the count of open syncs alone.
func TestWhatWasCutOffCannotBeCounted(t *testing.T) {
	t.Parallel()
	_, b, reader := newBacklog(t, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	b.client = &archive{refuse: errors.New("busy")}
	require.ErrorContains(t, b.refresh(t.Context()), "count what was cut off: busy")
	got := read(t, reader)
	require.Contains(t, got, "wechat_c4c.syncs.open{account=acme state=syncing type=CreateTicket}")
	require.NotContains(t, got, "wechat_c4c.conversations.aborted{account=acme status=Failed}")
}
