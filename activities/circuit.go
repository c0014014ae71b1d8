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

// Systems that calls go to, as named in causes.
const (
	SystemWeChat    = "WeChat"
	SystemC4C       = "C4C"
	SystemConnector = "connector"
)

// probeEvery is how often an open circuit lets one call through to check whether the cause is gone.
const probeEvery = 30 * time.Second

// Circuit is a circuit breaker: it holds calls back while a cause affects every one of them, such as refused
// credentials or an address that is not allowed. The call that met the cause and all later ones park under it instead
// of hammering the other side. Now and then one call is let through, and the first that succeeds closes the circuit.
// A call that was released after the circuit had opened passes, too: the cause may be gone, and each process has its
// own circuit. It is a worker interceptor: one per task queue.
type Circuit struct {
	interceptor.WorkerInterceptorBase

	// Opened is called for every call that parks under such a cause. It must not block for long; may be nil.
	Opened func(ctx context.Context, account, cause string)

	system  string
	now     func() time.Time
	mu      sync.Mutex
	outages map[calls]outage
}

// calls are the calls that an outage holds back: all calls of an account, or those of one activity.
type calls struct{ account, activity string }

// outage is why calls are held back.
type outage struct {
	cause   error
	since   time.Time // by Temporal's clock, when the call that met the cause was made
	probeAt time.Time // by this machine's clock
}

// NewCircuit returns a closed circuit for a system, SystemWeChat or SystemC4C. Causes of the other system do not open
// it, since a call may need both. See [Circuit.Opened].
func NewCircuit(system string, opened func(ctx context.Context, account, cause string)) *Circuit {
	return &Circuit{Opened: opened, system: system, now: time.Now, outages: map[calls]outage{}}
}

// InterceptActivity wraps an activity in the circuit.
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

// ExecuteActivity lets a call through, or returns the error that an earlier call got.
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
		return result, err // it is already known that the cause persists
	}
	if probe, ok := result.(Probe); ok {
		// A probe that found that the cause persists succeeded as an activity.
		i.circuit.recordProbe(call.account, probe.OK)
		return result, err
	}
	i.circuit.recordResult(ctx, call, began, err)
	return result, err
}

// probes are activities that only find out whether calls succeed.
var probes = map[string]bool{"CheckToken": true, "ProbeWeChat": true, "ProbeC4C": true}

// askTemporal are activities that call only Temporal, so their results say nothing about the other side.
var askTemporal = map[string]bool{"OnboardFollowers": true, "ReleaseParked": true, "CountParked": true}

// whole selects all calls of the account.
func (c calls) whole() calls { return calls{account: c.account} }

// keepBack returns the outage's cause, or nil if the call may go through. released is when the call was released from
// such a cause; zero: never.
func (c *Circuit) keepBack(ctx context.Context, call calls, released time.Time) error {
	cause := c.outageOf(call, released)
	if cause != nil {
		c.reportOpened(ctx, call.account, cause)
	}
	return cause
}

// outageOf is why a call may not go through. A call that may go through serves as the probe for all that are held
// back with it.
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

// uncalled is the error of a call that is held back: the answer to another call, with that call's time.
func (o outage) uncalled() error {
	var refused *temporal.ApplicationError
	if !errors.As(o.cause, &refused) {
		return o.cause
	}
	said := Failure{}
	if refused.HasDetails() {
		// Details in another form give an answer without the other side's words.
		_ = refused.Details(&said)
	}
	said.KeptBack = o.since
	return temporal.NewApplicationErrorWithOptions(refused.Message(), refused.Type(), temporal.ApplicationErrorOptions{
		NonRetryable: refused.NonRetryable(), Category: refused.Category(), Details: []any{said},
	})
}

// reportOpened reports that a call parks under a cause, so that a workflow waits for the end of the cause.
func (c *Circuit) reportOpened(ctx context.Context, account string, cause error) {
	var refused *temporal.ApplicationError
	if c.Opened != nil && errors.As(cause, &refused) {
		c.Opened(ctx, account, refused.Type())
	}
}

// recordResult opens the circuit on a cause that affects every call, and closes it as soon as the other side answers.
func (c *Circuit) recordResult(ctx context.Context, call calls, began time.Time, err error) {
	var refused *temporal.ApplicationError
	switch {
	case errors.As(err, &refused) && hitsEverything(refused):
		c.open(call, began, err, CauseOf(refused.Type()))
		c.reportOpened(ctx, call.account, err)
	case err == nil || refused != nil && answered(refused):
		c.mu.Lock()
		delete(c.outages, call.whole())
		delete(c.outages, call)
		c.mu.Unlock()
	}
}

// open holds back the calls that the cause affects.
func (c *Circuit) open(call calls, began time.Time, err error, cause Cause) {
	if cause.System != c.system && cause.System != SystemConnector {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	kept := call.whole()
	if cause.oneService {
		delete(c.outages, kept) // the other side accepts our credentials
		kept = call
	}
	c.outages[kept] = outage{cause: err, since: began, probeAt: c.now().Add(probeEvery)}
}

// recordProbe takes a probe's finding. A success closes the circuit. The next call of each service that was refused
// then finds out for itself.
func (c *Circuit) recordProbe(account string, ok bool) {
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

// hitsEverything reports whether every other call would be refused, too, until the cause is gone.
func hitsEverything(err *temporal.ApplicationError) bool {
	cause := CauseOf(err.Type())
	return cause.Everything && cause.Manual
}

// answered reports whether an error is the other side's answer to this very call.
func answered(err *temporal.ApplicationError) bool {
	return err.NonRetryable() && err.Type() != ErrorWeChatOutcomeUnknown && err.Type() != ErrorInternal
}

// AccountOf returns the account in an activity's input, by the input's method account; empty: the circuit lets the
// call pass.
func AccountOf(args []any) string {
	if len(args) != 1 {
		return ""
	}
	if in, ok := args[0].(interface{ account() string }); ok {
		return in.account()
	}
	return ""
}
