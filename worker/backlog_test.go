package worker

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// openSync is a row of visibility.
type openSync struct {
	name, state string
	start       time.Time
	id          string
}

// visibility answers the queries of a backlog, one page at a time and in no order.
type visibility struct {
	client.Client
	rows    []openSync
	queries []string
	refuse  error
}

var (
	stateIn = regexp.MustCompile(`SyncState = "(\w+)"`)
	typeIn  = regexp.MustCompile(`WorkflowType = "(\w+)"`)
	startIn = regexp.MustCompile(`StartTime < "([^"]+)"`)
)

func (v *visibility) find(query string) []openSync {
	if strings.Contains(query, "CloseTime") { // no workflow was aborted
		return nil
	}
	v.queries = append(v.queries, query)
	var found []openSync
	for _, row := range v.rows {
		before := startIn.FindStringSubmatch(query)
		named := typeIn.FindStringSubmatch(query)
		if before != nil {
			at, err := time.Parse(time.RFC3339Nano, before[1])
			if err != nil || !row.start.Before(at) {
				continue
			}
		}
		state := stateIn.FindStringSubmatch(query)
		if (state == nil || row.state == state[1]) && (named == nil || named[1] == row.name) {
			found = append(found, row)
		}
	}
	return found
}

func (v *visibility) CountWorkflow(_ context.Context, r *workflowservice.CountWorkflowExecutionsRequest) (
	*workflowservice.CountWorkflowExecutionsResponse, error) {
	return &workflowservice.CountWorkflowExecutionsResponse{Count: int64(len(v.find(r.GetQuery())))}, v.refuse
}

func (v *visibility) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (
	*workflowservice.ListWorkflowExecutionsResponse, error) {
	found := v.find(r.GetQuery())
	page := &workflowservice.ListWorkflowExecutionsResponse{}
	if len(found) > int(r.GetPageSize()) {
		found, page.NextPageToken = found[:r.GetPageSize()], []byte("more")
	}
	for _, row := range found {
		page.Executions = append(page.Executions, &workflowpb.WorkflowExecutionInfo{
			Type: &commonpb.WorkflowType{Name: row.name}, StartTime: timestamppb.New(row.start),
			Execution: &commonpb.WorkflowExecution{WorkflowId: row.id},
		})
	}
	return page, v.refuse
}

// read are the gauges as name{labels} = value.
func read(t *testing.T, reader *metric.ManualReader) map[string]float64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &all))
	values := map[string]float64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			add := func(labels fmt.Stringer, value float64) { values[m.Name+"{"+labels.String()+"}"] = value }
			switch data := m.Data.(type) {
			case metricdata.Gauge[int64]:
				for _, p := range data.DataPoints {
					add(labelsOf(p.Attributes.ToSlice()), float64(p.Value))
				}
			case metricdata.Gauge[float64]:
				for _, p := range data.DataPoints {
					add(labelsOf(p.Attributes.ToSlice()), p.Value)
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					add(labelsOf(p.Attributes.ToSlice()), float64(p.Value))
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					add(labelsOf(p.Attributes.ToSlice()), float64(p.Count))
				}
			}
		}
	}
	return values
}

func newBacklog(t *testing.T, now time.Time, rows ...openSync) (*visibility, *backlog, *metric.ManualReader) {
	t.Helper()
	v := &visibility{rows: rows}
	b := &backlog{client: v, account: "acme", now: func() time.Time { return now }}
	reader := metric.NewManualReader()
	_, err := b.register(metric.NewMeterProvider(metric.WithReader(reader)).Meter("test"))
	require.NoError(t, err)
	return v, b, reader
}

func TestBacklogOfAFew(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	v, b, reader := newBacklog(t, now,
		openSync{name: workflows.TypeCreateTicket, state: workflows.StateStuck, start: now.Add(-time.Minute)},
		openSync{name: workflows.TypeCreateTicket, state: workflows.StateStuck, start: now.Add(-10 * time.Minute)},
		openSync{name: workflows.TypeDeliverReply, state: workflows.StateHeld, start: now.Add(-time.Hour)},
	)
	require.Empty(t, read(t, reader), "nothing is shown before it was counted")
	require.NoError(t, b.refresh(t.Context()))
	require.Len(t, v.queries, len(openStates)+1, "one page for each state, and one for causes")
	for _, query := range v.queries[:len(openStates)] {
		require.Contains(t, query, `Account = "acme"`)
		require.Contains(t, query, `ExecutionStatus = "Running" AND WorkflowType != "ResumeCause"`)
	}
	got := read(t, reader)
	require.InDelta(t, 2, got["wechat_c4c.syncs.open{account=acme state=stuck type=CreateTicket}"], 0)
	require.InDelta(t, 1, got["wechat_c4c.syncs.open{account=acme state=held type=DeliverReply}"], 0)
	require.Contains(t, got, "wechat_c4c.syncs.open{account=acme state=needs_attention type=CreateTicket}",
		"none is a number as well")
	require.InDelta(t, 600, got["wechat_c4c.sync.oldest{account=acme state=stuck}"], .01)
	require.InDelta(t, 3600, got["wechat_c4c.sync.oldest{account=acme state=held}"], .01)
	require.InDelta(t, 0, got["wechat_c4c.sync.oldest{account=acme state=syncing}"], 0)

	v.refuse = errors.New("busy")
	require.ErrorContains(t, b.refresh(t.Context()), "list open syncs: busy")
	require.Equal(t, got, read(t, reader), "a count is kept for a while")
	b.now = func() time.Time { return now.Add(backlogStale + time.Second) }
	require.Empty(t, read(t, reader), "old counts are not passed off as new ones")
}

// Each cause that stops an account is shown by its name from the first to the last moment.
func TestCausesThatStopAnAccountShow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	v, b, reader := newBacklog(t, now, openSync{
		name: workflows.TypeResumeCause, start: now.Add(-90 * time.Second),
		id: workflows.ResumeCauseID("acme", activities.ErrorC4CCredentials),
	})
	open := func(cause string) float64 {
		require.NoError(t, b.refresh(t.Context()))
		return read(t, reader)["wechat_c4c.cause.open{account=acme cause="+cause+"}"]
	}
	require.InDelta(t, 90, open(activities.ErrorC4CCredentials), 0)
	require.Zero(t, open(activities.ErrorWeChatCredentials))
	v.rows = nil
	require.Zero(t, open(activities.ErrorC4CCredentials))
	require.Contains(t, read(t, reader), "wechat_c4c.cause.open{account=acme cause=C4CCredentials}",
		"none is a number as well")
}

func TestBacklogOfMany(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, oldest := range map[string]time.Duration{"minutes": 3 * time.Minute, "days": 75 * time.Hour,
		"a year": 366 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var rows []openSync
			for i := range 4000 {
				rows = append(rows, openSync{name: workflows.TypeCreateTicket, state: workflows.StateNeedsAttention,
					start: now.Add(-2*time.Second - time.Duration(i)*10*time.Millisecond)})
			}
			rows = append(rows, openSync{name: workflows.TypeDeliverReply, state: workflows.StateNeedsAttention,
				start: now.Add(-oldest)})
			v, b, reader := newBacklog(t, now, rows...)
			require.NoError(t, b.refresh(t.Context()))
			require.LessOrEqual(t, len(v.queries), 110)
			got := read(t, reader)
			require.InDelta(t, 4000, got["wechat_c4c.syncs.open{account=acme state=needs_attention type=CreateTicket}"], 0)
			require.InDelta(t, 1, got["wechat_c4c.syncs.open{account=acme state=needs_attention type=DeliverReply}"], 0)
			require.InDelta(t, oldest.Seconds(), got["wechat_c4c.sync.oldest{account=acme state=needs_attention}"], .01)
		})
	}
}

// If there is more than a page of one type, the others still count.
func TestBacklogCountsEveryType(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var rows []openSync
	for range backlogPage + 1 {
		rows = append(rows, openSync{name: workflows.TypeCreateTicket, state: workflows.StateNeedsAttention,
			start: now.Add(-time.Minute)})
	}
	for _, name := range workflows.SyncTypes {
		rows = append(rows, openSync{name: name, state: workflows.StateNeedsAttention, start: now.Add(-time.Hour)})
	}
	_, b, reader := newBacklog(t, now, rows...)
	require.NoError(t, b.refresh(t.Context()))
	got, counted := read(t, reader), 0.0
	for _, name := range workflows.SyncTypes {
		counted += got["wechat_c4c.syncs.open{account=acme state=needs_attention type="+name+"}"]
	}
	require.InDelta(t, len(rows), counted, 0)
	require.InDelta(t, 1, got["wechat_c4c.syncs.open{account=acme state=needs_attention type=TicketChanged}"], 0)
	require.InDelta(t, 1, got["wechat_c4c.syncs.open{account=acme state=needs_attention type=AnnounceReply}"], 0)
}

// If all began at the same moment, no page contains only the oldest: the answer is an age that is certain.
func TestBacklogOfOneMoment(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var rows []openSync
	for range 500 {
		rows = append(rows, openSync{name: workflows.TypeCreateTicket, state: workflows.StateStuck,
			start: now.Add(-time.Hour)})
	}
	_, b, reader := newBacklog(t, now, rows...)
	require.NoError(t, b.refresh(t.Context()))
	age := read(t, reader)["wechat_c4c.sync.oldest{account=acme state=stuck}"]
	require.LessOrEqual(t, age, 3600.0)
	require.Greater(t, age, 3500.0)
}

func TestOnlyWorkflowsAreCounted(t *testing.T) {
	t.Parallel()
	for _, role := range []Role{RoleWeChat, RoleC4C} {
		o := options(t)
		o.Role, o.Meter = role, metric.NewMeterProvider().Meter("test")
		o.Client = &visibility{refuse: errors.New(strings.Repeat("no", 3))}
		require.NoError(t, o.watchBacklog(t.Context()))
	}
}
