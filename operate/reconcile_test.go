package operate

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

var reconcileNow = time.Date(2026, 3, 2, 10, 0, 0, 500, time.UTC)

type schedules = client.ScheduleClient

// scheduling is the part of a schedule's client and handle that no test uses.
type scheduling struct {
	schedules
	client.ScheduleHandle
}

// comparing is a Temporal with the schedule of an account. One of the schedule's runs has completed.
type comparing struct {
	Temporal
	scheduling

	missing bool
	last    *workflows.Reconciled
	open    []*workflowpb.WorkflowExecutionInfo
	failing map[string]error // by workflow id

	args      []any
	triggered []client.ScheduleTriggerOptions
	signals   []string
	started   []workflows.ReviewRepliesInput
}

func (c *comparing) ScheduleClient() client.ScheduleClient                   { return c }
func (c *comparing) GetHandle(context.Context, string) client.ScheduleHandle { return c }
func (c *comparing) Trigger(_ context.Context, o client.ScheduleTriggerOptions) error {
	c.triggered = append(c.triggered, o)
	return nil
}

func (c *comparing) description() client.ScheduleDescription {
	ran := &client.ScheduleWorkflowExecution{WorkflowID: "reconcile-replies/shop-1", FirstExecutionRunID: "run-1"}
	return client.ScheduleDescription{
		Schedule: client.Schedule{
			Action: &client.ScheduleWorkflowAction{ID: "reconcile-replies/shop"},
			Spec:   &client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: 5 * time.Minute}}},
			State:  &client.ScheduleState{Paused: true, Note: "by ada"},
		},
		Info: client.ScheduleInfo{
			RecentActions: []client.ScheduleActionResult{{StartWorkflowResult: ran}, {}},
			RunningWorkflows: []client.ScheduleWorkflowExecution{{WorkflowID: "reconcile-replies/shop-2",
				FirstExecutionRunID: "run-2"}},
		},
	}
}

func (c *comparing) Describe(context.Context) (*client.ScheduleDescription, error) {
	if c.missing {
		return nil, serviceerror.NewNotFound("no such schedule")
	}
	d := c.description()
	return &d, nil
}

func (c *comparing) Update(_ context.Context, o client.ScheduleUpdateOptions) error {
	update, err := o.DoUpdate(client.ScheduleUpdateInput{Description: c.description()})
	if err == nil {
		c.args = update.Schedule.Action.(*client.ScheduleWorkflowAction).Args
	}
	return err
}

// closed returns the event with which a run has ended.
type closed struct{ events []*historypb.HistoryEvent }

func (c *closed) HasNext() bool { return len(c.events) > 0 }
func (c *closed) Next() (*historypb.HistoryEvent, error) {
	event := c.events[0]
	c.events = c.events[1:]
	return event, nil
}

func (c *comparing) GetWorkflowHistory(context.Context, string, string, bool,
	enumspb.HistoryEventFilterType) client.HistoryEventIterator {
	event := &historypb.HistoryEvent{}
	if c.last != nil {
		result, err := converter.GetDefaultDataConverter().ToPayloads(*c.last)
		if err != nil {
			panic(err)
		}
		event.Attributes = &historypb.HistoryEvent_WorkflowExecutionCompletedEventAttributes{
			WorkflowExecutionCompletedEventAttributes: &historypb.WorkflowExecutionCompletedEventAttributes{Result: result},
		}
	}
	return &closed{events: []*historypb.HistoryEvent{event}}
}

func (c *comparing) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (
	*workflowservice.ListWorkflowExecutionsResponse, error) {
	found := &workflowservice.ListWorkflowExecutionsResponse{}
	for _, one := range c.open {
		if strings.Contains(r.GetQuery(), one.GetType().GetName()) {
			found.Executions = append(found.Executions, one)
		}
	}
	return found, nil
}

func (c *comparing) SignalWorkflow(_ context.Context, id, runID, name string, _ any) error {
	if err := c.failing[id]; err != nil {
		return err
	}
	c.signals = append(c.signals, name+" "+id+" "+runID)
	return nil
}

func (c *comparing) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	return nil, serviceerror.NewDeadlineExceeded("no worker")
}

func (c *comparing) ExecuteWorkflow(_ context.Context, _ client.StartWorkflowOptions, _ any,
	args ...any) (client.WorkflowRun, error) {
	c.started = append(c.started, args[0].(workflows.ReviewRepliesInput))
	return nil, nil
}

// opened is an open sync that was started this long ago.
func opened(kind, id, state string, ago time.Duration) *workflowpb.WorkflowExecutionInfo {
	payload, err := converter.GetDefaultDataConverter().ToPayload(state)
	if err != nil {
		panic(err)
	}
	return &workflowpb.WorkflowExecutionInfo{
		Execution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: "run"}, Type: &commonpb.WorkflowType{Name: kind},
		Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, StartTime: timestamppb.New(reconcileNow.Add(-ago)),
		SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{"SyncState": payload}},
	}
}

func (c *comparing) operator(audit *bytes.Buffer) *Operator {
	return &Operator{
		Temporal: c, Namespace: "default", Audit: NewAudit(audit), DataConverter: converter.GetDefaultDataConverter(),
		Now: func() time.Time { return reconcileNow },
	}
}

var ada = workflows.Command{Actor: "ada", Reason: "restored"}

func TestComparisonIsShown(t *testing.T) {
	t.Parallel()
	until := reconcileNow.Add(-5 * time.Minute)
	c := &comparing{
		last: &workflows.Reconciled{Begin: until.Add(-time.Hour), Until: until, Checked: 7, Private: 2, Missed: 1},
		open: []*workflowpb.WorkflowExecutionInfo{
			opened(workflows.TypeReviewReplies, "review-replies/shop/1", workflows.StateNeedsAttention, time.Hour),
		},
	}
	found, err := c.operator(new(bytes.Buffer)).ComparisonOf(t.Context(), "shop")
	require.NoError(t, err)
	var table bytes.Buffer
	require.NoError(t, found.WriteTable(&table, reconcileNow))
	for _, want := range []string{
		"every 5m0s, paused: by ada", "(5m0s ago): what was written up to then has been compared",
		"7 replies compared, 2 of them private; 1 had not arrived", "review-replies/shop/1: needs_attention",
		"No worker says what it is about",
	} {
		require.Contains(t, table.String(), want)
	}
	table.Reset()
	asked := OpenReview{Sync: found.Reviews[0].Sync, Review: &workflows.Review{Unknown: 3, SmaIDs: []string{"1", "2"}}}
	require.NoError(t, asked.WriteTable(&table))
	for _, want := range []string{
		"3 replies, written from", "1, 2 and 1 more", "wechat-c4c sync skip review-replies/shop/1",
		"wechat-c4c reconcile approve review-replies/shop/1 --yes",
	} {
		require.Contains(t, table.String(), want)
	}
}

func TestCursorIsMoved(t *testing.T) {
	t.Parallel()
	until := reconcileNow.Add(-5 * time.Minute)
	last := &workflows.Reconciled{Begin: until, Until: until}
	for name, test := range map[string]struct {
		c       *comparing
		to      time.Duration // before now
		dry     bool
		wrong   string
		review  bool
		ordered bool
	}{
		"not compared":          {&comparing{missing: true}, time.Hour, false, "are not compared", false, false},
		"none has completed":    {&comparing{}, time.Hour, false, "no comparison has completed yet", false, false},
		"into the future":       {&comparing{last: last}, -time.Hour, false, "lies ahead", false, false},
		"back":                  {&comparing{last: last}, time.Hour, false, "", true, false},
		"back, only looked at":  {&comparing{last: last}, time.Hour, true, "", true, false},
		"ahead":                 {&comparing{last: last}, time.Minute, false, "", false, true},
		"ahead, only looked at": {&comparing{last: last}, time.Minute, true, "", false, false},
		"ahead, and a run fails": {&comparing{last: last,
			failing: map[string]error{"reconcile-replies/shop-2": serviceerror.NewUnavailable("down")}}, time.Minute, false,
			"down", false, true},
		"ahead, and a run ended": {&comparing{last: last,
			failing: map[string]error{"reconcile-replies/shop-2": serviceerror.NewNotFound("gone")}}, time.Minute, false, "",
			false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var audit bytes.Buffer
			m, err := test.c.operator(&audit).MoveCursor(t.Context(), "shop", reconcileNow.Add(-test.to), test.dry, ada)
			if test.wrong != "" {
				require.ErrorContains(t, err, test.wrong)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, test.review, m.Review != "")
			require.Equal(t, test.review && !test.dry, len(test.c.started) == 1)
			require.Equal(t, test.ordered, test.c.args != nil)
			require.Equal(t, test.wrong == "" && !test.dry, m.Done)
			switch {
			case test.dry:
				require.Empty(t, audit.String())
			case m.Done:
				require.Contains(t, audit.String(), `"action":"reconcile move","actor":"ada"`)
				require.Contains(t, audit.String(), `"result":{"accepted":1}`)
			}
			if test.ordered && m.Done {
				order := test.c.args[0].(workflows.ReconcileInput)
				require.Equal(t, time.Date(2026, 3, 2, 9, 59, 1, 0, time.UTC), order.Move.To, "to the end of the second")
				require.Equal(t, enumspb.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE, test.c.triggered[0].Overlap)
			}
		})
	}
	c := &comparing{last: last}
	_, err := c.operator(new(bytes.Buffer)).MoveCursor(t.Context(), "shop", reconcileNow.Add(-time.Minute), false, ada)
	require.NoError(t, err)
	require.Equal(t, []string{"move reconcile-replies/shop-2 run-2"}, c.signals, "the run under way hears of it")
}

func TestRepliesThatWereOpenAtTheBackup(t *testing.T) {
	t.Parallel()
	c := &comparing{
		open: []*workflowpb.WorkflowExecutionInfo{
			opened(workflows.TypeDeliverReply, "reply/shop/1", workflows.StateHeld, 3*time.Hour),
			opened(workflows.TypeDeliverReply, "reply/shop/2", workflows.StateHeld, 2*time.Hour),
			opened(workflows.TypeRouteReply, "route/shop/3", workflows.StateNeedsAttention, 2*time.Hour),
			opened(workflows.TypeRouteReply, "route/shop/4", workflows.StateNeedsAttention, 2*time.Hour),
			opened(workflows.TypeDeliverReply, "reply/shop/5", workflows.StateHeld, 30*time.Minute), // after the restore
			opened(workflows.TypeCreateTicket, "ticket/shop/6", workflows.StateStuck, 2*time.Hour),
		},
		failing: map[string]error{"reply/shop/2": serviceerror.NewNotFound("closed"),
			"route/shop/4": serviceerror.NewUnavailable("down")},
	}
	var audit bytes.Buffer
	o := c.operator(&audit)
	backup := reconcileNow.Add(-time.Hour)
	plan, err := o.Doubt(t.Context(), "shop", backup, true, ada)
	require.NoError(t, err)
	require.Equal(t, 4, plan.Matched)
	require.Empty(t, c.signals)
	require.Empty(t, audit.String())
	done, err := o.Doubt(t.Context(), "shop", backup, false, ada)
	require.ErrorContains(t, err, "1 of 4 replies could not be told, run it again")
	require.Equal(t, []int{2, 1, 1}, []int{done.Told, done.Closed, done.Failed})
	require.Equal(t, []string{"doubt reply/shop/1 run", "doubt route/shop/3 run"}, c.signals)
	require.Contains(t, audit.String(), `"action":"reconcile restored","actor":"ada"`)
	require.Contains(t, audit.String(), `"matched":4`)
	var table bytes.Buffer
	require.NoError(t, done.WriteTable(&table))
	require.Contains(t, table.String(), "--cause "+activities.ErrorRepliesInDoubt)
}
