package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/workflow"
)

// WithSpans sends the traces to an exporter instead of the one configured by OTEL_*.
func WithSpans(exporter sdktrace.SpanExporter) Option {
	return func(s *surroundings) { s.spans = exporter }
}

// newTracing sends traces over HTTP to the address in OTEL_EXPORTER_OTLP_ENDPOINT or
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. Without either there are no traces, and the provider is nil. OpenTelemetry's
// other OTEL_* variables apply, too.
//
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
func newTracing(role string, s surroundings, logger *slog.Logger) (*sdktrace.TracerProvider, error) {
	exporter := s.spans
	if exporter == nil {
		wanted := s.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || s.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
		if !wanted || s.getenv("OTEL_TRACES_EXPORTER") == "none" || strings.EqualFold(s.getenv("OTEL_SDK_DISABLED"), "true") {
			return nil, nil
		}
		if err := s.checkProtocol(); err != nil {
			return nil, err
		}
		var err error
		if exporter, err = otlptracehttp.New(context.Background()); err != nil { // connects with the first spans
			return nil, fmt.Errorf("traces: %w", err)
		}
		otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { logger.Warn("traces are not sent", "error", err) }))
	}
	about, err := resource.New(context.Background(),
		resource.WithAttributes(attribute.String("service.name", "wechat-c4c"),
			attribute.String("service.version", version()), attribute.String("service.role", role)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about)), nil
}

// tracesProtocol is the exporter's protocol.
const tracesProtocol = "http/protobuf"

// checkProtocol rejects any other protocol: a collector's port for it would accept nothing, and nobody would know
// why.
func (s surroundings) checkProtocol() error {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		switch protocol := s.getenv(name); protocol {
		case "":
		case tracesProtocol:
			return nil
		default:
			return fmt.Errorf(
				"%s is %s, but traces are sent as %s: leave it out, and let OTEL_EXPORTER_OTLP_ENDPOINT name the collector's port for that, for example http://collector:4318",
				name, protocol, tracesProtocol)
		}
	}
	return nil
}

// tracer starts spans; without tracing they go nowhere.
func (t *telemetry) tracer() trace.Tracer {
	if t.traces == nil {
		return noop.NewTracerProvider().Tracer("")
	}
	return t.traces.Tracer("github.com/wechat-c4c/wechat-c4c")
}

// interceptors carry traces through Temporal.
func (t *telemetry) interceptors() ([]interceptor.ClientInterceptor, error) {
	if t.traces == nil {
		return nil, nil
	}
	byTemporal, err := opentelemetry.NewTracer(opentelemetry.TracerOptions{Tracer: t.tracer()})
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	tracer := &messageTracer{Tracer: byTemporal}
	return []interceptor.ClientInterceptor{interceptor.NewTracingInterceptor(tracer), &messageTraces{tracer: tracer}}, nil
}

// messageTraces puts each sync into the trace of the message that it is about. Otherwise the trace would be that of
// the follower's first message, which started the conversation that starts all syncs.
type messageTraces struct {
	interceptor.InterceptorBase
	tracer interceptor.Tracer
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (m *messageTraces) InterceptWorkflow(_ workflow.Context,
	next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	in := &messageTracesInbound{tracer: m.tracer}
	in.Next = next
	return in
}

type messageTracesInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	tracer interceptor.Tracer
}

// Init implements interceptor.WorkflowInboundInterceptor.
func (m *messageTracesInbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	out := &messageTracesOutbound{tracer: m.tracer}
	out.Next = next
	return m.Next.Init(out)
}

type messageTracesOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	tracer interceptor.Tracer
}

// ExecuteChildWorkflow makes the message's span the parent of the sync's.
func (m *messageTracesOutbound) ExecuteChildWorkflow(ctx workflow.Context, name string,
	args ...any) workflow.ChildWorkflowFuture {
	if len(args) == 1 {
		if about, ok := args[0].(interface{ TraceParent() string }); ok && about.TraceParent() != "" {
			parent, err := m.tracer.UnmarshalSpan(map[string]string{"traceparent": about.TraceParent()})
			if err == nil && parent != nil {
				ctx = workflow.WithValue(ctx, m.tracer.Options().SpanContextKey, remoteSpan{parent})
			}
		}
	}
	return m.Next.ExecuteChildWorkflow(ctx, name, args...)
}

// remoteSpan is a span of another process.
type remoteSpan struct{ interceptor.TracerSpanRef }

// Finish implements interceptor.TracerSpan; the span ends where it began.
func (remoteSpan) Finish(*interceptor.TracerFinishSpanOptions) {}

// messageTracer is Temporal's tracer, extended to recognise remote spans and to log ids under the names used in the
// rest of the log.
type messageTracer struct{ interceptor.Tracer }

// StartSpan implements interceptor.Tracer.
func (t *messageTracer) StartSpan(o *interceptor.TracerStartSpanOptions) (interceptor.TracerSpan, error) {
	if remote, ok := o.Parent.(remoteSpan); ok {
		o.Parent = remote.TracerSpanRef
	}
	return t.Tracer.StartSpan(o)
}

// GetLogger implements interceptor.Tracer.
func (t *messageTracer) GetLogger(logger log.Logger, ref interceptor.TracerSpanRef) log.Logger {
	span, ours := ref.(interceptor.TracerSpan)
	if _, remote := ref.(remoteSpan); !ours || remote {
		return logger
	}
	fields, err := t.MarshalSpan(span)
	parts := strings.Split(fields["traceparent"], "-")
	if err != nil || len(parts) != 4 {
		return logger
	}
	return log.With(logger, "trace_id", parts[1], "span_id", parts[2])
}

// traceHandler adds the ids of the context's span to log lines.
type traceHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h traceHandler) Handle(ctx context.Context, r slog.Record) error {
	if at := trace.SpanContextFromContext(ctx); at.IsValid() {
		r.AddAttrs(slog.String("trace_id", at.TraceID().String()), slog.String("span_id", at.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h traceHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return traceHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h traceHandler) WithGroup(name string) slog.Handler {
	return traceHandler{h.Handler.WithGroup(name)}
}
