package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// serve makes the handler answer a request whose body records how much of it was read.
func (f *fixture) serve(method, path string, body *countingReader) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, body)
	req.RemoteAddr = "127.0.0.1:1"
	rec := httptest.NewRecorder()
	f.handler.ServeHTTP(rec, req)
	return rec
}

func TestUnprovenPushesAreNotRead(t *testing.T) {
	t.Parallel()
	attributes := "<xml" + strings.Repeat(" b=''", 200_000) + "></xml>"
	for name, query := range map[string]url.Values{
		"nothing":                  {},
		"only msg_signature":       {"msg_signature": {"x"}, "timestamp": {"1"}, "nonce": {"1"}},
		"wrong signature":          {"signature": {"x"}, "timestamp": {fmt.Sprint(testCreated)}, "nonce": {"1"}},
		"signature of long ago":    signedQuery(testCreated - 3600),
		"signature without a time": {"signature": {sign(testToken, "", "1")}, "nonce": {"1"}},
		"time that is none":        {"signature": {sign(testToken, "now", "1")}, "timestamp": {"now"}, "nonce": {"1"}},
	} {
		for what, content := range map[string]string{"attributes": attributes, "nothing": "", "json": "{",
			"document type": "<!DOCTYPE xml>"} {
			t.Run(name+" "+what, func(t *testing.T) {
				t.Parallel()
				f := setup(t)
				body := &countingReader{Reader: strings.NewReader(content)}
				rec := f.serve(http.MethodPost, "/wechat?"+query.Encode(), body)
				require.Equal(t, http.StatusUnauthorized, rec.Code)
				require.Empty(t, rec.Body.String())
				require.Zero(t, body.n)
				require.Empty(t, f.temporal.signals)
			})
		}
	}
}

// TestUnsignedRequestsAtOnce: running requests count before they are examined.
func TestUnsignedRequestsAtOnce(t *testing.T) {
	t.Parallel()
	f, _ := limited(t, api.Limits{RefusedPerMinute: 60})
	var refused, turnedAway atomic.Int64
	var group sync.WaitGroup
	for range 150 {
		group.Go(func() {
			req := httptest.NewRequest(http.MethodPost, "/wechat?msg_signature=x&timestamp=1&nonce=1",
				strings.NewReader("<xml>"))
			req.RemoteAddr = "127.0.0.1:1"
			req.Header.Set("X-Forwarded-For", "203.0.113.7")
			rec := httptest.NewRecorder()
			f.handler.ServeHTTP(rec, req)
			switch rec.Code {
			case http.StatusUnauthorized:
				refused.Add(1)
			case http.StatusTooManyRequests:
				turnedAway.Add(1)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 60, refused.Load())
	require.EqualValues(t, 90, turnedAway.Load())
	require.EqualValues(t, 90, f.limits(t)["strangers"])
}

// TestEverythingWrongBehindTheSignatureLooksAlike: someone who knows only the token learns nothing about the key.
func TestEverythingWrongBehindTheSignatureLooksAlike(t *testing.T) {
	t.Parallel()
	f := setup(t)
	sealed, err := base64.StdEncoding.DecodeString(encrypt(t, wechatXML("text", textPush), testAppID))
	require.NoError(t, err)
	answers, reasons := map[string]int{}, 0
	for b := range 256 {
		altered := bytes.Clone(sealed)
		altered[len(altered)-17] = byte(b) // changes the last byte of the padding
		if bytes.Equal(altered, sealed) {
			continue
		}
		req := f.wechatRequest(t, wechatXML("text", textPush))
		body := base64.StdEncoding.EncodeToString(altered)
		q := req.URL.Query()
		q.Set("msg_signature", sign(testToken, q.Get("timestamp"), q.Get("nonce"), body))
		req.URL.RawQuery = q.Encode()
		setBody(req, "<xml><Encrypt>"+body+"</Encrypt></xml>")
		res, answer := f.do(t, req)
		answers[fmt.Sprintf("%d %q %s", res.StatusCode, answer, res.Header.Get("Content-Length"))]++
	}
	for range f.count(t) {
		reasons++
	}
	require.Equal(t, map[string]int{`401 "" 0`: 255}, answers)
	require.Greater(t, reasons, 1, "the metrics tell what was wrong")
}

func TestOldPushesStartNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		signed  time.Duration // before now
		created time.Duration
		status  int
	}{
		{"as WeChat repeats it", 15 * time.Second, 15 * time.Second, http.StatusOK},
		{"clocks that differ", 59 * time.Minute, 59 * time.Minute, http.StatusOK},
		{"clocks that differ the other way", -5 * time.Minute, -48 * time.Hour, http.StatusOK},
		{"signed for later", -5*time.Minute - time.Second, 0, http.StatusUnauthorized},
		{"signed for years from now", -10 * 365 * 24 * time.Hour, 0, http.StatusUnauthorized},
		{"as old as no mark of an erasure", 0, workflows.ErasureLife, http.StatusUnauthorized},
		{"told late", time.Second, 23 * time.Hour, http.StatusOK},
		{"replayed", time.Hour + time.Second, time.Hour, http.StatusUnauthorized},
		{"signed anew, by somebody who knows the token", 0, 24*time.Hour + time.Second, http.StatusUnauthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			push := strings.Replace(wechatXML("event", "<Event>unsubscribe</Event>"), fmt.Sprint(testCreated),
				fmt.Sprint(testNow.Add(-tt.created).Unix()), 1)
			req := f.wechatRequest(t, push)
			q := signedQuery(testNow.Add(-tt.signed).Unix())
			sealed := encrypt(t, push, testAppID)
			q.Set("msg_signature", sign(testToken, q.Get("timestamp"), q.Get("nonce"), sealed))
			req.URL.RawQuery = q.Encode()
			setBody(req, "<xml><Encrypt>"+sealed+"</Encrypt></xml>")
			res, _ := f.do(t, req)
			require.Equal(t, tt.status, res.StatusCode)
			if tt.status == http.StatusOK {
				require.Len(t, f.temporal.signals, 1)
				return
			}
			require.Empty(t, f.temporal.signals)
			require.Contains(t, f.log.String(), "clock")
			require.EqualValues(t, 1, refusals(f.count(t))["wechat/unknown/stale"])
		})
	}
}

// plainRequest is a push without encryption.
func (f *fixture) plainRequest(t *testing.T, query url.Values, push string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/wechat?"+query.Encode(),
		strings.NewReader(push))
	require.NoError(t, err)
	return req
}

// TestSignaturesOfPlainPushes: in modes in which no signature covers the body, a signature that was seen is not valid
// for another body.
func TestSignaturesOfPlainPushes(t *testing.T) {
	t.Parallel()
	genuine := wechatXML("text", textPush)
	forged := strings.ReplaceAll(genuine, testOpenID, "oVictim")
	for _, mode := range []wechat.Mode{wechat.ModePlain, wechat.ModeCompatible} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			var seconds atomic.Int64
			f := setup(t, func(o *api.Options) {
				o.WeChat = options(t, mode).WeChat
				o.Now = func() time.Time { return testNow.Add(time.Duration(seconds.Load()) * time.Second) }
			})
			status := func(query url.Values, push string) int {
				res, _ := f.do(t, f.plainRequest(t, query, push))
				return res.StatusCode
			}
			query := signedQuery(testCreated)
			require.Equal(t, http.StatusOK, status(query, genuine))
			require.Equal(t, http.StatusOK, status(query, genuine), "as WeChat repeats it")
			require.Equal(t, http.StatusUnauthorized, status(query, forged))
			require.Equal(t, http.StatusUnauthorized, status(signedQuery(testCreated-601), forged),
				"an older one that nobody saw here")
			seconds.Add(3600)
			require.Equal(t, http.StatusUnauthorized, status(query, genuine))
			require.Len(t, f.temporal.signals, 2)
		})
	}
}

func TestCompatibleModeEndsWithTheFirstEncryptedPush(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *api.Options) { o.WeChat = options(t, wechat.ModeCompatible).WeChat })
	text := wechatXML("text", textPush)
	other := signedQuery(testCreated + 1)
	res, _ := f.do(t, f.plainRequest(t, signedQuery(testCreated), text))
	require.Equal(t, http.StatusOK, res.StatusCode, "the console is not switched yet")
	for range 2 {
		res, _ = f.do(t, f.wechatRequest(t, text))
		require.Equal(t, http.StatusOK, res.StatusCode)
	}
	for _, query := range []url.Values{signedQuery(testCreated), other} {
		res, body := f.do(t, f.plainRequest(t, query, text))
		require.Equal(t, http.StatusUnauthorized, res.StatusCode)
		require.Empty(t, body)
	}
	require.Len(t, f.temporal.signals, 3)
	require.Equal(t, 1, strings.Count(f.log.String(), "set the mode to secure"))
}
