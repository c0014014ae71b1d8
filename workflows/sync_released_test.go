package workflows

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// headers records the release time that each activity's header contains, for the circuits of workers; zero: none.
type headers struct {
	interceptor.WorkerInterceptorBase
	t    *testing.T
	seen []time.Time
}

func (h *headers) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	i := &headerCall{headers: h}
	i.Next = next
	return i
}

type headerCall struct {
	interceptor.ActivityInboundInterceptorBase
	headers *headers
}

func (i *headerCall) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	var at time.Time
	if noted := interceptor.Header(ctx)["wechat-c4c-released"]; noted != nil {
		require.NoError(i.headers.t, converter.GetDefaultDataConverter().FromPayload(noted, &at))
	}
	i.headers.seen = append(i.headers.seen, at)
	return i.Next.ExecuteActivity(ctx, in)
}

// Retrying a sync opens the circuit for it on every worker, by the time at which the cause was found to be gone, or
// the time of the command itself.
func TestReleasesCarryTheirTime(t *testing.T) {
	t.Parallel()
	gone := dawn.Add(-3 * time.Second)
	for name, test := range map[string]struct {
		word Command
		want time.Time
	}{
		"the cause is gone": {Command{Actor: "wechat-c4c", At: gone}, gone},
		"a person":          {Command{Actor: "ada"}, dawn.Add(time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var suite testsuite.WorkflowTestSuite
			suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
			env := suite.NewTestWorkflowEnvironment()
			env.SetStartTime(dawn)
			heard := &headers{t: t}
			env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{
				&Timeouts{CallTimes: func(string) activities.CallTimes { return activities.CallTimes{} }}, heard,
			}})
			(&Workflows{Policies: map[string]Policy{testAccount: testPolicy}}).Register(env)
			calls := 0
			env.RegisterActivityWithOptions(func(context.Context, activities.AddNoteInput) error {
				if calls++; calls == 1 {
					return parking(activities.ErrorC4CCredentials)
				}
				return nil
			}, activity.RegisterOptions{Name: "AddNote"})
			env.RegisterDelayedCallback(func() { env.SignalWorkflow(CommandRetry, test.word) }, time.Minute)
			env.ExecuteWorkflow(TypeNoteTicket, NoteTicketInput{SyncInput: testSync, TicketID: "7", Text: "gone"})
			require.NoError(t, env.GetWorkflowError())
			require.Len(t, heard.seen, 2)
			require.True(t, heard.seen[0].IsZero(), "it was never released")
			require.WithinDuration(t, test.want, heard.seen[1], time.Second)
		})
	}
}
