package wechat

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const sendPath = "/cgi-bin/message/custom/send"

func TestTransportClasses(t *testing.T) {
	t.Parallel()
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		class   error
		status  int
	}{
		{name: "500", handler: status(500), class: ErrOutcomeUnknown, status: 500},
		{name: "502", handler: status(502), class: ErrOutcomeUnknown, status: 502},
		{name: "204", handler: status(204), class: ErrOutcomeUnknown, status: 204},
		{name: "302", handler: status(302), class: ErrNotSent, status: 302},
		{name: "403 of a proxy", handler: status(403), class: ErrNotSent, status: 403},
		{name: "412 without length", handler: status(412), class: ErrNotSent, status: 412},
		{name: "empty answer", handler: answer(""), class: ErrOutcomeUnknown},
		{name: "html", handler: answer("<html>busy</html>"), class: ErrOutcomeUnknown},
		{name: "array", handler: answer("[]"), class: ErrOutcomeUnknown},
		{name: "errcode is a word", handler: answer(`{"errcode":"no"}`), class: ErrOutcomeUnknown},
		{name: "hangs up", handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			class: ErrOutcomeUnknown},
		{name: "cut short", class: ErrOutcomeUnknown, handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"errcode":0`)
		}},
		{name: "too large", handler: answer(`{"errcode":0,"errmsg":"` + strings.Repeat("x", 2000) + `"}`),
			class: ErrOutcomeUnknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, mux := setup(t)
			c.maxResponse = 1000
			mux.HandleFunc(sendPath, test.handler)
			err := c.SendText(t.Context(), testOpenID, secretText)
			require.ErrorIs(t, err, test.class)
			for _, other := range []error{ErrNotSent, ErrOutcomeUnknown} {
				if other != test.class {
					require.NotErrorIs(t, err, other)
				}
			}
			var failure *TransportError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, "message/custom/send", failure.Op)
			require.Equal(t, test.status, failure.Status)
			requireClean(t, err)
		})
	}
}

func TestTransportContextEndsBefore(t *testing.T) {
	t.Parallel()
	c, _ := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := c.SendText(ctx, testOpenID, secretText)
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorIs(t, err, context.Canceled)
	requireClean(t, err)
}

func TestTransportContextEndsWhileWaiting(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	mux.HandleFunc(sendPath, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		cancel() // WeChat has the message, but the answer never comes
		<-r.Context().Done()
	})
	err := c.SendText(ctx, testOpenID, secretText)
	require.ErrorIs(t, err, ErrOutcomeUnknown)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ErrNotSent)
	requireClean(t, err)
}

func TestTransportDialFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("no route")
	c, _ := setup(t, func(o *Options) {
		o.HTTPClient = &http.Client{Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, broken },
		}}
	})
	err := c.SendText(t.Context(), testOpenID, secretText)
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorIs(t, err, broken)
	requireClean(t, err)
}

// TestTransportStaleConnection sends over a kept connection that the server has closed: net/http dials again, and if
// that fails nothing has been sent.
func TestTransportStaleConnection(t *testing.T) {
	t.Parallel()
	var dials int
	conns := make(chan net.Conn, 1)
	broken := errors.New("no route")
	c, mux := setup(t, func(o *Options) {
		o.HTTPClient = &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if dials++; dials > 1 {
					return nil, broken
				}
				conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
				if err == nil {
					conns <- conn
				}
				return conn, err
			},
		}}
	})
	mux.HandleFunc(sendPath, answer(`{"errcode":0}`))
	require.NoError(t, c.SendText(t.Context(), testOpenID, "first"))
	require.NoError(t, (<-conns).Close())
	require.ErrorIs(t, c.SendText(t.Context(), testOpenID, secretText), ErrNotSent)
}

// traceTransport plays net/http's trace of a request that eventually fails.
type traceTransport func(*httptrace.ClientTrace)

// RoundTrip reports, and fails.
func (f traceTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	f(httptrace.ContextClientTrace(r.Context()))
	return nil, io.ErrUnexpectedEOF
}

// net/http repeats a POST by itself only if nothing of it was written, a GET also in other cases.
func TestTransportRepeatedByNetHTTP(t *testing.T) {
	t.Parallel()
	const get, post = http.MethodGet, http.MethodPost
	write := func(trace *httptrace.ClientTrace) { trace.WroteHeaders() }
	dial := func(trace *httptrace.ClientTrace) {
		if trace.GetConn != nil {
			trace.GetConn("")
		}
	}
	for _, test := range []struct {
		name, method string
		steps        []func(*httptrace.ClientTrace)
		want         error
	}{
		{"never dialled", post, nil, ErrNotSent},
		{"dialled", post, []func(*httptrace.ClientTrace){dial}, ErrNotSent},
		{"written", post, []func(*httptrace.ClientTrace){dial, write}, ErrOutcomeUnknown},
		{"dialled again", post, []func(*httptrace.ClientTrace){dial, write, dial}, ErrNotSent},
		{"written again", post, []func(*httptrace.ClientTrace){dial, write, dial, write}, ErrOutcomeUnknown},
		{"get, dialled again", get, []func(*httptrace.ClientTrace){dial, write, dial}, ErrOutcomeUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := setup(t, func(o *Options) {
				o.HTTPClient = &http.Client{Transport: traceTransport(func(trace *httptrace.ClientTrace) {
					for _, step := range test.steps {
						step(trace)
					}
				})}
			})
			err := c.do(t.Context(), call{op: "test", method: test.method, path: "/cgi-bin/test"}, nil)
			require.ErrorIs(t, err, test.want)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		})
	}
}

func TestTransportFailureOfTokenIsNotTheCalls(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		err    error
		wantIs []error
	}{
		{
			name:   "unknown outcome",
			err:    &TransportError{Op: "stable_token", Status: 502, Err: context.DeadlineExceeded},
			wantIs: []error{ErrNotSent, context.DeadlineExceeded},
		},
		{name: "errcode", err: &Error{Op: "stable_token", Code: ErrIPNotAllowed},
			wantIs: []error{ErrNotSent, ErrIPNotAllowed}},
		{name: "own source", err: ErrTokenRefused, wantIs: []error{ErrNotSent, ErrTokenRefused}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := setup(t, func(o *Options) { o.Tokens = &fixedTokens{err: test.err} })
			err := c.SendText(t.Context(), testOpenID, secretText)
			for _, want := range test.wantIs {
				require.ErrorIs(t, err, want)
			}
			require.NotErrorIs(t, err, ErrOutcomeUnknown)
			require.ErrorContains(t, err, "message/custom/send")
			requireClean(t, err)
		})
	}
}

func TestDefaultHTTPClientHasTimeouts(t *testing.T) {
	t.Parallel()
	api, _, media := httpClients(nil)
	require.Equal(t, 30*time.Second, api.Transport.(*http.Transport).ResponseHeaderTimeout)
	require.Same(t, api.Transport, media.Transport)
	require.ErrorIs(t, api.CheckRedirect(nil, nil), http.ErrUseLastResponse)
}
