package api

import (
	"errors"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Results of a successful webhook. The results of refused ones are in their failures.
const (
	resultAccepted  = "accepted"  // handed to a workflow
	resultSpooled   = "spooled"   // kept on disk until Temporal is back
	resultIgnored   = "ignored"   // needs no workflow
	resultDuplicate = "duplicate" // a workflow has it already
	resultVerified  = "verified"  // WeChat's check of the callback address
	resultError     = "error"
)

const observationKey = "api.observation"

// observation is what a handler records about its request for the metrics.
type observation struct {
	kind, result string
	account      string    // empty: unknown
	created      time.Time // the sender's time of the event; zero: not stated
	workflow     string    // id of the workflow that got it; empty: none
}

func observed(c echo.Context) *observation {
	if o, ok := c.Get(observationKey).(*observation); ok {
		return o
	}
	return &observation{}
}

// instruments count webhooks by sender, account, kind and result, and measure their duration and their age on
// arrival.
type instruments struct {
	webhooks metric.Int64Counter
	duration metric.Float64Histogram
	age      metric.Float64Histogram
	limited  metric.Int64Counter
}

func newInstruments(meter metric.Meter) (*instruments, error) {
	var m instruments
	var err error
	if m.webhooks, err = meter.Int64Counter("wechat_c4c.webhooks",
		metric.WithDescription("Webhooks by sender, account, kind and result.")); err != nil {
		return nil, fmt.Errorf("api: metrics: %w", err)
	}
	if m.duration, err = meter.Float64Histogram("wechat_c4c.webhook.duration", metric.WithUnit("s"),
		metric.WithDescription("Time to answer a webhook. WeChat waits 5 seconds."),
		metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 5)); err != nil {
		return nil, fmt.Errorf("api: metrics: %w", err)
	}
	if m.age, err = meter.Float64Histogram("wechat_c4c.webhook.age", metric.WithUnit("s"),
		metric.WithDescription("Age of what a webhook brings when it arrives."),
		metric.WithExplicitBucketBoundaries(1, 2, 5, 10, 20, 60, 300, 900, 3600)); err != nil {
		return nil, fmt.Errorf("api: metrics: %w", err)
	}
	if m.limited, err = newLimited(meter); err != nil {
		return nil, err
	}
	return &m, nil
}

// newLimited counts refused requests by the limit's name.
func newLimited(meter metric.Meter) (metric.Int64Counter, error) {
	limited, err := meter.Int64Counter("wechat_c4c.limited",
		metric.WithDescription("Requests and connections that a limit has refused, by the limit."))
	if err != nil {
		return nil, fmt.Errorf("api: metrics: %w", err)
	}
	return limited, nil
}

// countLimits counts the requests that a limit has refused, including the page's.
func (m *instruments) countLimits(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if by, ok := errors.AsType[interface {
			error
			Limit() string
		}](err); ok && by.Limit() != "" {
			m.limited.Add(c.Request().Context(), 1, metric.WithAttributes(attribute.String("limit", by.Limit())))
		}
		return err
	}
}

// observe records every request of one sender, including panics.
func (m *instruments) observe(sender string, now func() time.Time) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			start := now()
			o := &observation{kind: "unknown", result: resultError}
			c.Set(observationKey, o)
			defer func() {
				if err != nil {
					o.result = failureOf(err).result
				}
				ctx := c.Request().Context()
				from := attribute.String("sender", sender)
				kind := attribute.String("kind", o.kind)
				account := attribute.String("account", o.account)
				m.webhooks.Add(ctx, 1, metric.WithAttributes(from, account, kind, attribute.String("result", o.result)))
				m.duration.Record(ctx, now().Sub(start).Seconds(), metric.WithAttributes(from))
				if !o.created.IsZero() {
					m.age.Record(ctx, max(0, start.Sub(o.created).Seconds()), metric.WithAttributes(from))
				}
			}()
			return next(c)
		}
	}
}
