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

// telemetry collects the metrics of one process. Each process has its own registry, so that several can run in one
// program.
type telemetry struct {
	provider *metric.MeterProvider
	traces   *trace.TracerProvider // nil: no tracing
	handler  http.Handler
}

// latencies gives the histograms of Temporal's SDK, which count seconds, buckets in seconds. OpenTelemetry's default
// buckets are meant for milliseconds; nearly all values would fall into the first one, up to 5.
var latencies = metric.NewView(
	metric.Instrument{Name: "temporal_*", Kind: metric.InstrumentKindHistogram},
	metric.Stream{Aggregation: metric.AggregationExplicitBucketHistogram{
		Boundaries: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86400},
	}})

func newTelemetry() (*telemetry, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(),
		exporter.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return &telemetry{
		provider: metric.NewMeterProvider(metric.WithReader(reader), metric.WithView(latencies)),
		handler:  promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}, nil
}

// flushTimeout limits how long a stopping process waits for a collector of traces.
const flushTimeout = 3 * time.Second

// close sends the last traces. Traces that cannot be sent are lost; they only describe finished work.
func (t *telemetry) close() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if t.traces != nil {
		_ = t.traces.Shutdown(ctx)
	}
	_ = t.provider.Shutdown(ctx)
}
