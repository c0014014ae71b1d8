package api_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
)

// limited is a fixture with a movable clock that trusts proxies on loopback.
func limited(t *testing.T, limits api.Limits) (*fixture, *atomic.Int64) {
	t.Helper()
	var seconds atomic.Int64
	return setup(t, func(o *api.Options) {
		o.Limits, o.Proxies = limits, api.Proxies{Private: true}
		o.Now = func() time.Time { return testNow.Add(time.Duration(seconds.Load()) * time.Second) }
	}), &seconds
}

// from makes a request come from an address behind the proxy.
func from(req *http.Request, address string) *http.Request {
	req.Header.Set("X-Forwarded-For", address)
	return req
}

const textPush = "<Content>squeal</Content><MsgId>9001</MsgId>"

// forged is a push whose query is signed with another token.
func (f *fixture) forged(t *testing.T) *http.Request {
	t.Helper()
	req := f.wechatRequest(t, wechatXML("text", textPush))
	q := req.URL.Query()
	q.Set("signature", sign("anotherToken", q.Get("timestamp"), q.Get("nonce")))
	req.URL.RawQuery = q.Encode()
	return req
}

func TestStrangersAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	wrongPassword := func(f *fixture, t *testing.T) *http.Request {
		req := f.c4cRequest(t, reply())
		req.SetBasicAuth(testUser, "guess")
		return req
	}
	unknown := func(f *fixture, t *testing.T) *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/.env", nil)
		require.NoError(t, err)
		return req
	}
	callback := func(f *fixture, t *testing.T) *http.Request {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/wechat?echostr=1&signature=x", nil)
		require.NoError(t, err)
		return req
	}
	for _, tt := range []struct {
		name    string
		request func(*fixture, *testing.T) *http.Request
		status  int
	}{
		{"forged pushes", (*fixture).forged, http.StatusUnauthorized},
		{"forged verifications", callback, http.StatusUnauthorized},
		{"guessed passwords", wrongPassword, http.StatusUnauthorized},
		{"unknown routes", unknown, http.StatusNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, seconds := limited(t, api.Limits{RefusedPerMinute: 6})
			for range 6 {
				res, _ := f.do(t, from(tt.request(f, t), "203.0.113.7"))
				require.Equal(t, tt.status, res.StatusCode)
			}
			for range 3 {
				res, body := f.do(t, from(tt.request(f, t), "203.0.113.7"))
				require.Equal(t, http.StatusTooManyRequests, res.StatusCode)
				require.Equal(t, "60", res.Header.Get("Retry-After"))
				require.Equal(t, "too many requests\n", body)
			}
			res, _ := f.do(t, from(tt.request(f, t), "203.0.113.8"))
			require.Equal(t, tt.status, res.StatusCode, "another address has its own limit")

			for _, genuine := range []*http.Request{f.wechatRequest(t, wechatXML("text", textPush)), f.c4cRequest(t, reply())} {
				res, _ = f.do(t, from(genuine, "203.0.113.7"))
				require.Equal(t, http.StatusOK, res.StatusCode, "what is proven is never refused for its address")
			}
			require.Len(t, f.temporal.signals, 1)
			require.Len(t, f.temporal.starts, 1)

			seconds.Add(10)
			res, _ = f.do(t, from(tt.request(f, t), "203.0.113.7"))
			require.Equal(t, tt.status, res.StatusCode, "six a minute is one in ten seconds")
		})
	}
}

func TestLimitedRequestsAreNotReadAndNotLogged(t *testing.T) {
	t.Parallel()
	f, _ := limited(t, api.Limits{RefusedPerMinute: 1})
	f.do(t, from(f.forged(t), "203.0.113.7"))
	before := f.log.String()

	body := &countingReader{Reader: bytes.NewReader(make([]byte, 1<<20))}
	req := from(httptest.NewRequest(http.MethodPost, "/wechat?signature=x&timestamp=1&nonce=2", body), "203.0.113.7")
	req.RemoteAddr = "127.0.0.1:1"
	rec := httptest.NewRecorder()
	f.handler.ServeHTTP(rec, req)
	require.Equal(t, http.StatusTooManyRequests, rec.Code)
	require.Zero(t, body.n)
	require.NotContains(t, strings.TrimPrefix(f.log.String(), before), `"level":"INFO"`)
	require.EqualValues(t, 1, f.count(t)["wechat/unknown/limited"])
}

type countingReader struct {
	io.Reader
	n int
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n += n
	return n, err
}

// A query signed for one push proves nothing for another body: that body is examined and refused as before.
func TestBorrowedSignatures(t *testing.T) {
	t.Parallel()
	f, _ := limited(t, api.Limits{RefusedPerMinute: 1})
	for range 5 {
		req := from(f.wechatRequest(t, wechatXML("text", textPush)), "203.0.113.7")
		setBody(req, "<xml><Encrypt>AAAA</Encrypt></xml>")
		res, _ := f.do(t, req)
		require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	}
	require.Empty(t, f.temporal.signals)
}

func TestNoLimits(t *testing.T) {
	t.Parallel()
	f, _ := limited(t, api.Limits{})
	for range 100 {
		res, _ := f.do(t, f.forged(t))
		require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	}
}

func TestFloodOfAFollower(t *testing.T) {
	t.Parallel()
	f, seconds := limited(t, api.Limits{FollowerPerSecond: 0.2})
	push := func(openID, push string) int {
		res, _ := f.do(t, f.wechatRequest(t, strings.ReplaceAll(push, testOpenID, openID)))
		return res.StatusCode
	}
	text := wechatXML("text", textPush)
	for range 2 {
		require.Equal(t, http.StatusOK, push(testOpenID, text), "the burst")
	}
	for range 3 {
		require.Equal(t, http.StatusServiceUnavailable, push(testOpenID, text), "WeChat repeats it")
	}
	require.Len(t, f.temporal.signals, 2)
	require.EqualValues(t, 3, f.count(t)["wechat/text/flood"])
	require.Equal(t, http.StatusOK, push("oANOTHER", text), "others are not held back")
	for range 100 {
		require.Equal(t, http.StatusOK, push("oDRIVER", wechatXML("event", "<Event>LOCATION</Event><Latitude>1</Latitude>")),
			"positions cost nothing and are not counted")
	}
	require.Len(t, f.temporal.signals, 3)
	seconds.Add(5)
	require.Equal(t, http.StatusOK, push(testOpenID, text), "the repetition goes through")
}

func TestFloodIsHeldBackBeforeItIsPutOff(t *testing.T) {
	t.Parallel()
	// its clock does not move: the 101st and 102nd message wait 100 and 200 ms
	f, _ := limited(t, api.Limits{FollowerPerSecond: 10})
	begin := time.Now()
	for i := range 102 {
		res, _ := f.do(t, f.wechatRequest(t, wechatXML("text", textPush)))
		require.Equal(t, http.StatusOK, res.StatusCode, i)
	}
	require.GreaterOrEqual(t, time.Since(begin), 300*time.Millisecond)
	require.Len(t, f.temporal.signals, 102, "nothing is lost")
}

func TestAddressesOfCallers(t *testing.T) {
	t.Parallel()
	ranges := func(text string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(text)} }
	for _, tt := range []struct {
		name          string
		proxies       api.Proxies
		first, second string // X-Forwarded-For of two callers, through a proxy on loopback
		same          bool
	}{
		{"behind a proxy", api.Proxies{Private: true}, "203.0.113.7", "203.0.113.8", false},
		{"what a caller adds in front counts for nothing", api.Proxies{Private: true}, "1.1.1.1, 203.0.113.7",
			"2.2.2.2, 203.0.113.7", true},
		{"behind two proxies", api.Proxies{Private: true}, "203.0.113.7, 10.0.0.9", "203.0.113.8, 10.0.0.9", false},
		{"nobody is believed", api.Proxies{}, "203.0.113.7", "203.0.113.8", true},
		{"listed proxies", api.Proxies{Ranges: ranges("127.0.0.0/8")}, "203.0.113.7", "203.0.113.8", false},
		{"others than the listed", api.Proxies{Ranges: ranges("192.0.2.0/24")}, "203.0.113.7", "203.0.113.8", true},
		{"a range beside the private ones", api.Proxies{Private: true, Ranges: ranges("198.51.100.0/24")},
			"203.0.113.7, 198.51.100.1", "203.0.113.8, 198.51.100.1", false},
		{"one IPv6 subscriber", api.Proxies{Private: true}, "2001:db8::1", "2001:db8::ffff", true},
		{"two IPv6 subscribers", api.Proxies{Private: true}, "2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"mapped IPv4", api.Proxies{Private: true}, "::ffff:203.0.113.7", "203.0.113.7", true},
		{"no address at all", api.Proxies{Private: true}, "unknown", "garbage", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, func(o *api.Options) { o.Limits, o.Proxies = api.Limits{RefusedPerMinute: 1}, tt.proxies })
			res, _ := f.do(t, from(f.forged(t), tt.first))
			require.Equal(t, http.StatusUnauthorized, res.StatusCode)
			res, _ = f.do(t, from(f.forged(t), tt.second))
			require.Equal(t, tt.same, res.StatusCode == http.StatusTooManyRequests)
		})
	}
}

func TestSignedOf(t *testing.T) {
	t.Parallel()
	codec := options(t, "secure").WeChat
	q := url.Values{"timestamp": {"1"}, "nonce": {"n1"}, "signature": {sign(testToken, "1", "n1")}}
	require.True(t, codec.Signed(q))
	for _, name := range []string{"timestamp", "nonce", "signature"} {
		other := maps.Clone(q)
		other.Set(name, "x")
		require.False(t, codec.Signed(other), name)
		other.Del(name)
		require.False(t, codec.Signed(other), name)
	}
	require.False(t, codec.Signed(nil))
}

// limits reads the counter of refused requests, by limit.
func (f *fixture) limits(t *testing.T) map[string]int64 {
	t.Helper()
	return f.counter(t, "wechat_c4c.limited", "limit")
}

// Every unproven request counts, whether or not it is answered with success.
func TestRequestsWithoutASenderAreLimited(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/nosuch", http.StatusNotFound},
		{http.MethodPut, "/wechat", http.StatusMethodNotAllowed},
		{http.MethodOptions, "/wechat", http.StatusNoContent},
		{http.MethodGet, "/c4c/wechat", http.StatusMethodNotAllowed},
		{http.MethodGet, "/c4c/events", http.StatusOK},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			f, _ := limited(t, api.Limits{RefusedPerMinute: 5})
			codes := map[int]int{}
			for range 20 {
				req, err := http.NewRequestWithContext(t.Context(), tt.method, f.url+tt.path, nil)
				require.NoError(t, err)
				res, _ := f.do(t, from(req, "203.0.113.7"))
				codes[res.StatusCode]++
			}
			require.Equal(t, map[int]int{tt.status: 5, http.StatusTooManyRequests: 15}, codes)
			require.EqualValues(t, 15, f.limits(t)["strangers"])
		})
	}
}

// Bodies read at once are limited, for one caller and for all; a refused caller may try again.
func TestBodiesAtOnce(t *testing.T) {
	t.Parallel()
	f, _ := limited(t, api.Limits{})
	secret := "?secret=" + testQuery
	hold := func(address string) (release func()) {
		reader, writer := io.Pipe()
		reading := make(chan struct{})
		req := httptest.NewRequest(http.MethodPost, "/c4c/wechat"+secret, &startedReader{Reader: reader, started: reading})
		req.ContentLength, req.RemoteAddr = 1<<20, "127.0.0.1:1"
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.handler.ServeHTTP(httptest.NewRecorder(), from(req, address))
		}()
		<-reading
		return func() {
			_ = writer.Close()
			<-done
		}
	}
	status := func(address string) *http.Response {
		req := f.c4cRequest(t, reply())
		res, _ := f.do(t, from(req, address))
		return res
	}
	var releases []func()
	for range 4 {
		releases = append(releases, hold("203.0.113.7"))
	}
	res := status("203.0.113.7")
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode, "one caller reads no more than 4 MiB at a time")
	require.Equal(t, "1", res.Header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, status("203.0.113.8").StatusCode, "others do")
	for i := range 3 {
		for range 4 {
			releases = append(releases, hold(fmt.Sprintf("203.0.113.1%d", i)))
		}
	}
	require.Equal(t, http.StatusServiceUnavailable, status("203.0.113.8").StatusCode, "all together no more than 16 MiB")
	require.EqualValues(t, 2, f.limits(t)["bodies"])
	for _, release := range releases {
		release()
	}
	require.Equal(t, http.StatusOK, status("203.0.113.7").StatusCode)
}

// startedReader reports when it is first read.
type startedReader struct {
	io.Reader
	once    sync.Once
	started chan<- struct{}
}

func (r *startedReader) Read(p []byte) (int, error) {
	r.once.Do(func() { close(r.started) })
	return r.Reader.Read(p)
}

// TestProxiesThatNameNobody: behind a balancer that adds no header, the header that callers write would count.
func TestProxiesThatNameNobody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, connection, forwarded string
		proxies                     api.Proxies
		warned                      bool
	}{
		{"names the caller", "10.0.0.9:1", "203.0.113.7", api.Proxies{Private: true}, false},
		{"names nobody", "10.0.0.9:1", "", api.Proxies{Private: true}, true},
		{"a listed one names nobody", "198.51.100.1:1", "",
			api.Proxies{Ranges: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}}, true},
		{"nobody is believed", "10.0.0.9:1", "", api.Proxies{}, false},
		{"without a proxy", "203.0.113.7:1", "", api.Proxies{Private: true}, false},
		{"on this machine", "127.0.0.1:1", "", api.Proxies{Private: true}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, func(o *api.Options) { o.Proxies = tt.proxies })
			for range 3 {
				req := f.wechatRequest(t, wechatXML("text", textPush))
				req.RemoteAddr = tt.connection
				req.Header.Set("X-Forwarded-For", tt.forwarded)
				rec := httptest.NewRecorder()
				f.handler.ServeHTTP(rec, req)
				require.Equal(t, http.StatusOK, rec.Code)
			}
			want := 0
			if tt.warned {
				want = 1
			}
			require.Equal(t, want, strings.Count(f.log.String(), "names no caller"))
		})
	}
}
