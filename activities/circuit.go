package activities

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
)

// probeEvery is how often an open circuit lets one call through to see whether the cause is gone.
const probeEvery = 30 * time.Second

// Circuit keeps calls back while a cause hits every one of them: refused credentials, an address that is not allowed.
// The call that met the cause and all that follow park under it instead of hammering the other side; now and then one
// is let through, and the first that succeeds closes the circuit. It is a worker interceptor: one per task queue.
type Circuit struct {
	interceptor.WorkerInterceptorBase

	// Opened is told of every call that parks under such a cause; it must not block for long. May be nil.
	Opened func(ctx context.Context, account, cause string)

	now     func() time.Time
	mu      sync.Mutex
	outages map[string]outage // by account
}

// outage is why an account's calls are kept back.
type outage struct {
	cause   error
	probeAt time.Time
}

// NewCircuit returns a closed circuit; see [Circuit.Opened].
func NewCircuit(opened func(ctx context.Context, account, cause string)) *Circuit {
	return &Circuit{Opened: opened, now: time.Now, outages: map[string]outage{}}
}

// InterceptActivity puts the circuit before an activity.
func (c *Circuit) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &circuitCall{circuit: c}
	i.Next = next
	return i
}

type circuitCall struct {
	interceptor.ActivityInboundInterceptorBase
	circuit *Circuit
}

// ExecuteActivity lets a call through, or gives it the error that its predecessor got.
func (i *circuitCall) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	account := accountOf(in.Args)
	if account == "" {
		return i.Next.ExecuteActivity(ctx, in)
	}
	if !probes[activity.GetInfo(ctx).ActivityType.Name] {
		if err := i.circuit.keepBack(ctx, account); err != nil {
			return nil, err
		}
	}
	result, err := i.Next.ExecuteActivity(ctx, in)
	if probe, ok := result.(Probe); ok && !probe.OK {
		return result, err // a probe that found the cause still there succeeded as an activity
	}
	i.circuit.learn(ctx, account, err)
	return result, err
}

// probes are activities that only find out whether calls succeed.
var probes = map[string]bool{"CheckToken": true, "ProbeWeChat": true, "ProbeC4C": true}

// keepBack returns the outage's cause, or nil for a call that may go through.
func (c *Circuit) keepBack(ctx context.Context, account string) error {
	c.mu.Lock()
	out, open := c.outages[account]
	now := c.now()
	probing := open && !now.Before(out.probeAt)
	if probing {
		out.probeAt = now.Add(probeEvery)
		c.outages[account] = out
	}
	c.mu.Unlock()
	if !open || probing {
		return nil
	}
	c.tell(ctx, account, out.cause)
	return out.cause
}

// tell says that a call parks under a cause, so that somebody looks for its end.
func (c *Circuit) tell(ctx context.Context, account string, cause error) {
	var refused *temporal.ApplicationError
	if c.Opened != nil && errors.As(cause, &refused) {
		c.Opened(ctx, account, refused.Type())
	}
}

// learn opens the circuit on a cause that hits every call, and closes it as soon as the other side answers.
func (c *Circuit) learn(ctx context.Context, account string, err error) {
	var refused *temporal.ApplicationError
	switch {
	case errors.As(err, &refused) && hitsEverything(refused):
		c.mu.Lock()
		c.outages[account] = outage{cause: err, probeAt: c.now().Add(probeEvery)}
		c.mu.Unlock()
		c.tell(ctx, account, err)
	case err == nil || errors.As(err, &refused) && refused.NonRetryable():
		c.mu.Lock()
		delete(c.outages, account)
		c.mu.Unlock()
	}
}

// hitsEverything says whether every other call would meet the same refusal until a person acts.
func hitsEverything(err *temporal.ApplicationError) bool {
	cause := CauseOf(err.Type())
	return cause.Everything && cause.Manual
}

// accountOf finds the account in an activity's input.
func accountOf(args []any) string {
	if len(args) != 1 {
		return ""
	}
	if in, ok := args[0].(interface{ account() string }); ok {
		return in.account()
	}
	return ""
}

func (f Follower) account() string           { return f.Account }
func (in FindTicketInput) account() string   { return in.Account }
func (in ReadTicketInput) account() string   { return in.Account }
func (in AddNoteInput) account() string      { return in.Account }
func (in FindFollowerInput) account() string { return in.Account }
func (in TokenInput) account() string        { return in.Account }
func (in CauseInput) account() string        { return in.Account }
