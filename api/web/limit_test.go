package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// behindProxy makes requests come from the address in a header.
func behindProxy(f *fixture) {
	f.echo.IPExtractor = func(req *http.Request) string { return req.Header.Get("X-Caller") }
}

// at is a browser at an address.
func (f *fixture) at(address string) *browser {
	b := f.browser()
	b.header.Set("X-Caller", address)
	return b
}

func TestOneIPv6SubscriberIsOneCaller(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/web/login", "/web/tickets", "/web/nosuch", "/web/privacy", "/web"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			behindProxy(f)
			refused := 0
			for i := range 100 {
				res := f.at(fmt.Sprintf("2001:db8::%x", i+1)).get(path)
				if res.StatusCode == http.StatusTooManyRequests {
					refused++
					require.NotEmpty(t, res.Header.Get("Retry-After"))
				}
			}
			require.Equal(t, 40, refused)
			require.NotEqual(t, http.StatusTooManyRequests, f.at("2001:db8:0:1::1").get(path).StatusCode, "another subscriber")
		})
	}
}

func TestAssetsAreLimited(t *testing.T) {
	t.Parallel()
	f := setup(t)
	codes := map[int]int{}
	for range 310 {
		codes[f.browser().get("/web/assets/none.css").StatusCode]++
	}
	require.Equal(t, map[int]int{http.StatusNotFound: 300, http.StatusTooManyRequests: 10}, codes)
}

// A login has one code. Any other is a guess, about which WeChat is not asked.
func TestALoginHasOneCode(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.browser()
	state := b.state()
	for i := range 5 {
		require.Equal(t, http.StatusForbidden, b.get(fmt.Sprintf("/web/oauth?code=bogus%d&state=%s", i%2, state)).StatusCode)
	}
	require.Equal(t, http.StatusForbidden, b.get("/web/oauth?code=code-alice&state="+state).StatusCode)
	require.Equal(t, 1, f.wechat.exchanges())
	require.Equal(t, http.StatusSeeOther, b.get("/web/oauth?code=code-alice&state="+b.state()).StatusCode, "a new login")
}

// WeChat is asked about a limited number of codes, wherever they come from.
func TestCodesOfAllAreLimited(t *testing.T) {
	t.Parallel()
	f := setup(t)
	behindProxy(f)
	codes := map[int]int{}
	for i := range 250 {
		b := f.at(fmt.Sprintf("203.0.%d.%d", i/200, i%200))
		codes[b.get(fmt.Sprintf("/web/oauth?code=bogus%d&state=%s", i, b.state())).StatusCode]++
	}
	require.Equal(t, map[int]int{http.StatusForbidden: 200, http.StatusServiceUnavailable: 50}, codes)
	require.Equal(t, 200, f.wechat.exchanges())
}

// Few logins per address may wait for WeChat; they do not keep others from signing in.
func TestLoginsUnderWay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	behindProxy(f)
	release := make(chan struct{})
	f.wechat.mu.Lock()
	f.wechat.slow = release
	f.wechat.mu.Unlock()
	statuses := make(chan int, 9)
	var group sync.WaitGroup
	for i := range 9 {
		b := f.at("203.0.113.7")
		state := b.state()
		group.Go(func() { statuses <- b.get(fmt.Sprintf("/web/oauth?code=bogus%d&state=%s", i, state)).StatusCode })
	}
	require.Equal(t, http.StatusServiceUnavailable, <-statuses, "the ninth does not wait for ever")
	require.Equal(t, 8, f.wechat.exchanges())
	close(release)
	group.Wait()
	for range 8 {
		require.Equal(t, http.StatusForbidden, <-statuses)
	}
	b := f.at("203.0.113.7")
	require.Equal(t, http.StatusSeeOther, b.get("/web/oauth?code=code-alice&state="+b.state()).StatusCode)
}

func TestHeadersKeepThePageToItself(t *testing.T) {
	t.Parallel()
	secure := func(o *webOptions) { o.URL = "https://service.example.com" }
	for _, path := range []string{"/web/login", "/web/privacy", "/web/nosuch", "/web/get?entity=tickets"} {
		res := setup(t, secure).browser().get(path)
		require.Equal(t, "max-age=31536000", res.Header.Get("Strict-Transport-Security"))
		require.Equal(t, "same-origin", res.Header.Get("Cross-Origin-Opener-Policy"))
		require.Equal(t, "same-origin", res.Header.Get("Cross-Origin-Resource-Policy"))
		require.Contains(t, res.Header.Get("Permissions-Policy"), "geolocation=()")
		require.Empty(t, setup(t).browser().get(path).Header.Get("Strict-Transport-Security"), "not where there is no https")
	}
}

// A cookie that begins with __Host- cannot be set by another host of the same domain.
func TestCookiesAreOfThisHostAlone(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *webOptions) { o.URL = "https://service.example.com" })
	login := f.browser().get("/web/login")
	cookies := login.Header.Values("Set-Cookie")
	begun, _, _ := strings.Cut(cookies[0], ";")
	state := login.Header.Get("Location")[strings.Index(login.Header.Get("Location"), "state=")+6:]
	b := f.browser()
	b.header.Set("Cookie", begun)
	res := b.get("/web/oauth?code=code-alice&state=" + state)
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	cookies = append(cookies, res.Header.Values("Set-Cookie")...)
	own, _, _ := strings.Cut(res.Header.Values("Set-Cookie")[0], ";")
	b.header.Set("Cookie", own)
	res = b.get("/web/?lang=zh")
	require.Equal(t, http.StatusOK, res.StatusCode)
	for _, cookie := range append(cookies, res.Header.Values("Set-Cookie")...) {
		require.Regexp(t, `^__Host-wx_\w+=.*; Path=/;`, cookie)
		require.Contains(t, cookie, "Secure")
		require.NotContains(t, cookie, "Domain")
	}
	planted := f.browser()
	planted.header.Set("Cookie", strings.TrimPrefix(own, "__Host-"))
	require.Equal(t, http.StatusFound, planted.get("/web/tickets").StatusCode,
		"what a sibling host can set counts for nothing")
}
