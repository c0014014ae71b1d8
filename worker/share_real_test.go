package worker

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const (
	sharingNamespace = "sharing"       // of devServer, so that no other test's workers take the tasks
	sharingProcess   = "SHARE_PROCESS" // environment of this binary: it is a worker process
	tellerTakes      = 250 * time.Millisecond
)

// sharingSettings are those of a worker process.
type sharingSettings struct {
	Temporal string
	Tenant   string // address of C4C
	User     string // by whom C4C tells the processes apart
}

// workAlone is the worker process: one of the role c4c, as the product runs it.
func workAlone(settings string) error {
	var s sharingSettings
	if err := json.Unmarshal([]byte(settings), &s); err != nil {
		return err
	}
	quiet := slog.New(slog.DiscardHandler)
	c, err := client.Dial(client.Options{
		HostPort: s.Temporal, Namespace: sharingNamespace, Logger: log.NewStructuredLogger(quiet),
	})
	if err != nil {
		return err
	}
	cfg := config.Development()
	cfg.C4C.URL, cfg.C4C.User = s.Tenant, s.User
	slots := NewSlots(cfg, c, s.User, quiet)
	accounts, err := Accounts(cfg, RoleC4C, c, slots, Telemetry{})
	if err != nil {
		return err
	}
	return Run(context.Background(), Options{
		Client: c, Accounts: accounts, Role: RoleC4C, Slots: slots,
		FollowerKey: func(account, openID string) string { return account + openID },
	})
}

// teller is a C4C whose calls all take as long, even where nobody waits for them, and which counts them.
type teller struct {
	mu    sync.Mutex
	calls []tellerCall // under way
	most  int          // of them at once
	begun map[string]int
}

type tellerCall struct {
	user string
	ends time.Time
}

func (c *teller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, _, _ := r.BasicAuth()
	ends := time.Now().Add(tellerTakes)
	c.enter(tellerCall{user: user, ends: ends})
	time.Sleep(time.Until(ends))
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"d":{"results":{"ObjectID":"00163E0A00011EE98000000000000004","ID":"71",`+
		`"ServiceRequestUserLifeCycleStatusCode":"1","ServiceRequestLifeCycleStatusCode":"1"}}}`)
}

func (c *teller) enter(call tellerCall) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var still []tellerCall
	for _, other := range c.calls {
		if other.ends.After(time.Now()) {
			still = append(still, other)
		}
	}
	c.calls = append(still, call)
	c.most = max(c.most, len(c.calls))
	c.begun[call.user]++
}

// underway is how many calls of some users are under way at once.
func (c *teller) underway(users ...string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, call := range c.calls {
		for _, user := range users {
			if call.user == user && call.ends.After(time.Now()) {
				n++
			}
		}
	}
	return n
}

func (c *teller) begunBy(user string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.begun[user]
}

// endless keeps eight activities waiting, each of which calls C4C once.
func endless(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: workflows.QueueC4C, StartToCloseTimeout: time.Minute, HeartbeatTimeout: 4 * activities.BeatEvery,
	})
	for range 8 {
		workflow.Go(ctx, func(ctx workflow.Context) {
			in := activities.ReadTicketInput{Account: "default", ObjectID: "00163E0A00011EE98000000000000004"}
			for ctx.Err() == nil {
				_ = workflow.ExecuteActivity(ctx, "ReadTicket", in).Get(ctx, nil)
			}
		})
	}
	return workflow.Await(ctx, func() bool { return false })
}

// sharing is a landscape of worker processes that share a tenant.
type sharing struct {
	t        *testing.T
	temporal client.Client
	address  string
	c4c      *teller
	tenant   string
}

// clientOf is a client of one of devServer's namespaces, which knows it a moment after it has started.
func clientOf(t *testing.T, namespace string) (c client.Client) {
	t.Helper()
	server, err := devServer()
	require.NoError(t, err)
	c, err = client.Dial(client.Options{
		HostPort: server.FrontendHostPort(), Namespace: namespace,
		Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	require.Eventually(t, func() bool {
		_, err := c.WorkflowService().DescribeNamespace(t.Context(),
			&workflowservice.DescribeNamespaceRequest{Namespace: namespace})
		return err == nil
	}, time.Minute, 100*time.Millisecond)
	return c
}

func newSharing(t *testing.T) *sharing {
	t.Helper()
	if os.Getenv("TEMPORAL_DEV_BIN") == "" {
		t.Skip("TEMPORAL_DEV_BIN is not set: no Temporal development server to test with")
	}
	s := &sharing{t: t, c4c: &teller{begun: map[string]int{}}, temporal: clientOf(t, sharingNamespace)}
	server, err := devServer()
	require.NoError(t, err)
	s.address = server.FrontendHostPort()
	web := httptest.NewServer(s.c4c)
	t.Cleanup(web.Close)
	s.tenant = web.URL
	w := sdk.New(s.temporal, workflows.TaskQueue, sdk.Options{DisableRegistrationAliasing: true})
	(&workflows.Workflows{}).Register(w)
	w.RegisterWorkflowWithOptions(endless, workflow.RegisterOptions{Name: "endless"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	for range 8 {
		run, err := s.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: workflows.TaskQueue},
			"endless")
		require.NoError(t, err)
		t.Cleanup(func() {
			_ = s.temporal.TerminateWorkflow(context.WithoutCancel(t.Context()), run.GetID(), run.GetRunID(), "the test is over")
		})
	}
	return s
}

// start starts a worker process.
func (s *sharing) start(user string) *exec.Cmd {
	s.t.Helper()
	settings, err := json.Marshal(sharingSettings{Temporal: s.address, Tenant: s.tenant, User: user})
	require.NoError(s.t, err)
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), sharingProcess+"="+string(settings))
	cmd.Stdout, cmd.Stderr = s.t.Output(), s.t.Output()
	require.NoError(s.t, cmd.Start())
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

// await waits for something whose duration depends on the machine.
func (s *sharing) await(what string, holds func() bool) {
	s.t.Helper()
	require.Eventually(s.t, holds, 2*time.Minute, 5*time.Millisecond, what)
	s.t.Log(what)
}

// Whatever happens to the processes that call C4C, the whole cap is used, and never more.
func TestProcessesShareTheCap(t *testing.T) {
	t.Parallel()
	s := newSharing(t)
	all := func(users ...string) func() bool { return func() bool { return s.c4c.underway(users...) == 8 } }
	calls := func(user string) func() bool {
		before := s.c4c.begunBy(user)
		return func() bool { return s.c4c.begunBy(user) > before }
	}
	first := s.start("first")
	s.await("one process has all slots", all("first"))
	second := s.start("second")
	s.await("the second has some", calls("second"))
	s.await("two have all", all("first", "second"))
	s.start("third")
	s.await("the third has some", calls("third"))
	s.await("three have all", all("first", "second", "third"))

	require.NoError(t, first.Process.Kill())
	s.await("two have what the killed one had", all("second", "third"))
	s.start("fourth")
	s.await("one that is added has some", calls("fourth"))

	require.NoError(t, second.Process.Signal(syscall.SIGSTOP))
	s.await("two have what the stopped one had", all("third", "fourth"))
	begun := calls("second")
	require.NoError(t, second.Process.Signal(syscall.SIGCONT))
	s.await("the one that goes on has some again", begun)
	s.await("three have all again", all("second", "third", "fourth"))
	s.c4c.mu.Lock()
	defer s.c4c.mu.Unlock()
	require.Equal(t, 8, s.c4c.most)
}
