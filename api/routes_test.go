package api_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// newRecorder calls the handler without a connection, so that a refusal before the body was read is not lost.
func newRecorder(f *fixture, path string, body []byte, announced bool) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	q := req.URL.Query()
	q.Set("secret", testQuery)
	req.URL.RawQuery = q.Encode()
	if !announced {
		req.ContentLength = -1
	}
	rec := httptest.NewRecorder()
	f.handler.ServeHTTP(rec, req)
	return rec
}

func TestUnknownRoutes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path string
		status             int
		body               string
	}{
		{"root", http.MethodGet, "/", http.StatusNotFound, "not found\n"},
		{"unknown", http.MethodGet, "/wp-login.php", http.StatusNotFound, "not found\n"},
		{"method", http.MethodPut, "/wechat", http.StatusMethodNotAllowed, "method not allowed\n"},
		{"reading the C4C webhook", http.MethodGet, "/c4c/wechat", http.StatusMethodNotAllowed, "method not allowed\n"},
		{"health is not public", http.MethodGet, "/readyz", http.StatusNotFound, "not found\n"},
		{"metrics are not public", http.MethodGet, "/metrics", http.StatusNotFound, "not found\n"},
		{"codec is not public", http.MethodPost, "/codec/decode", http.StatusNotFound, "not found\n"},
		{"without a body", http.MethodHead, "/nothing", http.StatusNotFound, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			req, err := http.NewRequestWithContext(t.Context(), tt.method, f.url+tt.path+"?openid="+testOpenID, nil)
			require.NoError(t, err)
			res, body := f.do(t, req)
			require.Equal(t, tt.status, res.StatusCode)
			require.Equal(t, tt.body, body)
			if tt.body != "" {
				require.Equal(t, "text/plain; charset=UTF-8", res.Header.Get("Content-Type"))
			}
			require.Empty(t, f.count(t))
		})
	}
}

func TestPanicsBecomeInternalErrors(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *api.Options) { o.Temporal = nilStarter{} })
	res, body := f.do(t, f.wechatRequest(t, wechatXML("text", "<Content>my brakes squeal</Content><MsgId>1</MsgId>")))
	require.Equal(t, http.StatusInternalServerError, res.StatusCode)
	require.Equal(t, "internal error\n", body)
	require.Contains(t, f.log.String(), `"msg":"panic"`)
	require.Equal(t, map[string]int64{"wechat/text/error": 1}, f.count(t))
}

// nilStarter panics when it is called.
type nilStarter struct{ handover.Temporal }

func TestAccessLog(t *testing.T) {
	t.Parallel()
	f := setup(t)
	req := f.wechatRequest(t, wechatXML("text", "<Content>hi</Content><MsgId>1</MsgId>"))
	req.Header.Set("X-Request-Id", "forged\nline")
	req.Header["X-Request-Id"] = []string{"brought-along"}
	res, _ := f.do(t, req)
	require.NotEqual(t, "brought-along", res.Header.Get("X-Request-Id"))
	line := f.log.String()
	require.Equal(t, 1, strings.Count(line, "\n"))
	for _, want := range []string{`"route":"/wechat"`, `"method":"POST"`, `"status":200`, `"request_id":"` +
		res.Header.Get("X-Request-Id") + `"`} {
		require.Contains(t, line, want)
	}
}

func TestRequiredOptions(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*api.Options){
		"account":  func(o *api.Options) { o.Account = "" },
		"secret":   func(o *api.Options) { o.FollowerKeySecret = nil },
		"codec":    func(o *api.Options) { o.WeChat = nil },
		"temporal": func(o *api.Options) { o.Temporal = nil },
	} {
		o := options(t, wechat.ModeSecure)
		change(&o)
		_, err := api.NewPublic(o)
		require.ErrorContains(t, err, "are required", name)
	}
	o := options(t, wechat.ModeSecure)
	o.Logger, o.Meter, o.Now = nil, nil, nil
	_, err := api.NewPublic(o)
	require.NoError(t, err)
}

// FuzzC4CBody sends anything as C4C's body. Each body is accepted, ignored or refused with a reason, once.
func FuzzC4CBody(f *testing.F) {
	f.Add([]byte(reply()))
	f.Add([]byte("content=" + url.QueryEscape(reply())))
	f.Add([]byte(`{"type":"WKF","data":[]}`))
	f.Add([]byte(`{"sma_id":1e400,"text":"\ud800"}`))
	f.Add([]byte("content=%7b%22sma_id%22"))
	f.Add([]byte("a;b&content={}"))
	temporal := &fakeTemporal{}
	o := options(f, wechat.ModeSecure)
	o.Temporal, o.Logger = temporal, slog.New(slog.DiscardHandler)
	handler, err := api.NewPublic(o)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body []byte) {
		temporal.signals, temporal.starts = nil, nil
		req := httptest.NewRequest(http.MethodPost, "/c4c/wechat?secret="+testQuery, bytes.NewReader(body))
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		answer, _ := io.ReadAll(rec.Body)
		switch rec.Code {
		case http.StatusOK:
			require.LessOrEqual(t, len(temporal.signals)+len(temporal.starts), 1)
			for _, call := range temporal.starts {
				require.LessOrEqual(t, len(call.options.ID), len("route/shop/")+100)
				require.NotContains(t, call.options.ID, "\n")
			}
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
			require.Empty(t, temporal.signals)
			require.Empty(t, temporal.starts)
			require.NotEmpty(t, answer)
		default:
			t.Fatalf("answered %d %s", rec.Code, answer)
		}
	})
}
