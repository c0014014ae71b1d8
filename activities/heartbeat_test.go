package activities

import (
	"context"
	"errors"
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
	"go.temporal.io/sdk/workflow"
)

// beats intercepts heartbeats before Temporal's SDK, which would throttle most of them.
type beats struct {
	interceptor.WorkerInterceptorBase
	interceptor.ActivityInboundInterceptorBase
	interceptor.ActivityOutboundInterceptorBase
	heard chan []any
}

func (b *beats) InterceptActivity(_ context.Context,
	next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	b.ActivityInboundInterceptorBase.Next = next
	return b
}

func (b *beats) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	b.ActivityOutboundInterceptorBase.Next = outbound
	return b.ActivityInboundInterceptorBase.Next.Init(b)
}

func (b *beats) RecordHeartbeat(ctx context.Context, details ...any) {
	b.ActivityOutboundInterceptorBase.Next.RecordHeartbeat(ctx, details...)
	b.heard <- details
}

// A heartbeat repeats what was recorded last, by this attempt or the previous one: writes read their generation
// there.
func TestBeatsKeepWhatWasRecorded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name            string
		before, present int // 0: nothing is recorded
		want            []int
	}{
		{name: "nothing"},
		{name: "of the attempt before", before: 3, want: []int{3}},
		{name: "of this attempt", before: 3, present: 5, want: []int{5}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := &beats{heard: make(chan []any, 1000)}
			var suite testsuite.WorkflowTestSuite
			suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
			env := suite.NewTestWorkflowEnvironment()
			env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{b,
				&Heartbeats{Every: time.Millisecond}}})
			record := func(ctx context.Context, n int) {
				if n != 0 {
					activity.RecordHeartbeat(ctx, n)
				}
			}
			var last []any
			env.RegisterActivityWithOptions(func(ctx context.Context) error {
				if activity.GetInfo(ctx).Attempt == 1 {
					record(ctx, test.before)
					return errors.New("again")
				}
				for len(b.heard) > 0 {
					<-b.heard
				}
				record(ctx, test.present)
				for range 3 {
					last = <-b.heard
				}
				return nil
			}, activity.RegisterOptions{Name: "slow"})
			env.ExecuteWorkflow(func(ctx workflow.Context) error {
				ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute,
					HeartbeatTimeout: 10 * time.Second})
				return workflow.ExecuteActivity(ctx, "slow").Get(ctx, nil)
			})
			require.NoError(t, env.GetWorkflowError())
			payloads, err := converter.GetDefaultDataConverter().ToPayloads(last...)
			require.NoError(t, err)
			var got []int
			for _, payload := range payloads.GetPayloads() {
				var n int
				require.NoError(t, converter.GetDefaultDataConverter().FromPayload(payload, &n))
				got = append(got, n)
			}
			require.Equal(t, test.want, got)
		})
	}
}
