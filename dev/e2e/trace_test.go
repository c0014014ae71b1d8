package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
)

// spanStore keeps the spans that api and worker send. Both share one.
type spanStore struct {
	mu  sync.Mutex
	all []sdktrace.ReadOnlySpan
}

// ExportSpans implements sdktrace.SpanExporter.
func (s *spanStore) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, spans...)
	return nil
}

// Shutdown implements sdktrace.SpanExporter.
func (s *spanStore) Shutdown(context.Context) error { return nil }

func (s *spanStore) spans() []sdktrace.ReadOnlySpan {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sdktrace.ReadOnlySpan(nil), s.all...)
}

// roots returns the root of the tree of each span with a given name. A tree with a gap has none.
func roots(spans []sdktrace.ReadOnlySpan, name string) []string {
	byID := map[trace.SpanID]sdktrace.ReadOnlySpan{}
	for _, span := range spans {
		byID[span.SpanContext().SpanID()] = span
	}
	var found []string
	for _, span := range spans {
		if span.Name() != name {
			continue
		}
		at := span
		for at != nil && at.Parent().IsValid() {
			at = byID[at.Parent().SpanID()]
		}
		if at == nil {
			found = append(found, "a gap")
			continue
		}
		found = append(found, fmt.Sprintf("%s %s", at.Name(), at.SpanContext().TraceID()))
	}
	return found
}

// One tree connects each webhook with the calls that it causes, for the first message and for later ones.
func TestOneTraceFromWebhookToC4C(t *testing.T) {
	t.Parallel()
	store := &spanStore{}
	s := newStack(t, func(_ *scene, o *stack.Options) { o.App = append(o.App, app.WithSpans(store)) })
	ticket := s.withTicket("oAlice")
	s.say("oAlice", "and they smell")
	s.waitForThread("my brakes squeal", "and they smell")
	s.agentReplies(ticket.ID, "bring it in", nil)
	s.waitForRead("oAlice", "bring it in")

	const call, send = "c4c managesocialmediaactivityin", "wechat cgi-bin/message/custom/send"
	whole := func(name string, n int) func() bool {
		return func() bool {
			found := roots(store.spans(), name)
			trees := map[string]bool{}
			for _, root := range found {
				if root == "a gap" {
					return false
				}
				trees[root] = true
			}
			return len(trees) >= n
		}
	}
	s.waitFor("a tree for each message", whole(call, 2))
	s.waitFor("a tree for the reply", whole(send, 2))
	for _, name := range []string{call, send} {
		for _, root := range roots(store.spans(), name) {
			require.Regexp(t, `^POST /(wechat|c4c/wechat) [0-9a-f]{32}$`, root)
		}
	}
	for _, span := range store.spans() {
		text := fmt.Sprintf("%s %v %v %v", span.Name(), span.Attributes(), span.Events(), span.Status())
		for _, private := range []string{"oAlice", "brakes", "smell", "bring it in", "dev-appsecret", "dev-password",
			"dev-c4c-key", "access_token"} {
			require.NotContains(t, text, private)
		}
	}
}
