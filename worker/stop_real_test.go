package worker

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdk "go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// stoppingNamespace is one of devServer's.
const stoppingNamespace = "stopping"

// lines collects a log.
type lines struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// A process that does everything itself ends its call, and then answers the update by which it gives the slots back.
func TestTheOnlyProcessGivesItsSlotsBack(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEMPORAL_DEV_BIN") == "" {
		t.Skip("TEMPORAL_DEV_BIN is not set: no Temporal development server to test with")
	}
	c, tenant := clientOf(t, stoppingNamespace), &teller{begun: map[string]int{}}
	web := httptest.NewServer(tenant)
	t.Cleanup(web.Close)
	cfg := config.Development()
	cfg.C4C.URL, cfg.C4C.User = web.URL, "only"
	var log lines
	own := NewSlots(cfg, c, "only", slog.New(slog.NewTextHandler(&log, nil)))
	accounts, err := Accounts(cfg, RoleAll, c, own, Telemetry{})
	require.NoError(t, err)
	ready, ended := make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	go func() {
		ended <- Run(ctx, Options{
			Client: c, WorkflowClient: c, Accounts: accounts, Slots: own, StopTimeout: 10 * time.Second,
			FollowerKey: func(account, openID string) string { return account + openID },
			Ready:       func() { close(ready) },
		})
	}()
	<-ready
	call, err := c.ExecuteActivity(t.Context(), client.StartActivityOptions{
		ID: t.Name(), TaskQueue: workflows.QueueC4C, ScheduleToCloseTimeout: time.Minute,
	}, "ReadTicket", activities.ReadTicketInput{Account: "default", ObjectID: "00163E0A00011EE98000000000000004"})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return tenant.underway("only") == 1 }, time.Minute, time.Millisecond)
	stop()
	require.NoError(t, <-ended)
	require.NoError(t, call.Get(t.Context(), nil))
	require.Empty(t, log.String())

	w := sdk.New(c, workflows.TaskQueue, sdk.Options{DisableRegistrationAliasing: true})
	(&workflows.Workflows{}).Register(w)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	ledger, asked, err := workflows.LedgerOf(
		c.QueryWorkflow(t.Context(), workflows.ShareC4CID(TenantOf(web.URL)), "", workflows.QuerySlots))
	require.NoError(t, err)
	require.True(t, asked)
	require.Empty(t, ledger.Holders)
	require.Len(t, ledger.Former, 1)
}
