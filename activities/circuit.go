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

// Systems that calls go to, as causes name them.
const (
	SystemWeChat    = "WeChat"
	SystemC4C       = "C4C"
	SystemConnector = "connector"
)

// probeEvery is how often an open circuit lets one call through to see whether the cause is gone.
const probeEvery = 30 * time.Second

// Circuit keeps calls back while a cause hits every one of them: refused credentials, an address that is not allowed.
// The call that met the cause and all that follow park under it instead of hammering the other side; now and then one
// is let through, and the first that succeeds closes the circuit. A call that somebody released after the circuit had
// opened passes as well: the cause may be gone, and each process has a circuit of its own. It is a worker interceptor:
// one per task queue.
type Circuit struct {
	interceptor.WorkerInterceptorBase

	// Opened is told of every call that parks under such a cause; it must not block for long. May be nil.
	Opened func(ctx context.Context, account, cause string)

	system  string
	now     func() time.Time
	mu      sync.Mutex
	outages map[calls]outage
}

// calls are what an outage keeps back: all of an account, or those of one activity.
type calls struct{ account, activity string }

// outage is why calls are kept back.
type outage struct {
	cause   error
	since   time.Time // by Temporal's clock, when the call was made that met the cause
	probeAt time.Time // by this machine's
}

// NewCircuit returns a closed circuit before a system, one of SystemWeChat and SystemC4C. Causes of the other system do
// not open it: a call may need both. See [Circuit.Opened].
func NewCircuit(system string, opened func(ctx context.Context, account, cause string)) *Circuit {
	return &Circuit{Opened: opened, system: system, now: time.Now, outages: map[calls]outage{}}
}

// InterceptActivity puts the circuit before an activity.
func (c *Circuit) InterceptActivity(_ context.Context,
	next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
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
	call := calls{AccountOf(in.Args), activity.GetInfo(ctx).ActivityType.Name}
	if call.account == "" || askTemporal[call.activity] {
		return i.Next.ExecuteActivity(ctx, in)
	}
	if !probes[call.activity] {
		if err := i.circuit.keepBack(ctx, call, releasedAt(ctx)); err != nil {
			return nil, err
		}
	}
	began := activity.GetInfo(ctx).StartedTime
	result, err := i.Next.ExecuteActivity(ctx, in)
	if _, asks := in.Args[0].(CauseInput); asks && err != nil {
		return result, err // the cause is still there, as everybody knows
	}
	if probe, ok := result.(Probe); ok {
		// A probe that found the cause still there succeeded as an activity.
		i.circuit.probed(call.account, probe.OK)
		return result, err
	}
	i.circuit.learn(ctx, call, began, err)
	return result, err
}

// probes are activities that only find out whether calls succeed.
var probes = map[string]bool{"CheckToken": true, "ProbeWeChat": true, "ProbeC4C": true}

// askTemporal are activities that say nothing of the other side, for they ask only Temporal.
var askTemporal = map[string]bool{"OnboardFollowers": true, "ReleaseParked": true, "CountParked": true}

// whole are all calls of the account.
func (c calls) whole() calls { return calls{account: c.account} }

// keepBack returns the outage's cause, or nil for a call that may go through. released is when the call was released
// from such a cause; zero: never.
func (c *Circuit) keepBack(ctx context.Context, call calls, released time.Time) error {
	cause := c.outageOf(call, released)
	if cause != nil {
		c.tell(ctx, call.account, cause)
	}
	return cause
}

// outageOf is why a call may not go through. One that may probes for all that are kept back with it.
func (c *Circuit) outageOf(call calls, released time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	for _, kept := range []calls{call.whole(), call} {
		if out, open := c.outages[kept]; open && now.Before(out.probeAt) && !released.After(out.since) {
			return out.uncalled()
		}
	}
	for _, kept := range []calls{call.whole(), call} {
		if out, open := c.outages[kept]; open {
			out.probeAt = now.Add(probeEvery)
			c.outages[kept] = out
		}
	}
	return nil
}

// uncalled is what a call that is kept back gets: the answer to another one, with the time of that.
func (o outage) uncalled() error {
	var refused *temporal.ApplicationError
	if !errors.As(o.cause, &refused) {
		return o.cause
	}
	said := Failure{}
	if refused.HasDetails() {
		// Details of another shape leave the answer without the other side's words.
		_ = refused.Details(&said)
	}
	said.KeptBack = o.since
	return temporal.NewApplicationErrorWithOptions(refused.Message(), refused.Type(), temporal.ApplicationErrorOptions{
		NonRetryable: refused.NonRetryable(), Category: refused.Category(), Details: []any{said},
	})
}

// tell says that a call parks under a cause, so that somebody looks for its end.
func (c *Circuit) tell(ctx context.Context, account string, cause error) {
	var refused *temporal.ApplicationError
	if c.Opened != nil && errors.As(cause, &refused) {
		c.Opened(ctx, account, refused.Type())
	}
}

// learn opens the circuit on a cause that hits every call, and closes it as soon as the other side answers.
func (c *Circuit) learn(ctx context.Context, call calls, began time.Time, err error) {
	var refused *temporal.ApplicationError
	switch {
	case errors.As(err, &refused) && hitsEverything(refused):
		c.open(call, began, err, CauseOf(refused.Type()))
		c.tell(ctx, call.account, err)
	case err == nil || refused != nil && answered(refused):
		c.mu.Lock()
		delete(c.outages, call.whole())
		delete(c.outages, call)
		c.mu.Unlock()
	}
}

// open keeps back what the cause hits.
func (c *Circuit) open(call calls, began time.Time, err error, cause Cause) {
	if cause.System != c.system && cause.System != SystemConnector {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := call.whole()
	if cause.oneService {
		delete(c.outages, kept) // the other side knows us
		kept = call
	}
	c.outages[kept] = outage{cause: err, since: began, probeAt: c.now().Add(probeEvery)}
}

// probed takes a probe's finding. A success closes the circuit, and lets the next call of each service that was refused
// find out for itself.
func (c *Circuit) probed(account string, ok bool) {
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for kept, out := range c.outages {
		switch {
		case kept.account != account:
		case kept.activity == "":
			delete(c.outages, kept)
		default:
			out.probeAt = c.now()
			c.outages[kept] = out
		}
	}
}

// hitsEverything says whether every other call would meet the same refusal until the cause is gone.
func hitsEverything(err *temporal.ApplicationError) bool {
	cause := CauseOf(err.Type())
	return cause.Everything && cause.Manual
}

// answered says whether an error is an answer of the other side to this very call.
func answered(err *temporal.ApplicationError) bool {
	return err.NonRetryable() && err.Type() != ErrorWeChatOutcomeUnknown && err.Type() != ErrorInternal
}

// AccountOf finds the account in an activity's input, by the input's method account; empty: the circuit lets it pass.
func AccountOf(args []any) string {
	if len(args) != 1 {
		return ""
	}
	if in, ok := args[0].(interface{ account() string }); ok {
		return in.account()
	}
	return ""
}
