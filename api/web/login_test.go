package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

func TestLoginIsBoundToTheBrowser(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, code string
		state      func(own string) string
		status     int
		says       string
	}{
		{"right", "code-alice", func(s string) string { return s }, http.StatusSeeOther, ""},
		{"state of somebody else", "code-bob", func(string) string { return "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
			http.StatusForbidden, "Not signed in"},
		{"no state", "code-bob", func(string) string { return "" }, http.StatusForbidden, "Not signed in"},
		{"declined", "", func(s string) string { return s }, http.StatusForbidden, "Not signed in"},
		{"unknown code", "guess", func(s string) string { return s }, http.StatusForbidden, "Not signed in"},
		{"snapshot user", "code-snapshot", func(s string) string { return s }, http.StatusForbidden, "full page"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			b := f.browser()
			res := b.get("/web/oauth?code=" + tt.code + "&state=" + tt.state(b.state()))
			require.Equal(t, tt.status, res.StatusCode)
			require.Contains(t, res.body, tt.says)
			require.Equal(t, tt.status == http.StatusSeeOther, strings.Contains(res.Header.Get("Set-Cookie"), "wx_session"))
		})
	}
	t.Run("without the cookie", func(t *testing.T) {
		t.Parallel()
		f := setup(t)
		state := f.browser().state()
		require.Equal(t, http.StatusForbidden, f.browser().get("/web/oauth?code=code-bob&state="+state).StatusCode)
	})
	t.Run("too late", func(t *testing.T) {
		t.Parallel()
		f := setup(t)
		b := f.browser()
		state := b.state()
		f.advance(11 * time.Minute)
		require.Equal(t, http.StatusForbidden, b.get("/web/oauth?code=code-alice&state="+state).StatusCode)
	})
}

func TestUsedCodeKeepsTheSession(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.browser()
	state := b.state()
	address := "/web/oauth?code=code-alice&state=" + state
	require.Equal(t, http.StatusSeeOther, b.get(address).StatusCode)
	require.Equal(t, http.StatusSeeOther, b.get(address).StatusCode, "twice at once")
	require.Equal(t, http.StatusForbidden, f.browser().get(address).StatusCode, "in another browser")
	thief := f.browser()
	require.Equal(t, http.StatusForbidden, thief.get("/web/oauth?code=code-alice&state="+thief.state()).StatusCode,
		"a stolen code in a login of one's own")

	f.advance(11 * time.Minute) // nothing of the login remains
	require.Equal(t, "/web/", b.get(address).Header.Get("Location"))
	res := b.get("/web/oauth?code=code-alice&state=" + b.state())
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "40163, and the session goes on")
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
}

// TestFailedExchangeKeepsTheSession: a reloaded page brings a useless code, which WeChat reports in more than one
// way.
func TestFailedExchangeKeepsTheSession(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{
		"40029": &wechat.Error{Op: "oauth", Code: wechat.ErrInvalidCode},
		"42003": &wechat.Error{Op: "oauth", Code: wechat.ErrCodeExpired},
		"40163": &wechat.Error{Op: "oauth", Code: wechat.ErrCodeUsed}, "no answer": &wechat.TransportError{Op: "oauth"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			b := f.signIn(alice)
			f.wechat.exchangeErr = failure
			res := b.get("/web/oauth?code=old&state=" + b.state())
			require.Equal(t, http.StatusSeeOther, res.StatusCode)
			require.Equal(t, "/web/tickets", res.Header.Get("Location"))
			require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
			body := `{"code":"old","state":"` + b.state() + `"}`
			require.Equal(t, http.StatusOK, b.do(http.MethodPost, "/getWXWebToken", "application/json",
				strings.NewReader(body)).StatusCode)

			stranger := f.browser()
			require.GreaterOrEqual(t, stranger.get("/web/oauth?code=old&state="+stranger.state()).StatusCode, 400,
				"who is not signed in stays out")
		})
	}
	f := setup(t)
	b := f.signIn(alice)
	require.Equal(t, http.StatusForbidden, b.get("/web/oauth?code=code-snapshot&state="+b.state()).StatusCode,
		"a snapshot is nobody")
}

func TestLoginRedirectsWithinThePage(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"https://evil.example.com/", "//evil.example.com/web/", "/\\evil.example.com",
		"/web/\\evil.example.com", "/wechat", "javascript:alert(1)", "/web/oauth?code=x", ""} {
		t.Run(to, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			b := f.browser()
			location, err := url.Parse(b.get("/web/login?return=" + url.QueryEscape(to)).Header.Get("Location"))
			require.NoError(t, err)
			res := b.get("/web/oauth?code=code-alice&state=" + location.Query().Get("state"))
			require.Equal(t, "/web/", res.Header.Get("Location"))
		})
	}
}

func TestPersonalLinks(t *testing.T) {
	t.Parallel()
	f := setup(t, withoutOAuth)
	link := f.site.Invite(alice, "my_tickets", true)
	require.NotContains(t, f.site.Invite(alice, "nothing", true), "/web/")
	b := f.browser()
	require.Equal(t, http.StatusOK, b.get("/web/link?t="+token(link)).StatusCode, "looking does not use it up")
	require.Equal(t, http.StatusOK, f.browser().get("/web/link?t="+token(link)).StatusCode)
	require.Equal(t, "/web/tickets", b.post("/web/link", url.Values{"t": {token(link)}}).Header.Get("Location"))
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	require.Equal(t, http.StatusSeeOther, b.post("/web/link", url.Values{"t": {token(link)}}).StatusCode,
		"a second tap in the same browser")

	replayed := f.browser().post("/web/link", url.Values{"t": {token(link)}})
	require.Equal(t, http.StatusGone, replayed.StatusCode)
	require.Contains(t, replayed.body, "go back to the chat")
	require.Contains(t, replayed.body, `data-close hidden><button type="button" class="plain">Back to the chat`)
	require.Empty(t, replayed.Header.Get("Set-Cookie"))
	bobs := f.browser()
	require.Equal(t, http.StatusSeeOther,
		bobs.post("/web/link", url.Values{"t": {token(f.site.Invite(bob, "account", true))}}).StatusCode)
	require.Equal(t, http.StatusGone, bobs.post("/web/link", url.Values{"t": {token(link)}, "replace": {"1"}}).StatusCode,
		"another follower's session makes it no better")

	old := f.site.Invite(alice, "account", true)
	f.advance(10 * time.Minute)
	require.Equal(t, http.StatusGone, f.browser().get("/web/link?t="+token(old)).StatusCode)
	require.Equal(t, http.StatusGone, f.browser().post("/web/link", url.Values{"t": {token(old)}}).StatusCode)
	forged := token(f.site.Invite(bob, "account", true))
	require.Equal(t, http.StatusGone,
		f.browser().post("/web/link", url.Values{"t": {forged[:len(forged)-2] + "xx"}}).StatusCode)
	require.Equal(t, http.StatusForbidden, f.evil().post("/web/link", url.Values{"t": {forged}}).StatusCode)
	require.Equal(t, http.StatusUnauthorized, f.browser().get("/web/login").StatusCode)
}

// token is the signed part of a link in the chat.
func token(text string) string {
	_, rest, _ := strings.Cut(text, "/web/link?t=")
	signed, _, _ := strings.Cut(rest, `"`)
	return signed
}

func TestTicketLinkLeadsThroughTheLogin(t *testing.T) {
	t.Parallel()
	f := setup(t)
	link := web.TicketURL(f.url, "71")
	b := f.browser()
	res := b.get(strings.TrimPrefix(link, f.url))
	require.Equal(t, http.StatusFound, res.StatusCode, "no session: WeChat is asked who opens the link")
	login, err := url.Parse(res.Header.Get("Location"))
	require.NoError(t, err)
	require.Equal(t, "open.example.com", login.Host)
	require.Equal(t, f.url+"/web/oauth", login.Query().Get("redirect_uri"))
	back := b.get("/web/oauth?code=code-alice&state=" + login.Query().Get("state"))
	require.Equal(t, link, f.url+back.Header.Get("Location"))
	require.Contains(t, b.get(back.Header.Get("Location")).body, "Please come tomorrow")
	require.Equal(t, http.StatusNotFound, f.signIn(bob).get("/web/tickets/71").StatusCode, "passed on to somebody else")
}
