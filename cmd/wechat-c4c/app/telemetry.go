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

// latencies gives the histograms of Temporal's SDK, which count seconds, buckets of seconds: those of OpenTelemetry are
// meant for milliseconds and would hold nearly everything in the first one, up to 5.
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
