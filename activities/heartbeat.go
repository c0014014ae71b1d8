package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
)

// BeatEvery is how often a running activity sends a heartbeat. A heartbeat timeout must be several times as long.
const BeatEvery = 3 * time.Second

// Heartbeats tell Temporal that an activity's worker is alive. An activity whose worker was killed is retried after
// its heartbeat timeout, not only after its full time. Activities that end before the first heartbeat cost nothing.
// It is a worker interceptor.
type Heartbeats struct {
	interceptor.WorkerInterceptorBase
	// Every is the time between two heartbeats; 0: [BeatEvery].
	Every time.Duration
}

// InterceptActivity makes an activity send heartbeats.
func (h *Heartbeats) InterceptActivity(_ context.Context,
	next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &beatingCall{every: h.Every}
	if i.every == 0 {
		i.every = BeatEvery
	}
	i.Next = next
	return i
}

type beatingCall struct {
	interceptor.ActivityInboundInterceptorBase
	every time.Duration

	mu      sync.Mutex
	details []any // the details last recorded by this attempt or the previous one; a heartbeat must not erase them
}

// Init observes what the activity records.
func (i *beatingCall) Init(outbound interceptor.ActivityOutboundInterceptor) error {
	o := &beatingRecord{call: i}
	o.Next = outbound
	return i.Next.Init(o)
}

// ExecuteActivity sends heartbeats until the activity ends.
func (i *beatingCall) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if activity.GetInfo(ctx).HeartbeatTimeout == 0 {
		return i.Next.ExecuteActivity(ctx, in)
	}
	if activity.HasHeartbeatDetails(ctx) {
		var before converter.RawValue
		if err := activity.GetHeartbeatDetails(ctx, &before); err == nil {
			i.details = []any{before}
		}
	}
	ended := make(chan struct{})
	var beats sync.WaitGroup
	beats.Go(func() { i.beat(ctx, ended) })
	defer beats.Wait()
	defer close(ended)
	return i.Next.ExecuteActivity(ctx, in)
}

func (i *beatingCall) beat(ctx context.Context, ended <-chan struct{}) {
	ticker := time.NewTicker(i.every)
	defer ticker.Stop()
	for {
		select {
		case <-ended:
			return
		case <-ticker.C:
			activity.RecordHeartbeat(ctx, repeated{})
		}
	}
}

// repeated marks a heartbeat that repeats the details recorded last.
type repeated struct{}

type beatingRecord struct {
	interceptor.ActivityOutboundInterceptorBase
	call *beatingCall
}

// RecordHeartbeat keeps details in order: a heartbeat never overtakes what the activity records.
func (o *beatingRecord) RecordHeartbeat(ctx context.Context, details ...any) {
	o.call.mu.Lock()
	defer o.call.mu.Unlock()
	if len(details) == 1 && details[0] == any(repeated{}) {
		details = o.call.details
	}
	o.call.details = details
	o.Next.RecordHeartbeat(ctx, details...)
}
