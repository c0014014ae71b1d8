package spool

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// instruments count the events kept and handed over, and show how many wait.
type instruments struct {
	kept, handed, refused, failures metric.Int64Counter
	waited                          metric.Float64Histogram
	registration                    metric.Registration
}

func newInstruments(meter metric.Meter, s *Spool) (*instruments, error) {
	var (
		m    instruments
		errs []error
	)
	counter := func(name, description string) metric.Int64Counter {
		c, err := meter.Int64Counter("wechat_c4c.spool."+name, metric.WithDescription(description))
		errs = append(errs, err)
		return c
	}
	gauge := func(name, unit, description string) metric.Float64ObservableGauge {
		g, err := meter.Float64ObservableGauge("wechat_c4c.spool."+name,
			metric.WithUnit(unit), metric.WithDescription(description))
		errs = append(errs, err)
		return g
	}
	m.kept = counter("kept", "Events that Temporal did not take at once and the spool keeps, by account and kind.")
	m.handed = counter("handed", "Events of the spool that Temporal took, by account and kind.")
	m.refused = counter("refused", "Events that Temporal refused for good and that were set aside, by account and kind.")
	m.failures = counter("failures", "Events that the spool did not take, by reason: full or disk.")
	waiting := gauge("waiting", "", "Events in the spool that wait for Temporal.")
	aside := gauge("aside", "", "Events in the spool that Temporal refused for good.")
	bytes := gauge("size", "By", "Size of what the spool keeps.")
	age := gauge("age", "s", "How long the oldest event has waited in the spool.")
	room := gauge("room", "", "1 while the spool takes further events, otherwise 0.")
	var err error
	m.waited, err = meter.Float64Histogram("wechat_c4c.spool.wait", metric.WithUnit("s"),
		metric.WithDescription("How long an event waited in the spool."),
		metric.WithExplicitBucketBoundaries(.1, .5, 1, 5, 15, 60, 300, 3600, 86400))
	errs = append(errs, err)
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("spool: metrics: %w", err)
	}
	m.registration, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		status := s.Status()
		o.ObserveFloat64(waiting, float64(status.Waiting))
		o.ObserveFloat64(aside, float64(status.Refused))
		o.ObserveFloat64(bytes, float64(status.Bytes))
		waits, takes := 0.0, 1.0
		if !status.Oldest.IsZero() {
			waits = max(0, s.o.Now().Sub(status.Oldest).Seconds())
		}
		if status.Full != "" {
			takes = 0
		}
		o.ObserveFloat64(age, waits)
		o.ObserveFloat64(room, takes)
		return nil
	}, waiting, aside, bytes, age, room)
	if err != nil {
		return nil, fmt.Errorf("spool: metrics: %w", err)
	}
	return &m, nil
}

func (m *instruments) close() { _ = m.registration.Unregister() }

func about(i *item) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("account", i.event.Account), attribute.String("kind", i.event.Kind))
}

func (m *instruments) keeps(i *item) { m.kept.Add(context.Background(), 1, about(i)) }

func (m *instruments) hands(i *item, waited time.Duration) {
	m.handed.Add(context.Background(), 1, about(i))
	m.waited.Record(context.Background(), waited.Seconds())
}

func (m *instruments) refuses(i *item) { m.refused.Add(context.Background(), 1, about(i)) }

func (m *instruments) fails(reason string) {
	m.failures.Add(context.Background(), 1, metric.WithAttributes(attribute.String("reason", reason)))
}
