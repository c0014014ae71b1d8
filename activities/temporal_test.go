package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/testsuite"
)

// temporalClock makes the SDK's test environment report to an activity what Temporal reports: when it was scheduled,
// and when this attempt began, by the clock that skips time between attempts.
type temporalClock struct {
	interceptor.WorkerInterceptorBase
	fate

	env       *testsuite.TestWorkflowEnvironment
	mu        sync.Mutex
	scheduled time.Time
	attempts  []time.Time // when each began
}

// fate is what happens to an activity. Attempts are counted from the first ever; 0 is none.
type fate struct {
	reset   int           // before which attempt an operator pressed Reset
	forgets int           // before which attempt the heartbeat's details vanish: cleared by Reset, or never received
	dies    int           // the attempt whose last heartbeat Temporal does not receive
	untold  bool          // attempts are not recorded, as with a client without DialOptions
	backlog time.Duration // how long the first attempt waited for a worker
}

func (c *temporalClock) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	i := &clockedCall{clock: c}
	i.Next = next
	return i
}

type clockedCall struct {
	interceptor.ActivityInboundInterceptorBase
	clock *temporalClock
}

func (i *clockedCall) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	o := &clockedInfo{clock: i.clock}
	o.Next = outbound
	return i.Next.Init(o)
}

func (i *clockedCall) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	c := i.clock
	c.mu.Lock()
	now := c.env.Now()
	if len(c.attempts) == 0 {
		c.scheduled = now.Add(-c.backlog)
	}
	c.attempts = append(c.attempts, now)
	if !c.untold {
		noteAgain(interceptor.Header(ctx), len(c.attempts) > 1)
	}
	c.mu.Unlock()
	return i.Next.ExecuteActivity(ctx, in)
}

type clockedInfo struct {
	interceptor.ActivityOutboundInterceptorBase
	clock *temporalClock
}

func (o *clockedInfo) GetInfo(ctx context.Context) activity.Info {
	c := o.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	info := o.Next.GetInfo(ctx)
	if len(c.attempts) == 0 { // the SDK itself asks, before the activity begins
		return info
	}
	info.ScheduledTime, info.StartedTime = c.scheduled, c.attempts[len(c.attempts)-1]
	if c.reset > 0 && len(c.attempts) >= c.reset {
		info.Attempt -= int32(c.reset - 1)
	}
	return info
}

// attempt counts the attempts from the first ever.
func (c *temporalClock) attempt() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.attempts)
}

// now is when the present attempt began.
func (c *temporalClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.attempts) == 0 {
		return time.Time{}
	}
	return c.attempts[len(c.attempts)-1]
}

func (o *clockedInfo) HasHeartbeatDetails(ctx context.Context) bool {
	return o.clock.attempt() != o.clock.forgets && o.Next.HasHeartbeatDetails(ctx)
}

func (o *clockedInfo) RecordHeartbeat(ctx context.Context, details ...any) {
	if last, ok := details[0].(progress); ok && !last.Clear.IsZero() && o.clock.attempt() == o.clock.dies {
		return
	}
	o.Next.RecordHeartbeat(ctx, details...)
}
