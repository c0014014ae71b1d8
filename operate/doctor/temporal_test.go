package doctor

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const fortnight = 14 * 24 * time.Hour

// quiet keeps the SDK's log out of the tests' output.
type quiet struct{}

func (quiet) Debug(string, ...any)     {}
func (quiet) Info(string, ...any)      {}
func (quiet) Warn(string, ...any)      {}
func (quiet) Error(string, ...any)     {}
func (q quiet) With(...any) log.Logger { return q }

// startServer starts a Temporal of the test's own.
func startServer(t *testing.T) client.Client {
	t.Helper()
	path := os.Getenv("TEMPORAL_DEV_BIN")
	if path == "" {
		t.Skip("TEMPORAL_DEV_BIN is not set: no Temporal development server to test with")
	}
	var attributes []temporal.SearchAttributeUpdate
	for _, name := range workflows.SearchAttributes {
		attributes = append(attributes, temporal.NewSearchAttributeKeyKeyword(name).ValueSet(""))
	}
	server, err := testsuite.StartDevServer(t.Context(), testsuite.DevServerOptions{
		ExistingPath: path, LogLevel: "error", Stdout: io.Discard, Stderr: io.Discard,
		SearchAttributes: temporal.NewSearchAttributes(attributes...), ClientOptions: &client.Options{Logger: quiet{}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	return server.Client()
}

func examineTemporal(t *testing.T, c client.Client) Report {
	t.Helper()
	return Examine(t.Context(), Temporal(TemporalOptions{
		Namespace: "default", Account: "shop", Page: true, Retention: fortnight,
		Connect: func(context.Context) (client.Client, error) { return c, nil },
	}), 10*time.Second, nil)
}

// work runs the workers of all queues over a WeChat with the given token error.
func work(t *testing.T, c client.Client, tokenError error) {
	t.Helper()
	run := func(queue string, register func(worker.Worker)) {
		w := worker.New(c, queue, worker.Options{Identity: "worker of the test"})
		register(w)
		require.NoError(t, w.Start())
		t.Cleanup(w.Stop)
	}
	run(workflows.TaskQueue, func(w worker.Worker) { (&workflows.Workflows{}).Register(w) })
	run(workflows.QueueWeChat, func(w worker.Worker) {
		w.RegisterActivityWithOptions(func(context.Context, activities.TokenInput) (activities.TokenHealth, error) {
			return activities.TokenHealth{}, tokenError
		}, activity.RegisterOptions{Name: "CheckToken"})
	})
	run(workflows.QueueC4C, func(w worker.Worker) {
		w.RegisterActivityWithOptions(func(_ context.Context, in activities.CauseInput) (activities.Probe, error) {
			switch in.Account {
			case "shop":
				return activities.Probe{OK: true}, nil
			case "dead":
				return activities.Probe{Type: activities.ErrorC4CUnavailable,
					Failure: activities.Failure{Code: "SESSION", Text: "Session not found"}}, nil
			}
			return activities.Probe{}, temporal.NewNonRetryableApplicationError("kept back", activities.ErrorC4CCredentials, nil)
		}, activity.RegisterOptions{Name: workflows.ActivityTryWrite})
	})
	run(workflows.QueuePage, func(w worker.Worker) {
		w.RegisterActivityWithOptions(func(context.Context) error { return nil }, activity.RegisterOptions{
			Name: workflows.ActivityReadCustomer,
		})
	})
	run(workflows.QueueFiles, func(w worker.Worker) {
		w.RegisterActivityWithOptions(func(context.Context) error { return nil }, activity.RegisterOptions{
			Name: "AttachMedia",
		})
	})
}

func schedule(t *testing.T, c client.Client) client.ScheduleHandle {
	t.Helper()
	id := workflows.MaintainTokenID("shop")
	handle, err := c.ScheduleClient().Create(t.Context(), client.ScheduleOptions{
		ID: id, Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Hour}}},
		TriggerImmediately: true,
		Action: &client.ScheduleWorkflowAction{
			ID: id, Workflow: workflows.TypeMaintainToken, TaskQueue: workflows.TaskQueue,
			Args: []any{workflows.TokenWorkflowInput{Account: "shop"}},
			TypedSearchAttributes: temporal.NewSearchAttributes(workflows.AttributeAccount.ValueSet("shop"),
				workflows.AttributeSyncState.ValueSet(workflows.StateSyncing)),
		},
	})
	require.NoError(t, err)
	return handle
}

func TestTemporalIsFine(t *testing.T) {
	t.Parallel()
	c := startServer(t)
	_, err := c.WorkflowService().UpdateNamespace(t.Context(), &workflowservice.UpdateNamespaceRequest{
		Namespace: "default", Config: &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(fortnight)},
	})
	require.NoError(t, err)
	work(t, c, nil)
	handle := schedule(t, c)
	require.Eventually(t, func() bool {
		return findings(examineTemporal(t, c))["health of the access token"].Detail == "synced"
	}, 30*time.Second, 50*time.Millisecond)

	report := examineTemporal(t, c)
	require.True(t, report.Healthy(), "%+v", report.Findings)
	require.Equal(t, map[Verdict]int{OK: 15, Warn: 1, Skip: 1}, report.Counts, "%+v", report.Findings)
	all := findings(report)
	require.Equal(t, "default keeps closed workflows for 336h0m0s", all["namespace and retention"].Detail)
	require.Contains(t, all["workers on queue c4c"].Detail, "1: ")
	require.Contains(t, all["a worker answers"].Detail, "in ")
	require.Equal(t, Warn, all["messages arrive"].Verdict)

	of := func(account string) Finding {
		o := &cluster{client: c, TemporalOptions: TemporalOptions{Namespace: "default", Account: account}}
		return Check{Run: o.writes}.run(t.Context(), 10*time.Second)
	}
	require.Equal(t, shown(ok("gets through")), shown(of("shop")))
	dead := of("dead")
	require.Equal(t, []any{Fail, activities.ErrorC4CUnavailable}, []any{dead.Verdict, dead.Cause})
	require.Contains(t, dead.Detail, "C4C refuses a worker's writes.")
	kept := of("kept back")
	require.Equal(t, []any{Fail, activities.ErrorC4CCredentials}, []any{kept.Verdict, kept.Cause})

	require.NoError(t, handle.Pause(t.Context(), client.SchedulePauseOptions{Note: "maintenance of WeChat"}))
	paused := findings(examineTemporal(t, c))["schedule of the access token"]
	require.Equal(t, Fail, paused.Verdict)
	require.Contains(t, paused.Detail, "maintenance of WeChat")
}

func TestTemporalIsNotPrepared(t *testing.T) {
	t.Parallel()
	c := startServer(t)
	_, err := c.WorkflowService().UpdateNamespace(t.Context(), &workflowservice.UpdateNamespaceRequest{
		Namespace: "default",
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(72 * time.Hour)},
	})
	require.NoError(t, err)
	report := examineTemporal(t, c)
	all := findings(report)
	require.Equal(t, Fail, all["namespace and retention"].Verdict)
	require.Contains(t, all["namespace and retention"].Detail, "72h0m0s")
	require.Equal(t, bootstrap, all["namespace and retention"].Remedy)

	o := &cluster{client: c, TemporalOptions: TemporalOptions{Namespace: "nowhere", Account: "shop", Retention: fortnight}}
	require.Contains(t, o.namespace(t.Context()).Detail, "namespace nowhere does not exist")
	o.Namespace = "default"
	require.Contains(t, o.schedule(t.Context()).Detail, "schedule maintain-token/shop does not exist")
	require.Equal(t, Skip, o.tokenHealth(t.Context()).Verdict)
	require.Equal(t, Skip, o.answers(t.Context()).Verdict)
	nobody := o.pollers(t.Context(), workflows.QueueC4C, enumspb.TASK_QUEUE_TYPE_ACTIVITY)
	require.Equal(t, Fail, nobody.Verdict)
	require.Equal(t, startWorker, nobody.Remedy)

	// A workflow without a worker: the query is not answered in time.
	_, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "alone", TaskQueue: workflows.TaskQueue},
		workflows.TypeMaintainToken, workflows.TokenWorkflowInput{})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		silent := Check{Run: o.answers}.run(t.Context(), 500*time.Millisecond)
		return silent.Verdict == Fail
	}, 10*time.Second, 10*time.Millisecond)
}

func TestTokenHealthNamesTheCause(t *testing.T) {
	t.Parallel()
	c := startServer(t)
	work(t, c, temporal.NewNonRetryableApplicationError("wechat said no", activities.ErrorWeChatCredentials, nil))
	schedule(t, c)
	o := &cluster{client: c, TemporalOptions: TemporalOptions{Namespace: "default", Account: "shop"}}
	var found Finding
	require.Eventually(t, func() bool {
		found = o.tokenHealth(t.Context())
		return found.Verdict == Fail
	}, 30*time.Second, 50*time.Millisecond)
	require.Equal(t, activities.ErrorWeChatCredentials, found.Cause)
	require.Equal(t, activities.CauseOf(activities.ErrorWeChatCredentials).Remedy, found.Remedy)
}

func TestTemporalCannotBeReached(t *testing.T) {
	t.Parallel()
	checks := Temporal(TemporalOptions{Connect: func(context.Context) (client.Client, error) {
		return nil, errors.New("temporal at 127.0.0.1:1: refused")
	}})
	report := Examine(t.Context(), checks, time.Second, nil)
	require.Equal(t, Fail, report.Findings[0].Verdict)
	require.Contains(t, report.Findings[0].Remedy, "TEMPORAL_ADDRESS")
	require.Equal(t, len(checks)-1, report.Counts[Skip])
	require.Contains(t, findings(report)["a worker's write that changes nothing"].Detail, "Temporal cannot be reached")
}

// frontend is a Temporal with prepared answers.
type frontend struct {
	client.Client
	attributes map[string]enumspb.IndexedValueType
	state      string
	err        error
}

type operatorService struct {
	operatorservice.OperatorServiceClient
	f *frontend
}

type workflowService struct {
	workflowservice.WorkflowServiceClient
	f *frontend
}

func (f *frontend) OperatorService() operatorservice.OperatorServiceClient {
	return operatorService{f: f}
}
func (f *frontend) WorkflowService() workflowservice.WorkflowServiceClient {
	return workflowService{f: f}
}

func (s operatorService) ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest,
	...grpc.CallOption) (*operatorservice.ListSearchAttributesResponse, error) {
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: s.f.attributes}, s.f.err
}

func (s workflowService) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest,
	...grpc.CallOption) (*workflowservice.DescribeNamespaceResponse, error) {
	return nil, s.f.err
}

func (f *frontend) ListWorkflow(context.Context, *workflowservice.ListWorkflowExecutionsRequest) (
	*workflowservice.ListWorkflowExecutionsResponse, error) {
	state, err := converter.GetDefaultDataConverter().ToPayload(f.state)
	return &workflowservice.ListWorkflowExecutionsResponse{Executions: []*workflowpb.WorkflowExecutionInfo{{
		SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{"SyncState": state}},
	}}}, errors.Join(f.err, err)
}

func (f *frontend) CountWorkflow(context.Context, *workflowservice.CountWorkflowExecutionsRequest) (
	*workflowservice.CountWorkflowExecutionsResponse, error) {
	return &workflowservice.CountWorkflowExecutionsResponse{Count: 5}, f.err
}

func TestSearchAttributes(t *testing.T) {
	t.Parallel()
	keyword := enumspb.INDEXED_VALUE_TYPE_KEYWORD
	all := func(change func(map[string]enumspb.IndexedValueType)) map[string]enumspb.IndexedValueType {
		attributes := map[string]enumspb.IndexedValueType{}
		for _, name := range workflows.SearchAttributes {
			attributes[name] = keyword
		}
		change(attributes)
		return attributes
	}
	for _, tt := range []struct {
		name     string
		frontend frontend
		want     Finding
	}{
		{"all there", frontend{attributes: all(func(map[string]enumspb.IndexedValueType) {})}, ok("all 5 are there")},
		{"one missing", frontend{attributes: all(func(m map[string]enumspb.IndexedValueType) { delete(m, "TicketID") })},
			fail("missing: TicketID", bootstrap)},
		{"wrong type",
			frontend{attributes: all(func(m map[string]enumspb.IndexedValueType) {
				m["Account"] = enumspb.INDEXED_VALUE_TYPE_INT
			})},
			fail("of another type than Keyword: Account is Int",
				"Remove them, or use another namespace, then run wechat-c4c bootstrap.")},
		{"managed elsewhere", frontend{err: serviceerror.NewPermissionDenied("no", "")},
			warn("cannot be read from here",
				"See that these exist as Keyword: SyncState, SyncError, FollowerKey, TicketID, Account.")},
		{"no answer", frontend{err: serviceerror.NewUnavailable("down")}, unread(serviceerror.NewUnavailable("down"))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, shown(tt.want), shown((&cluster{client: &tt.frontend}).attributes(t.Context())))
		})
	}
}

func TestWhatTemporalDoesNotSay(t *testing.T) {
	t.Parallel()
	locked := &cluster{client: &frontend{err: serviceerror.NewPermissionDenied("no", "")},
		TemporalOptions: TemporalOptions{Namespace: "n", Retention: fortnight}}
	require.Equal(t,
		shown(warn("namespace n cannot be read from here", "See that it keeps closed workflows for at least 336h0m0s.")),
		shown(locked.namespace(t.Context())))
	down := &cluster{client: &frontend{err: serviceerror.NewUnavailable("down")}}
	for _, check := range []func(context.Context) Finding{down.namespace, down.tokenHealth, down.answers, down.arrivals} {
		require.Equal(t, Fail, check(t.Context()).Verdict)
	}
	require.Equal(t, shown(ok("5 follows and messages within 24 hours")),
		shown((&cluster{client: &frontend{}}).arrivals(t.Context())))
	require.Equal(t, Warn, (&cluster{client: &frontend{state: "stuck"}}).tokenHealth(t.Context()).Verdict)
}

type schedules struct{ client.ScheduleClient }

// oneSchedule is a Temporal with at most one schedule.
type oneSchedule struct {
	client.Client
	schedules
	client.ScheduleHandle
	t         *testing.T
	id        string // that is asked for
	described client.ScheduleDescription
	err       error
}

func (s *oneSchedule) ScheduleClient() client.ScheduleClient { return s }
func (s *oneSchedule) GetHandle(_ context.Context, id string) client.ScheduleHandle {
	require.Equal(s.t, s.id, id)
	return s
}
func (s *oneSchedule) Describe(context.Context) (*client.ScheduleDescription, error) {
	return &s.described, s.err
}

func TestScheduleOfComparedReplies(t *testing.T) {
	t.Parallel()
	var never client.ScheduleDescription
	ran := func(ago time.Duration) func() client.ScheduleDescription {
		return func() client.ScheduleDescription {
			return client.ScheduleDescription{
				Info: client.ScheduleInfo{RecentActions: []client.ScheduleActionResult{{ActualTime: time.Now().Add(-ago)}}}}
		}
	}
	as := func(d client.ScheduleDescription) func() client.ScheduleDescription {
		return func() client.ScheduleDescription { return d }
	}
	paused := client.ScheduleDescription{Schedule: client.Schedule{State: &client.ScheduleState{Paused: true,
		Note: "C4C's upgrade"}}}
	for _, tt := range []struct {
		name      string
		every     time.Duration
		described func() client.ScheduleDescription
		err       error
		verdict   Verdict
		says      string
	}{
		{"switched off", 0, as(never), errors.New("not asked"), Skip, "switched off by WECHAT_C4C_RECONCILE_EVERY"},
		{"missing", time.Minute, as(never), serviceerror.NewNotFound("no"), Fail,
			"schedule reconcile-replies/shop does not exist"},
		{"no answer", time.Minute, as(never), serviceerror.NewUnavailable("down"), Fail, "down"},
		{"paused", time.Minute, as(paused), nil, Fail, "schedule reconcile-replies/shop is paused: C4C's upgrade"},
		{"never", time.Hour, as(never), nil, Warn, "it has never run"},
		{"lately", time.Hour, ran(2 * time.Hour), nil, OK, "last run 2h0m0s ago"},
		{"long ago", time.Hour, ran(4 * time.Hour), nil, Fail, "it last ran 4h0m0s ago"},
		{"often", time.Second, ran(time.Minute), nil, OK, "last run 1m0s ago"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &oneSchedule{t: t, id: "reconcile-replies/shop", described: tt.described(), err: tt.err}
			found := (&cluster{client: s, TemporalOptions: TemporalOptions{Account: "shop",
				ReconcileEvery: tt.every}}).reconciliation(t.Context())
			require.Equal(t, tt.verdict, found.Verdict)
			require.Contains(t, found.Detail, tt.says)
			if tt.name == "paused" {
				require.Contains(t, found.Remedy, "an agent's reply whose push was lost reaches nobody")
			}
		})
	}
}
