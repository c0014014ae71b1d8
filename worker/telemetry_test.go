package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

type labels string

func (l labels) String() string { return string(l) }

func labelsOf(attributes []attribute.KeyValue) labels {
	var parts []string
	for _, a := range attributes {
		parts = append(parts, fmt.Sprintf("%s=%s", a.Key, a.Value.String()))
	}
	sort.Strings(parts)
	return labels(strings.Join(parts, " "))
}

// observed makes an account's clients in front of a server, and returns what was measured and traced.
func observed(t *testing.T, handler http.HandlerFunc) (*activities.Account, *metric.ManualReader,
	*tracetest.SpanRecorder) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	cfg := config.Development()
	cfg.WeChat.APIURL, cfg.C4C.URL = server.URL+"/proxy", server.URL
	reader, spans := metric.NewManualReader(), tracetest.NewSpanRecorder()
	accounts, err := Accounts(cfg, RoleAll, nil, givenSlots(t, cfg), Telemetry{
		Meter:  metric.NewMeterProvider(metric.WithReader(reader)).Meter("test"),
		Tracer: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("test"),
	})
	require.NoError(t, err)
	return accounts[cfg.Account], reader, spans
}

// answer is a WeChat that issues a token and gives everything else the same answer.
func answer(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		if strings.HasSuffix(r.URL.Path, "stable_token") {
			_, _ = io.WriteString(w, `{"access_token":"the-access-token","expires_in":7200}`)
			return
		}
		_, _ = io.WriteString(w, body)
	}
}

func TestCallsToWeChatAreMeasured(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, contentType, body, result string }{
		{"ok", "application/json", `{"errcode":0,"errmsg":"ok"}`, "ok"},
		{"window closed", "application/json; encoding=utf-8", `{"errcode":45015,"errmsg":"response out of time limit"}`,
			"errcode_45015"},
		{"as text", "text/plain", " {\n \"errcode\" : -1, \"errmsg\":\"system error\"}", "errcode_-1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			account, reader, spans := observed(t, answer(test.contentType, test.body))
			err := account.WeChat.SendText(t.Context(), "oSecretFollower", "a secret text")
			require.Equal(t, test.result == "ok", err == nil)
			got := read(t, reader)
			require.InDelta(t, 1,
				got["wechat_c4c.call.duration{account=default operation=cgi-bin/stable_token result=ok system=wechat}"], 0)
			require.InDelta(t, 1, got["wechat_c4c.call.duration{account=default operation=cgi-bin/message/custom/send result="+
				test.result+" system=wechat}"], 0)
			require.InDelta(t, 0, got["wechat_c4c.calls.active{account=default system=wechat}"], 0)
			require.InDelta(t, 7200, got["wechat_c4c.token.remaining{account=default}"], 5)

			ended := spans.Ended()
			require.Len(t, ended, 2)
			require.Equal(t, "wechat cgi-bin/message/custom/send", ended[1].Name())
			for _, span := range ended {
				text := fmt.Sprintf("%s %v %v %v", span.Name(), span.Attributes(), span.Status(), span.Events())
				for _, secret := range []string{"the-access-token", "oSecretFollower", "a secret text", "dev-appsecret",
					"access_token"} {
					require.NotContains(t, text, secret)
				}
			}
		})
	}
}

func TestCallsToC4CAreMeasured(t *testing.T) {
	t.Parallel()
	var reader *metric.ManualReader
	during := make(chan map[string]float64, 1)
	var tenant string
	account, reader, _ := observed(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case during <- read(t, reader):
			tenant = r.Host
		default:
		}
		http.Error(w, "down", http.StatusServiceUnavailable)
	})
	require.Error(t, account.C4C.Ping(t.Context()))
	_, err := account.C4C.Ticket(t.Context(), "00163E0ABCDEF")
	require.Error(t, err)
	_, err = account.C4C.Social().FindActivity(t.Context(), "wx:default:oSecretFollower:1")
	require.Error(t, err)
	got := read(t, reader)
	for _, operation := range []string{"GET service", "GET ServiceRequestCollection", "querysocialmediaactivityin"} {
		require.InDelta(t, 1, got["wechat_c4c.call.duration{account=default operation="+operation+
			" result=http_503 system=c4c}"], 0, got)
	}
	active := "wechat_c4c.calls.active{account=default system=c4c tenant=" + tenant + "}"
	require.InDelta(t, 1, (<-during)[active], 0)
	require.Contains(t, got, active)
	require.InDelta(t, 0, got[active], 0)
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestCallsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"canceled": context.Canceled, "timeout": context.DeadlineExceeded, "connection": errors.New("refused"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reader := metric.NewManualReader()
			report := Telemetry{Meter: metric.NewMeterProvider(metric.WithReader(reader)).Meter("test")}
			c, newErr := report.newCalls("c4c", "default", "my1.example", c4cOperation, httpResult,
				roundTrip(func(*http.Request) (*http.Response, error) { return nil, err }))
			require.NoError(t, newErr)
			req := httptest.NewRequest(http.MethodPost,
				"https://tenant.example/sap/c4c/odata/v1/c4codataapi/ServiceRequestCollection('A')/ServiceRequestTextCollection",
				nil)
			_, got := c.RoundTrip(req)
			require.ErrorIs(t, got, err)
			values := read(t, reader)
			require.InDelta(t, 1,
				values["wechat_c4c.call.duration{account=default operation=POST ServiceRequestCollection/ServiceRequestTextCollection result="+name+" system=c4c}"], 0, values)
			require.Contains(t, values, "wechat_c4c.calls.active{account=default system=c4c tenant=my1.example}")
		})
	}
}

// The result is read from the beginning of a body. The body's reader gets all of it, whether it is short, long or cut
// off.
func TestMeasuringLeavesTheBody(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{}", `{"errcode":40001}`, strings.Repeat("x", 10_000)} {
		resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/plain"}},
			Body: io.NopCloser(strings.NewReader(body))}
		wechatResult(resp)
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, body, string(got))
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	name := wechatOperation("https://api.weixin.qq.com")
	for address, want := range map[string]string{
		"https://api.weixin.qq.com/cgi-bin/media/get?access_token=secret&media_id=m": "cgi-bin/media/get",
		"https://video.example.com/some/very/long/path?id=1":                         "media",
	} {
		require.Equal(t, want, name(httptest.NewRequest(http.MethodGet, address, nil)))
	}
}

func TestTokensAreWatched(t *testing.T) {
	t.Parallel()
	at := time.Now().Add(time.Hour)
	w := &watchedTokens{TokenSource: fixedTokens{wechat.Token{Value: "v", ExpiresAt: at}}}
	require.Zero(t, w.expires.Load())
	_, err := w.Token(t.Context())
	require.NoError(t, err)
	require.Equal(t, at.Unix(), w.expires.Load())
	_, err = w.Refused(t.Context(), wechat.Token{})
	require.Error(t, err)
	require.Equal(t, at.Unix(), w.expires.Load(), "a token that could not be had says nothing")
}

type fixedTokens struct{ token wechat.Token }

func (f fixedTokens) Token(context.Context) (wechat.Token, error) { return f.token, nil }
func (f fixedTokens) Refused(context.Context, wechat.Token) (wechat.Token, error) {
	return wechat.Token{}, errors.New("no other")
}
