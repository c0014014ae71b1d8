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

// traced begins a trace with each request. What a caller says of a trace of its own is not taken over, and neither
// address nor query show: they hold signatures and openids.
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

// traceParent is the span of the context for whoever goes on elsewhere; empty where nobody traces.
func traceParent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier.Get("traceparent")
}
