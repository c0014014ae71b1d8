package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

// spanStore keeps the spans that a process sends.
type spanStore struct {
	mu  sync.Mutex
	all []sdktrace.ReadOnlySpan
}

func (s *spanStore) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, spans...)
	return nil
}

func (s *spanStore) Shutdown(context.Context) error { return nil }

// Whatever is posted, valid or not: no text, openid, signature or secret is logged, and each line can be traced.
func TestLogsShowIDsAndNothingPrivate(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.retention = config.MinRetention
	log, spans := &syncBuffer{}, &spanStore{}
	cfg := testConfig(t)
	cfg.WeChat.Mode, cfg.LogFormat, cfg.LogLevel = "plain", "json", "debug"
	s := surroundingsOf(c.addr, log)
	s.spans = spans
	start(t, cfg, s)
	public := "http://" + cfg.PublicAddr
	query, push := plainPush(cfg)

	code, _ := request(t, http.MethodPost, public+"/wechat"+query, push)
	require.Equal(t, http.StatusOK, code)
	for _, bad := range []struct{ path, body string }{
		{"/wechat?timestamp=1&nonce=noncesecret&signature=signaturesecret", push},
		{"/wechat" + query, "<xml><FromUserName>oTestFollower</FromUserName><Content>my brakes squeal"},
		{"/c4c/wechat?secret=wrongsecretvalue", `{"type":"reply","text":"my brakes squeal"}`},
		{"/wechat/oTestFollower", push},
	} {
		code, _ = request(t, http.MethodPost, public+bad.path, bad.body)
		require.GreaterOrEqual(t, code, http.StatusBadRequest)
	}
	signal := c.signals[0]
	found := false
	for line := range strings.SplitSeq(strings.TrimSpace(log.String()), "\n") {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &fields), "every line is JSON: %s", line)
		if fields["workflow_id"] == signal.GetWorkflowId() {
			found = true
			require.Len(t, fields["trace_id"], 32)
			require.Equal(t, "/wechat", fields["route"])
		}
	}
	require.True(t, found, log.String())
	secrets := []string{"squeal", "oTestFollower", "signaturesecret", "noncesecret", "wrongsecretvalue", "signature="}
	for _, f := range config.Fields() {
		if f.Secret && f.Dev != "" {
			secrets = append(secrets, f.Dev)
		}
	}
	for _, private := range secrets {
		require.NotContains(t, log.String(), private)
	}

	ring, err := newRing(cfg)
	require.NoError(t, err)
	var in conversation.Inbound
	require.NoError(t, ring.DataConverter().FromPayloads(signal.GetSignalInput(), &in))
	require.Regexp(t, `^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`, in.Trace, "the workflow goes on with the trace of the webhook")
	require.Contains(t, signal.GetHeader().GetFields(), "_tracer-data")
}

func TestNothingIsTracedUnlessAsked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		env    map[string]string
		traced bool
	}{
		{"nothing set", nil, false},
		{"endpoint", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, true},
		{"endpoint of traces", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1/v1/traces"}, true},
		{"switched off", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
			false},
		{"no exporter", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
			"OTEL_TRACES_EXPORTER": "none"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := surroundingsOf("127.0.0.1:1", io.Discard)
			s.temporal.EnvLookup = envMap(test.env)
			p, err := newProcess(testConfig(t), "api", s)
			require.NoError(t, err)
			defer p.close()
			require.Equal(t, test.traced, p.telemetry.traces != nil)
			require.Equal(t, test.traced, len(p.options.Interceptors) == 2)
		})
	}
}

func TestLogLinesCarryTheTrace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(traceHandler{slog.NewJSONHandler(&out, nil)}).With("a", 1).WithGroup("g")
	log.Info("without")
	require.NotContains(t, out.String(), "trace_id")
	at := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	log.InfoContext(trace.ContextWithSpanContext(t.Context(), at), "with")
	require.Contains(t, out.String(), `"trace_id":"01000000000000000000000000000000","span_id":"0200000000000000"`)
}

func TestRolesAndVersionsAreChecked(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	dev := []string{config.Prefix + "ENVIRONMENT=development"}
	require.Equal(t, exitUsage, Main(t.Context(), []string{"worker", "--role", "everything"}, dev, &stdout, &stderr))
	require.Contains(t, stderr.String(), `--role cannot be "everything": it must be one of all, workflows, wechat, c4c`)

	s := surroundingsOf("127.0.0.1:1", io.Discard)
	s.temporal.EnvLookup = envMap{"TEMPORAL_DEPLOYMENT_NAME": "wechat-c4c"}
	require.ErrorContains(t, runWorker(t.Context(), testConfig(t), s), "TEMPORAL_WORKER_BUILD_ID is not")
	require.Equal(t, worker.RoleC4C, newSurroundings([]Option{WithRole(worker.RoleC4C)}).role)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			http.Error(w, "not ready: starting", http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	addr := strings.TrimPrefix(server.URL, "http://")
	port := addr[strings.LastIndexByte(addr, ':'):]
	for _, test := range []struct {
		name, addr string
		args       []string
		says       string // empty: healthy
	}{
		{"lives", addr, nil, ""},
		{"every interface", port, nil, ""},
		{"every interface, written out", "0.0.0.0" + port, nil, ""},
		{"not ready", addr, []string{"--ready"}, "503 Service Unavailable: not ready: starting"},
		{"nobody there", freeAddr(t), nil, "connection refused"},
		{"off", "off", nil, "the internal address is off"},
		{"nonsense", "here", nil, "missing port"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code := Main(t.Context(), append([]string{"health"}, test.args...),
				[]string{config.Prefix + "INTERNAL_ADDR=" + test.addr}, &stdout, &stderr)
			require.Equal(t, test.says != "", code == 1)
			require.Contains(t, stderr.String(), test.says)
		})
	}
	require.Equal(t, "127.0.0.1:8081", internalAddr(nil))
	require.Nil(t, healthClient.Transport.(*http.Transport).Proxy,
		"HTTP_PROXY is for the way out, not for an address of this machine")
}
