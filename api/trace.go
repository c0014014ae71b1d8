package api

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traced begins a trace for each request. It ignores a caller's own trace, and records neither address nor query,
// which contain signatures and openids.
func traced(tracer trace.Tracer) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			req := c.Request()
			ctx, span := tracer.Start(req.Context(), req.Method+" "+c.Path(), trace.WithNewRoot(),
				trace.WithSpanKind(trace.SpanKindServer))
			defer span.End()
			c.SetRequest(req.WithContext(ctx))
			err := next(c)
			status := c.Response().Status
			if err != nil {
				status = failureOf(err).status
			}
			span.SetAttributes(attribute.String("http.request.method", req.Method), attribute.String("http.route", c.Path()),
				attribute.Int("http.response.status_code", status))
			if o := observed(c); o.result != "" {
				span.SetAttributes(attribute.String("kind", o.kind), attribute.String("result", o.result))
			}
			if status >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, "")
			}
			return err
		}
	}
}

// traceParent is the context's span, for processes that continue the trace; empty without tracing.
func traceParent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier.Get("traceparent")
}
