package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
)

// Telemetry configures where calls to WeChat and C4C are reported. A nil field disables its kind of report.
type Telemetry struct {
	Meter  metric.Meter
	Tracer trace.Tracer
}

func (t Telemetry) meter() metric.Meter {
	if t.Meter == nil {
		return noopmetric.NewMeterProvider().Meter("")
	}
	return t.Meter
}

func (t Telemetry) tracer() trace.Tracer {
	if t.Tracer == nil {
		return nooptrace.NewTracerProvider().Tracer("")
	}
	return t.Tracer
}

// calls measures the calls to one system. It never records addresses: they contain tokens and openids.
type calls struct {
	next      http.RoundTripper
	system    string
	account   string
	operation func(*http.Request) string
	result    func(*http.Response) string
	tracer    trace.Tracer
	duration  metric.Float64Histogram
	active    metric.Int64UpDownCounter
	labels    metric.MeasurementOption // of active
}

// newCalls measures an account's calls to a system; tenant is C4C's, whose accounts share what it allows.
func (t Telemetry) newCalls(system, account, tenant string, operation func(*http.Request) string,
	result func(*http.Response) string, next http.RoundTripper) (*calls, error) {
	c := &calls{next: next, system: system, account: account, operation: operation, result: result, tracer: t.tracer()}
	labels := []attribute.KeyValue{attribute.String("system", system), attribute.String("account", account)}
	if tenant != "" {
		labels = append(labels, attribute.String("tenant", tenant))
	}
	c.labels = metric.WithAttributes(labels...)
	var err error
	if c.duration, err = t.meter().Float64Histogram("wechat_c4c.call.duration", metric.WithUnit("s"),
		metric.WithDescription("Time until WeChat or C4C answers a call, by operation and result."),
		metric.WithExplicitBucketBoundaries(.025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30)); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	if c.active, err = t.meter().Int64UpDownCounter("wechat_c4c.calls.active",
		metric.WithDescription("Calls under way.")); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return c, nil
}

// WeChat returns a transport that reports an account's calls to the API at this base address.
func (t Telemetry) WeChat(account, apiURL string) (http.RoundTripper, error) {
	return t.newCalls("wechat", account, "", wechatOperation(apiURL), wechatResult, connections(wechatParallel))
}

// RoundTrip makes the call. The call counts as running until its answer is closed; its duration is measured until the
// answer begins.
func (c *calls) RoundTrip(req *http.Request) (*http.Response, error) {
	system, account, operation := attribute.String("system", c.system), attribute.String("account", c.account),
		c.operation(req)
	ctx, span := c.tracer.Start(req.Context(), c.system+" "+operation, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(system, account, attribute.String("operation", operation)))
	defer span.End()
	c.active.Add(ctx, 1, c.labels)
	ended := func() { c.active.Add(ctx, -1, c.labels) }

	began := time.Now()
	resp, err := c.next.RoundTrip(req.WithContext(ctx))
	var result string
	if err != nil {
		result = failed(err)
		ended()
	} else {
		result = c.result(resp)
		span.SetAttributes(attribute.Int("http.response.status_code", resp.StatusCode))
		resp.Body = &watchedBody{ReadCloser: resp.Body, ended: ended}
	}
	c.duration.Record(ctx, time.Since(began).Seconds(), metric.WithAttributes(
		system, account, attribute.String("operation", operation), attribute.String("result", result)))
	span.SetAttributes(attribute.String("result", result))
	if result != resultOK {
		span.SetStatus(codes.Error, result)
	}
	return resp, err
}

// resultOK is the result of a call that the other side carried out, as far as the transport can see.
const resultOK = "ok"

// failed classifies a call without an answer.
func failed(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "connection"
}

// httpResult is "ok" or the status.
func httpResult(resp *http.Response) string {
	if resp.StatusCode < http.StatusBadRequest {
		return resultOK
	}
	return fmt.Sprintf("http_%d", resp.StatusCode)
}

// errcodeIn finds WeChat's errcode at the beginning of an answer of status 200.
var errcodeIn = regexp.MustCompile(`^\s*\{\s*"errcode"\s*:\s*(-?\d{1,9})\b`)

// wechatResult is "ok", the status, or the errcode. It peeks at the body's beginning; the body can still be read in
// full.
func wechatResult(resp *http.Response) string {
	kind := resp.Header.Get("Content-Type")
	if resp.StatusCode != http.StatusOK || !strings.Contains(kind, "json") && !strings.Contains(kind, "text/plain") {
		return httpResult(resp)
	}
	peeked := bufio.NewReaderSize(resp.Body, 128)
	begin, _ := peeked.Peek(64) // the body returns the same error again when it is read
	resp.Body = struct {
		io.Reader
		io.Closer
	}{peeked, resp.Body}
	if code := errcodeIn.FindSubmatch(begin); code != nil && string(code[1]) != "0" {
		return "errcode_" + string(code[1])
	}
	return resultOK
}

// wechatOperation is the path below the API's base address. Other addresses serve media.
func wechatOperation(base string) func(*http.Request) string {
	at, err := url.Parse(base)
	if err != nil {
		at = &url.URL{}
	}
	return func(req *http.Request) string {
		path, below := strings.CutPrefix(req.URL.Path, strings.TrimSuffix(at.Path, "/"))
		if req.URL.Host != at.Host || !below {
			return "media"
		}
		return strings.Trim(path, "/")
	}
}

// keyIn is the key of an OData entity.
var keyIn = regexp.MustCompile(`\([^)]*\)`)

// c4cOperation is the SOAP service, or the method and the OData entity without its key.
func c4cOperation(req *http.Request) string {
	if _, service, ok := strings.Cut(req.URL.Path, "/sap/bc/srt/scs/sap/"); ok {
		return service
	}
	_, entity, _ := strings.Cut(req.URL.Path, "/c4codataapi")
	entity = keyIn.ReplaceAllString(strings.Trim(entity, "/"), "")
	if entity == "" {
		entity = "service"
	}
	return req.Method + " " + entity
}

// watchedBody reports when an answer has been read.
type watchedBody struct {
	io.ReadCloser
	ended func()
}

func (b *watchedBody) Close() error {
	if b.ended != nil {
		b.ended()
		b.ended = nil
	}
	return b.ReadCloser.Close()
}
