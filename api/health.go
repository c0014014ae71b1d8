package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc/codes"
)

// How long a verdict is valid. A bad one is checked again sooner.
const (
	readinessAge = 5 * time.Second
	refusalAge   = 500 * time.Millisecond
)

// readinessTimeout limits one check.
const readinessTimeout = 3 * time.Second

// ErrStarting is the result of a check while the process starts, errStopping the verdict when it stops. Neither is
// logged as an error, because platforms ask from the first moment to the last.
var (
	ErrStarting = errors.New("starting")
	errStopping = errors.New("stopping")
)

// Readiness reports whether the process may be given work. It checks once in 5 seconds, and more often while the
// verdict is negative.
type Readiness struct {
	check func(context.Context) error
	now   func() time.Time

	mu       sync.Mutex
	verdict  error
	at       time.Time
	stopping bool
}

// NewReadiness makes a Readiness that calls check. The internal address shows check's result to everyone who asks.
func NewReadiness(check func(context.Context) error) *Readiness {
	return &Readiness{check: check, now: time.Now}
}

// Ready returns nil, or the reason why the process is not ready.
func (r *Readiness) Ready(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping {
		return errStopping
	}
	age := readinessAge
	switch {
	case errors.Is(r.verdict, ErrStarting):
		age = 0 // known without a check
	case r.verdict != nil:
		age = refusalAge
	}
	if now := r.now(); r.at.IsZero() || now.Sub(r.at) >= age {
		// A verdict is shared: one caller that leaves must not spoil it for the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readinessTimeout)
		defer cancel()
		r.verdict, r.at = r.check(ctx), now
	}
	return r.verdict
}

// Stop makes Ready fail from now on.
func (r *Readiness) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopping = true
}

func live(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

func (r *Readiness) serve(c echo.Context) error {
	if err := r.Ready(c.Request().Context()); err != nil {
		usual := errors.Is(err, ErrStarting) || errors.Is(err, errStopping)
		return &failure{status: http.StatusServiceUnavailable, result: "not_ready", text: "not ready: " + err.Error(),
			err: err, usual: usual}
	}
	return c.String(http.StatusOK, "ok\n")
}

// Room is the part of a spool that readiness needs.
type Room interface {
	Room() error
	Reach(temporal string) error
	Reached(temporal string) bool
}

// CheckWithSpool returns a check that succeeds while Temporal is unavailable and the spool has room. It requires that
// this Temporal was reached before, possibly by an earlier process on the same disk: a wrong address must not be
// mistaken for an outage. temporal is its name.
func CheckWithSpool(check func(context.Context) error, spool Room, temporal string) func(context.Context) error {
	return func(ctx context.Context) error {
		err := check(ctx)
		switch {
		case err == nil:
			_ = spool.Reach(temporal) // if the disk fails, Temporal still accepts everything
			return nil
		case errors.Is(err, ErrUnprepared) || errors.Is(err, ErrServerTooOld) || !spool.Reached(temporal):
			return err
		}
		if full := spool.Room(); full != nil {
			return fmt.Errorf("%w; %w", err, full)
		}
		return nil
	}
}

// ErrUnprepared is wrapped by the check if bootstrap has not prepared the namespace.
var ErrUnprepared = errors.New("temporal is not prepared")

// TemporalClient is the part of Temporal's client that a check needs.
type TemporalClient interface {
	CheckHealth(ctx context.Context, request *client.CheckHealthRequest) (*client.CheckHealthResponse, error)
	OperatorService() operatorservice.OperatorServiceClient
}

// CheckTemporal returns a check that Temporal answers and that the namespace has the search attributes. Without them,
// every start of a workflow would be refused. Attributes already seen are not checked again.
func CheckTemporal(c TemporalClient, namespace string, attributes []string) func(context.Context) error {
	registered := false
	return func(ctx context.Context) error {
		if _, err := c.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
			return fmt.Errorf("temporal does not answer: %w", err)
		}
		if registered {
			return nil
		}
		list, err := c.OperatorService().ListSearchAttributes(ctx,
			&operatorservice.ListSearchAttributesRequest{Namespace: namespace})
		switch serviceerror.ToStatus(err).Code() {
		case codes.OK:
		case codes.PermissionDenied, codes.Unimplemented:
			return nil // Temporal Cloud does not offer this service: a missing attribute shows at the first start
		case codes.NotFound:
			return fmt.Errorf("%w: namespace %s does not exist: run wechat-c4c bootstrap", ErrUnprepared, namespace)
		default:
			return fmt.Errorf("temporal does not list search attributes: %w", err)
		}
		if missing := slices.DeleteFunc(slices.Clone(attributes), func(name string) bool {
			_, ok := list.GetCustomAttributes()[name]
			return ok
		}); len(missing) > 0 {
			return fmt.Errorf("%w: namespace %s lacks the search attributes %s: run wechat-c4c bootstrap", ErrUnprepared,
				namespace, strings.Join(missing, ", "))
		}
		registered = true
		return nil
	}
}
