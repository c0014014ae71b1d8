package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/worker"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// environment holds the variables of a process.
type environment map[string]string

func (e environment) Environ() []string {
	var all []string
	for name, value := range e {
		all = append(all, name+"="+value)
	}
	return all
}

func (e environment) LookupEnv(name string) (string, bool) { value, ok := e[name]; return value, ok }

// anotherWorker runs a second process of the role c4c, which has a circuit of its own.
func (s *scene) anotherWorker() {
	s.t.Helper()
	cfg := s.Settings()
	cfg.InternalAddr = ""
	ctx, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	ended := make(chan error, 1)
	go func() {
		ended <- app.RunWorker(ctx, cfg, app.WithRole(worker.RoleC4C),
			app.WithTemporal(envconfig.LoadClientOptionsRequest{DisableFile: true, EnvLookup: environment{
				"TEMPORAL_ADDRESS": s.Addresses().Temporal, "TEMPORAL_NAMESPACE": s.Namespace(),
			}}))
	}()
	s.t.Cleanup(func() { stop(); require.NoError(s.t, <-ended) })
}

// A release resets the circuits of all workers: none returns its earlier answer.
func TestMendedCauseIsMendedForAllWorkers(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 12, 2)
	c.anotherWorker()
	require.LessOrEqual(t, c.park(), handful)
	c.mend()
	began := time.Now()
	var report operate.BatchReport
	c.commandJSON(&report, "sync", "retry", "--cause", activities.ErrorC4CCredentials, "--actor", "ada", "--yes", "--rate",
		"100")
	c.waitForCount(workflows.StateSynced, 12*4)
	took := time.Since(began)
	t.Logf("%d told; all through %s after the cause was mended", report.Told, took.Round(100*time.Millisecond))
	c.requireAllOnce()
	require.Less(t, took, 20*time.Second)
}
