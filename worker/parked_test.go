package worker

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// yard is a Temporal server with parked syncs. It returns pages of three in an order of its own.
type yard struct {
	workflowservice.UnimplementedWorkflowServiceServer

	mu      sync.Mutex
	rows    []*workflowpb.WorkflowExecutionInfo
	queries []string
	told    []string // "<id> <signal> <actor>: <reason>"
	at      []time.Time
	closed  map[string]bool
	started []*workflowservice.StartWorkflowExecutionRequest
	refuse  error
}

func newYard(t *testing.T) (*yard, *parked) {
	t.Helper()
	y := &yard{closed: map[string]bool{}}
	c := dial(t, y)
	return y, &parked{client: c}
}

// park adds a sync that started this many seconds after the first.
func (y *yard) park(id string, second int64) {
	y.rows = append(y.rows, &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: "run of " + id},
		StartTime: &timestamppb.Timestamp{Seconds: second},
	})
}

func (y *yard) GetSystemInfo(context.Context, *workflowservice.GetSystemInfoRequest) (
	*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{Capabilities: &workflowservice.GetSystemInfoResponse_Capabilities{}}, nil
}

func (y *yard) ListWorkflowExecutions(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (
	*workflowservice.ListWorkflowExecutionsResponse, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.refuse != nil {
		return nil, y.refuse
	}
	y.queries = append(y.queries, r.GetQuery())
	from := 0
	if len(r.GetNextPageToken()) > 0 {
		from, _ = strconv.Atoi(string(r.GetNextPageToken()))
	}
	to := min(from+3, len(y.rows))
	page := &workflowservice.ListWorkflowExecutionsResponse{Executions: y.rows[from:to]}
	if to < len(y.rows) {
		page.NextPageToken = []byte(strconv.Itoa(to))
	}
	return page, nil
}

func (y *yard) CountWorkflowExecutions(_ context.Context, r *workflowservice.CountWorkflowExecutionsRequest) (
	*workflowservice.CountWorkflowExecutionsResponse, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.refuse != nil {
		return nil, y.refuse
	}
	y.queries = append(y.queries, r.GetQuery())
	return &workflowservice.CountWorkflowExecutionsResponse{Count: int64(len(y.rows))}, nil
}

func (y *yard) SignalWorkflowExecution(_ context.Context, r *workflowservice.SignalWorkflowExecutionRequest) (
	*workflowservice.SignalWorkflowExecutionResponse, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	id := r.GetWorkflowExecution().GetWorkflowId()
	if y.closed[id] {
		return nil, serviceerror.ToStatus(serviceerror.NewNotFound("workflow execution already completed")).Err()
	}
	var word workflows.Command
	if err := converter.GetDefaultDataConverter().FromPayloads(r.GetInput(), &word); err != nil {
		return nil, err
	}
	y.told = append(y.told, fmt.Sprintf("%s %s %s %s: %s", id, r.GetWorkflowExecution().GetRunId(), r.GetSignalName(),
		word.Actor, word.Reason))
	y.at = append(y.at, time.Now())
	return &workflowservice.SignalWorkflowExecutionResponse{}, nil
}

func (y *yard) StartWorkflowExecution(_ context.Context, r *workflowservice.StartWorkflowExecutionRequest) (
	*workflowservice.StartWorkflowExecutionResponse, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.started = append(y.started, r)
	return &workflowservice.StartWorkflowExecutionResponse{RunId: "run"}, y.refuse
}

// quickly is a rate at which a test does not wait.
const quickly = 10_000

const wantQuery = `Account = "acme" AND SyncError = "C4CCredentials" AND SyncState = "needs_attention" AND ExecutionStatus = "Running" AND WorkflowType != "ResumeCause"`

// foundGone is when the cause was found to be gone.
var foundGone = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

func underCredentials(limit int) activities.ReleaseInput {
	return activities.ReleaseInput{
		CauseInput: activities.CauseInput{Account: "acme", Cause: activities.ErrorC4CCredentials}, Limit: limit,
		At: foundGone,
	}
}

func TestReleaseTellsTheOldestFirst(t *testing.T) {
	t.Parallel()
	y, p := newYard(t)
	for id, second := range map[string]int64{"g": 7, "c": 3, "a": 1, "f": 6, "b": 1, "e": 5, "d": 3} {
		y.park(id, second)
	}
	y.closed["c"] = true
	var progress []int
	told, err := p.Release(t.Context(), underCredentials(0), quickly, func(n int) { progress = append(progress, n) })
	require.NoError(t, err)
	require.Equal(t, 7, told)
	require.Equal(t, []int{1, 2, 3, 4, 5, 6, 7}, progress)
	var order []string
	for _, line := range y.told {
		order = append(order, strings.Fields(line)[0])
	}
	require.Equal(t, []string{"a", "b", "d", "e", "f", "g"}, order, "by start, then by id; one has closed meanwhile")
	require.Equal(t, "a run of a retry wechat-c4c: the cause C4CCredentials is gone", y.told[0])
	require.Equal(t, []string{wantQuery, wantQuery, wantQuery}, y.queries, "all pages")
}

func TestReleaseOfTheOldest(t *testing.T) {
	t.Parallel()
	y, p := newYard(t)
	y.park("b", 2)
	y.park("a", 1)
	for limit, want := range map[int]int{1: 1, 5: 2} {
		told, err := p.Release(t.Context(), underCredentials(limit), quickly, func(int) {})
		require.NoError(t, err)
		require.Equal(t, want, told)
	}
}

func TestReleaseOfNobody(t *testing.T) {
	t.Parallel()
	_, p := newYard(t)
	told, err := p.Release(t.Context(), underCredentials(0), 0.001, func(int) { t.Error("progress") })
	require.NoError(t, err)
	require.Zero(t, told)
}

func TestReleaseKeepsItsPace(t *testing.T) {
	t.Parallel()
	y, p := newYard(t)
	for i := range int64(6) {
		y.park(strconv.FormatInt(i, 10), i)
	}
	began := time.Now()
	_, err := p.Release(t.Context(), underCredentials(0), 50, func(int) {})
	require.NoError(t, err)
	require.GreaterOrEqual(t, y.at[5].Sub(began), 115*time.Millisecond, "six at 50 a second")
}

// A worker that stops leaves the rest to another one.
func TestReleaseStops(t *testing.T) {
	t.Parallel()
	y, p := newYard(t)
	for i := range int64(6) {
		y.park(strconv.FormatInt(i, 10), i)
	}
	ctx, cancel := context.WithCancel(t.Context())
	told, err := p.Release(ctx, underCredentials(0), 500, func(n int) {
		if n == 2 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	require.LessOrEqual(t, told, 3)
	require.LessOrEqual(t, len(y.told), 3)
}

func TestParkedNeedsVisibility(t *testing.T) {
	t.Parallel()
	y, p := newYard(t)
	y.park("a", 1)
	count, err := p.Count(t.Context(), "acme", activities.ErrorC4CCredentials)
	require.NoError(t, err)
	require.Equal(t, 1, count)
	require.Equal(t, []string{wantQuery}, y.queries)

	y.refuse = serviceerror.ToStatus(serviceerror.NewInvalidArgument("no such attribute")).Err()
	_, err = p.Count(t.Context(), "acme", activities.ErrorC4CCredentials)
	require.ErrorContains(t, err, "count parked syncs: no such attribute")
	_, err = p.Release(t.Context(), underCredentials(0), quickly, func(int) {})
	require.ErrorContains(t, err, "list parked syncs: no such attribute")
}

func TestWatchCauseStartsOneWorkflow(t *testing.T) {
	t.Parallel()
	y, p := newYard(t)
	var log strings.Builder
	watch := watchCause(p.client, "", slog.New(slog.NewTextHandler(&log, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the activity's time is over: its cause is watched all the same
	watch(ctx, "acme", activities.ErrorC4CCredentials)
	require.Len(t, y.started, 1)
	r := y.started[0]
	require.Equal(t, "resume/acme/C4CCredentials", r.GetWorkflowId())
	require.Equal(t, workflows.TypeResumeCause, r.GetWorkflowType().GetName())
	require.Equal(t, workflows.TaskQueue, r.GetTaskQueue().GetName())
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, r.GetWorkflowIdConflictPolicy())
	var input workflows.ResumeCauseInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(r.GetInput(), &input))
	require.Equal(t, workflows.ResumeCauseInput{Account: "acme", Cause: activities.ErrorC4CCredentials}, input)
	for name, want := range map[string]string{"Account": `"acme"`, "SyncState": `"needs_attention"`,
		"SyncError": `"C4CCredentials"`} {
		require.Equal(t, want, string(r.GetSearchAttributes().GetIndexedFields()[name].GetData()))
	}
	require.Empty(t, log.String())

	y.refuse = serviceerror.ToStatus(serviceerror.NewInvalidArgument("no such attribute")).Err()
	watch(t.Context(), "acme", activities.ErrorWeChatCredentials)
	require.Contains(t, log.String(), "no workflow watches for the end of a cause")
}

// However many calls park, the workflow is joined only now and then, and always once after the last call, because it
// may have just ended.
func TestWatchCauseJoinsNowAndThen(t *testing.T) {
	t.Parallel()
	y, p := newYard(t)
	w := &causeWatch{client: p.client, log: slog.New(slog.DiscardHandler), every: 50 * time.Millisecond,
		parked: map[workflows.ResumeCauseInput]bool{}}
	var calls sync.WaitGroup
	for range 100 {
		calls.Go(func() { w.parkedUnder(t.Context(), "acme", activities.ErrorC4CCredentials) })
	}
	calls.Wait()
	w.parkedUnder(t.Context(), "acme", activities.ErrorWeChatCredentials)
	require.Eventually(t, func() bool { return y.joins()["resume/acme/C4CCredentials"] == 2 }, 10*time.Second,
		5*time.Millisecond)
	require.Eventually(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.parked) == 0
	}, 10*time.Second, 5*time.Millisecond)
	require.Equal(t, map[string]int{"resume/acme/C4CCredentials": 2, "resume/acme/WeChatCredentials": 1}, y.joins())
}

// joins counts the starts of workflows by their ids.
func (y *yard) joins() map[string]int {
	y.mu.Lock()
	defer y.mu.Unlock()
	counts := map[string]int{}
	for _, r := range y.started {
		counts[r.GetWorkflowId()]++
	}
	return counts
}
