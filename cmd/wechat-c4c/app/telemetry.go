package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
)

// telemetry collects the metrics of one process. Each has its own registry, so that several run in one program.
type telemetry struct {
	provider *metric.MeterProvider
	traces   *trace.TracerProvider // nil: nobody traces
	handler  http.Handler
}

func newTelemetry() (*telemetry, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return &telemetry{
		provider: metric.NewMeterProvider(metric.WithReader(reader)),
		handler:  promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}, nil
}

// flushTimeout bounds how long a process that stops waits for a collector of traces.
const flushTimeout = 3 * time.Second

// close sends the last traces. What cannot be sent is lost: it only describes work that is done.
func (t *telemetry) close() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if t.traces != nil {
		_ = t.traces.Shutdown(ctx)
	}
	_ = t.provider.Shutdown(ctx)
}
