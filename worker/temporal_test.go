package worker

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/c4c"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// customers is a C4C that keeps individual customers, and accepts a second one with the same openid, as the real one
// does.
type customers struct {
	mu     sync.Mutex
	kept   int
	asked  int           // how often a customer was looked up
	down   bool          // look-ups are refused
	commit time.Duration // how long a create takes, even if nobody waits for it; its answer is lost

	abandoned []time.Time // when creates lost their callers
}

func (c *customers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	switch {
	case !strings.HasSuffix(r.URL.Path, "IndividualCustomerCollection"): // the CSRF token
		_, _ = io.WriteString(w, `{"d":{"EntitySets":[]}}`)
	case r.Method == http.MethodPost:
		stop := context.AfterFunc(r.Context(), func() {
			c.set(func(c *customers) { c.abandoned = append(c.abandoned, time.Now()) })
		})
		defer stop()
		time.Sleep(c.commit)
		c.set(func(c *customers) { c.kept++ })
		panic(http.ErrAbortHandler)
	default:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asked++
		if c.down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		results := []any{}
		_, nickName, _ := strings.Cut(r.URL.Query().Get("$filter"), "NickName eq '")
		nickName, _, _ = strings.Cut(nickName, "'")
		for range c.kept {
			results = append(results, map[string]any{
				"ObjectID": "00163E0A00011EE98000000000000004", "CustomerID": "91", "NickName": nickName,
			})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"d": map[string]any{"results": results}})
	}
}

func (c *customers) set(change func(*customers)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(c)
}

func (c *customers) looks() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// real is a Temporal server with a workflow that makes sure of a customer.
type real struct {
	t       *testing.T
	server  *testsuite.DevServer
	c4c     *customers
	account *activities.Account
	queue   string
	run     client.WorkflowRun
}

func ensure(ctx workflow.Context) (activities.Customer, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:           workflow.GetInfo(ctx).TaskQueueName,
		StartToCloseTimeout: time.Minute, HeartbeatTimeout: 4 * activities.BeatEvery,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 1},
	})
	follower := activities.Follower{Account: "acme", OpenID: "oAlice"}
	in := activities.EnsureCustomerInput{Follower: follower, LastName: "WeChat"}
	var customer activities.Customer
	err := workflow.ExecuteActivity(ctx, "EnsureCustomer", in).Get(ctx, &customer)
	return customer, err
}

var devServer = sync.OnceValues(func() (*testsuite.DevServer, error) {
	var attributes []temporal.SearchAttributeUpdate
	for _, name := range workflows.SearchAttributes {
		attributes = append(attributes, temporal.NewSearchAttributeKeyKeyword(name).ValueSet(""))
	}
	return testsuite.StartDevServer(context.Background(), testsuite.DevServerOptions{
		SearchAttributes: temporal.NewSearchAttributes(attributes...),
		ExistingPath:     os.Getenv("TEMPORAL_DEV_BIN"), LogLevel: "error", Stdout: io.Discard, Stderr: io.Discard,
		ExtraArgs: []string{"--namespace", sharingNamespace, "--namespace", orderNamespace,
			"--namespace", stoppingNamespace},
	})
})

func TestMain(m *testing.M) {
	if settings := os.Getenv(sharingProcess); settings != "" {
		if err := workAlone(settings); err != nil {
			panic(err)
		}
		return
	}
	code := m.Run()
	if os.Getenv("TEMPORAL_DEV_BIN") != "" {
		if server, err := devServer(); err == nil {
			_ = server.Stop()
		}
	}
	os.Exit(code)
}

func newReal(t *testing.T, c *customers, callTime time.Duration) *real {
	t.Helper()
	if os.Getenv("TEMPORAL_DEV_BIN") == "" {
		t.Skip("TEMPORAL_DEV_BIN is not set: no Temporal development server to test with")
	}
	server, err := devServer()
	require.NoError(t, err)
	tenant := httptest.NewServer(c)
	t.Cleanup(tenant.Close)
	toC4C, err := c4c.New(c4c.Options{
		BaseURL: tenant.URL, User: "u", Password: "p", ChannelID: "WECHAT", ChannelCode: "008",
		HTTPClient: &http.Client{Timeout: callTime},
	})
	require.NoError(t, err)
	return &real{t: t, server: server, c4c: c, account: &activities.Account{C4C: toC4C}, queue: t.Name()}
}

// work starts a worker that is connected to Temporal as long as line lives.
func (r *real) work(line context.Context) {
	r.t.Helper()
	options := client.Options{
		HostPort: r.server.FrontendHostPort(), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	}
	options.ConnectionOptions.DialOptions = append(DialOptions(), grpc.WithChainUnaryInterceptor(
		func(
			ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker,
			opts ...grpc.CallOption,
		) error {
			call, hangUp := context.WithCancel(ctx)
			defer hangUp()
			defer context.AfterFunc(line, hangUp)()
			err := invoke(call, method, req, reply, conn, opts...)
			if line.Err() != nil && r.t.Context().Err() == nil {
				<-ctx.Done() // nothing tells Temporal that the worker is gone
				return status.FromContextError(ctx.Err()).Err()
			}
			return err
		}))
	c, err := client.Dial(options)
	require.NoError(r.t, err)
	r.t.Cleanup(c.Close)
	o := activityOnly(sdk.Options{WorkerStopTimeout: time.Second}, activities.SystemC4C, nil)
	o.DisableWorkflowWorker, o.DisableRegistrationAliasing = false, true
	o.Interceptors = append(o.Interceptors, interceptor.WorkerInterceptor(&workflows.Timeouts{
		CallTimes: activities.Accounts{"acme": r.account}.CallTimes,
	}))
	w := sdk.New(c, r.queue, o)
	w.RegisterWorkflowWithOptions(ensure, workflow.RegisterOptions{Name: "ensure"})
	toC4C := &activities.C4C{Accounts: activities.Accounts{"acme": r.account}}
	w.RegisterActivityWithOptions(toC4C, activity.RegisterOptions{})
	require.NoError(r.t, w.Start())
	r.t.Cleanup(w.Stop)
}

func (r *real) start() {
	r.t.Helper()
	var err error
	o := client.StartWorkflowOptions{ID: r.queue, TaskQueue: r.queue}
	r.run, err = r.server.Client().ExecuteWorkflow(r.t.Context(), o, "ensure")
	require.NoError(r.t, err)
}

func (r *real) execution() *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: r.run.GetID(), RunId: r.run.GetRunID()}
}

// attempt waits until the activity is at an attempt, and waits for the next one.
func (r *real) attempt(wanted func(int32) bool) {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		d, err := r.server.Client().DescribeWorkflowExecution(r.t.Context(), r.run.GetID(), r.run.GetRunID())
		require.NoError(r.t, err)
		pending := d.GetPendingActivities()
		return len(pending) == 1 && wanted(pending[0].GetAttempt())
	}, 20*time.Second, 10*time.Millisecond)
}

// requireOne requires the workflow to end with the only customer there is.
func (r *real) requireOne(kept int) {
	r.t.Helper()
	var customer activities.Customer
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	err := r.server.Client().GetWorkflow(ctx, r.run.GetID(), "").Get(ctx, &customer)
	if err != nil {
		d, _ := r.server.Client().DescribeWorkflowExecution(r.t.Context(), r.run.GetID(), "")
		r.t.Logf("the activity is %s", d.GetPendingActivities())
	}
	require.NoError(r.t, err)
	require.Equal(r.t, "91", customer.ID)
	r.c4c.mu.Lock()
	defer r.c4c.mu.Unlock()
	require.Equal(r.t, kept, r.c4c.kept)
}

// Operators' actions reset the attempt counter and clear the heartbeat's details. What was written before is found
// all the same.
func TestOperatorsMakeNoDouble(t *testing.T) {
	t.Parallel()
	for name, press := range map[string]func(t *testing.T, r *real){
		"reset": func(t *testing.T, r *real) {
			t.Helper()
			_, err := r.server.Client().WorkflowService().ResetActivity(t.Context(), &workflowservice.ResetActivityRequest{
				Namespace: "default", Execution: r.execution(), ResetHeartbeat: true,
				Activity: &workflowservice.ResetActivityRequest_Type{Type: "EnsureCustomer"},
			})
			require.NoError(t, err)
		},
		"pause and unpause": func(t *testing.T, r *real) {
			t.Helper()
			service := r.server.Client().WorkflowService()
			_, err := service.PauseActivity(t.Context(), &workflowservice.PauseActivityRequest{
				Namespace: "default", Execution: r.execution(),
				Activity: &workflowservice.PauseActivityRequest_Type{Type: "EnsureCustomer"},
			})
			require.NoError(t, err)
			_, err = service.UnpauseActivity(t.Context(), &workflowservice.UnpauseActivityRequest{
				Namespace: "default", Execution: r.execution(), ResetAttempts: true, ResetHeartbeat: true,
				Activity: &workflowservice.UnpauseActivityRequest_Type{Type: "EnsureCustomer"},
			})
			require.NoError(t, err)
		},
		"reset of the workflow": func(t *testing.T, r *real) {
			t.Helper()
			_, err := r.server.Client().ResetWorkflowExecution(t.Context(), &workflowservice.ResetWorkflowExecutionRequest{
				Namespace: "default", WorkflowExecution: r.execution(), WorkflowTaskFinishEventId: 3, RequestId: t.Name(),
				ResetReapplyType: enumspb.RESET_REAPPLY_TYPE_ALL_ELIGIBLE,
			})
			require.NoError(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReal(t, &customers{down: true}, time.Second)
			r.work(t.Context())
			r.start()
			r.attempt(func(n int32) bool { return n >= 3 })
			press(t, r)
			again := r.c4c.looks()
			require.Eventually(t, func() bool { return r.c4c.looks() > again+1 }, 20*time.Second, 10*time.Millisecond)
			r.c4c.set(func(c *customers) { c.down = false })
			r.requireOne(1)
		})
	}
}

// A worker that is cut off from Temporal, but not from C4C, is considered dead while its call continues. The next
// worker finds nothing at first, and must not write before that call has ended.
func TestCutOffWorkerMakesNoDouble(t *testing.T) {
	t.Parallel()
	const callTime = 20 * time.Second // longer than it takes to be considered dead
	r := newReal(t, &customers{commit: callTime - 2*time.Second}, callTime)
	line, cut := context.WithCancel(t.Context())
	r.work(line)
	r.start()
	r.attempt(func(n int32) bool { return n == 1 })
	time.Sleep(time.Second) // the create is running
	cut()
	cutOff := time.Now()
	r.work(t.Context())
	r.requireOne(1)
	require.GreaterOrEqual(t, r.c4c.looks(), 2)
	r.c4c.mu.Lock()
	defer r.c4c.mu.Unlock()
	require.Len(t, r.c4c.abandoned, 1)
	require.Less(t, r.c4c.abandoned[0].Sub(cutOff), 3*activities.BeatEvery, "it stops before it is taken for dead")
}

// Running workers know their accounts' settings.
func TestActivitiesGetTheTimeOfTheirCalls(t *testing.T) {
	t.Parallel()
	const callTime = 2 * time.Minute
	r := newReal(t, &customers{down: true}, callTime)
	o := options(t)
	o.Client, o.WorkflowClient = r.server.Client(), r.server.Client()
	o.Accounts = activities.Accounts{"acme": r.account}
	workers, err := build(o, make(chan error, 4))
	require.NoError(t, err)
	for _, w := range workers {
		require.NoError(t, w.Start())
		t.Cleanup(w.Stop)
	}
	in := workflows.NoteTicketInput{SyncInput: workflows.SyncInput{Account: "acme"}, TicketID: "7", Text: "note"}
	started := client.StartWorkflowOptions{ID: t.Name(), TaskQueue: workflows.TaskQueue}
	run, err := o.Client.ExecuteWorkflow(t.Context(), started, workflows.TypeNoteTicket, in)
	require.NoError(t, err)
	const all = enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT
	events := o.Client.GetWorkflowHistory(t.Context(), run.GetID(), run.GetRunID(), true, all)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		if scheduled := event.GetActivityTaskScheduledEventAttributes(); scheduled != nil {
			require.GreaterOrEqual(t, scheduled.GetStartToCloseTimeout().AsDuration(), 10*callTime)
			require.Equal(t, 4*activities.BeatEvery, scheduled.GetHeartbeatTimeout().AsDuration())
			require.NoError(t, o.Client.TerminateWorkflow(t.Context(), run.GetID(), "", "seen"))
			return
		}
	}
	t.Fatal("no activity was scheduled")
}
