package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

func TestWhoIsNotProvenSeesNothing(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/web/", "/web/tickets", "/web/tickets/71", "/web/account", "/web/new",
		"/web/received?key=ABCDEFGHIJKLMNOP", "/web/pictures/71/web-key1/0"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			res := setup(t).browser().get(path)
			require.Equal(t, http.StatusFound, res.StatusCode, "the login")
			require.Contains(t, res.Header.Get("Location"), "https://open.example.com/")

			res = setup(t, withoutOAuth).browser().get(path)
			require.Equal(t, http.StatusUnauthorized, res.StatusCode)
			require.Contains(t, res.body, "open this page from the chat")
		})
	}
	f := setup(t)
	for _, path := range []string{"/web/get?entity=tickets", "/web/get?entity=customerAccount&openid=" + bob} {
		res := f.browser().get(path)
		require.Equal(t, http.StatusUnauthorized, res.StatusCode)
		require.Contains(t, res.body, `{"error":"signed_out","message":"no session: `)
	}
	for _, path := range []string{"/web/create", "/web/update", "/web/logout"} {
		require.Equal(t, http.StatusUnauthorized, f.browser().post(path, url.Values{"entity": {"ticket"}}).StatusCode)
	}
	require.Empty(t, f.backend.submissions)
}

// Two accounts may share the key: a session of one is still invalid for the other.
func TestSessionsOfAnotherAccount(t *testing.T) {
	t.Parallel()
	f := setup(t)
	other := setup(t, func(o *web.Options) { o.Account = "mall" })
	for _, tt := range []struct {
		name   string
		from   *fixture
		status int
	}{{"own", f, http.StatusOK}, {"of another account", other, http.StatusFound}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/web/", nil)
		require.NoError(t, err)
		req.AddCookie(&http.Cookie{Name: "wx_session", Value: session(t, tt.from, tt.from.signIn(alice))})
		res, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, tt.status, res.StatusCode, tt.name)
	}
}

func TestForgedCookies(t *testing.T) {
	t.Parallel()
	f := setup(t)
	good := session(t, f, f.signIn(alice))
	payload, mac, _ := strings.Cut(good[2:], ".")
	other := session(t, setup(t, func(o *webOptions) { o.SessionKey = []byte(strings.Repeat("x", 32)) }), nil)
	_, otherMAC, _ := strings.Cut(other[2:], ".")
	for _, tt := range []struct{ name, cookie string }{
		{"nothing", ""},
		{"no signature", "1." + payload},
		{"empty signature", "1." + payload + "."},
		{"payload changed", "1." + strings.Replace(payload, payload[10:12], "AA", 1) + "." + mac},
		{"signature of another key", "1." + payload + "." + otherMAC},
		{"other version", "2." + payload + "." + mac},
		{"whole cookie of another key", other},
		{"plain openid", alice},
		{"points only", "..."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := f.browser()
			b.header.Set("Cookie", "wx_session="+tt.cookie)
			require.Equal(t, http.StatusUnauthorized, b.get("/web/get?entity=tickets").StatusCode)
		})
	}
	t.Run("a link is no session", func(t *testing.T) {
		t.Parallel()
		f := setup(t, withoutOAuth)
		b := f.browser()
		b.header.Set("Cookie", "wx_session="+token(f.site.Invite(bob, "account", true)))
		require.Equal(t, http.StatusUnauthorized, b.get("/web/get?entity=tickets").StatusCode)
	})
}

// session is the cookie of a signed-in browser; nil signs one in.
func session(t *testing.T, f *fixture, b *browser) string {
	t.Helper()
	if b == nil {
		b = f.signIn(alice)
	}
	at, err := url.Parse(f.url)
	require.NoError(t, err)
	for _, cookie := range b.client.Jar.Cookies(at) {
		if cookie.Name == "wx_session" {
			return cookie.Value
		}
	}
	t.Fatal("no session")
	return ""
}

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.browser()
	res := b.get("/web/oauth?code=code-alice&state=" + b.state())
	require.Equal(t, "/web/tickets", res.Header.Get("Location"))
	cookie := res.Header.Get("Set-Cookie")
	for _, part := range []string{"wx_session=1.", "HttpOnly", "SameSite=Lax", "Path=/"} {
		require.Contains(t, cookie, part)
	}
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	f.advance(12 * time.Hour)
	require.Equal(t, http.StatusFound, b.get("/web/tickets").StatusCode, "sessions end")

	secure := setup(t, func(o *webOptions) { o.URL = "https://service.example.com" }).browser().get("/web/login")
	require.Contains(t, secure.Header.Get("Set-Cookie"), "Secure")
}

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

func TestJSONSession(t *testing.T) {
	t.Parallel()
	f := setup(t)
	post := func(b *browser, kind, body string) page {
		return b.do(http.MethodPost, "/getWXWebToken", kind, strings.NewReader(body))
	}
	b := f.browser()
	state := b.state()
	require.Equal(t, http.StatusUnsupportedMediaType, post(b, "text/plain", `{"code":"code-alice","state":"`+state+
		`"}`).StatusCode, "another site's form")
	require.Equal(t, http.StatusForbidden, post(b, "application/json", `{"code":"code-alice"}`).StatusCode)
	require.Equal(t, http.StatusForbidden, post(b, "application/json", `{"code":"code-alice","state":"guess"}`).StatusCode)
	require.Equal(t, http.StatusBadRequest, post(b, "application/json", `{`).StatusCode)
	evil := f.browser()
	evil.header.Set("Origin", "https://evil.example.com")
	require.Equal(t, http.StatusForbidden, post(evil, "application/json", `{"code":"code-alice","state":"`+state+
		`"}`).StatusCode)

	res := post(b, "application/json", `{"code":"code-alice","state":"`+state+`","openid":"`+bob+`"}`)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, res.body, `"csrf"`)
	require.NotContains(t, res.body, alice)
	list := b.get("/web/get?entity=tickets&openid=" + bob)
	require.Contains(t, list.body, `"id":"71"`)
	require.NotContains(t, list.body, hisTitle)
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

// evil is a browser on another site's page.
func (f *fixture) evil() *browser {
	b := f.browser()
	b.header.Set("Sec-Fetch-Site", "cross-site")
	return b
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

func TestUnfollowingEndsSessions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	f.backend.views[alice] = conversation.PageView{Gone: true, Ended: begin.Unix() + 5}
	f.advance(11 * time.Second)
	res := b.get("/web/tickets")
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	require.Contains(t, res.body, "do not follow us")

	f.backend.mu.Lock()
	f.backend.views[alice] = conversation.PageView{Ended: begin.Unix() + 5}
	f.backend.mu.Unlock()
	f.advance(11 * time.Second)
	require.Equal(t, http.StatusFound, b.get("/web/tickets").StatusCode, "followed again: a new login")
	require.Equal(t, http.StatusOK, f.signIn(alice).get("/web/tickets").StatusCode)
}

// TestUnfollowingEndsSessionsWithoutAWorker: the process that receives the event needs no worker.
func TestUnfollowingEndsSessionsWithoutAWorker(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/new").StatusCode)
	f.backend.mu.Lock()
	f.backend.viewErr = errors.New("no worker")
	f.backend.mu.Unlock()
	f.advance(11 * time.Second)
	require.Equal(t, http.StatusOK, b.get("/web/new").StatusCode, "a valid session is believed while nobody answers")
	f.site.Followed(alice, false, f.now())
	require.Equal(t, http.StatusForbidden, b.get("/web/new").StatusCode)
	stolen := session(t, f, f.signIn(alice))
	f.advance(11 * time.Second)
	again := f.browser()
	again.header.Set("Cookie", "wx_session="+stolen)
	require.Equal(t, http.StatusForbidden, again.get("/web/new").StatusCode, "it stays so")
	f.site.Followed(alice, true, f.now())
	require.Equal(t, http.StatusFound, again.get("/web/new").StatusCode, "old sessions stay over")
	require.Equal(t, http.StatusOK, f.signIn(alice).get("/web/new").StatusCode,
		"a new one may begin in the second of the follow")
}

// TestLateUnfollowsEndNothing: events that WeChat repeats late, or someone replays, are older than the session.
func TestLateUnfollowsEndNothing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/new").StatusCode)
	f.site.Followed(alice, false, begin.Add(-time.Minute))
	require.Equal(t, http.StatusOK, b.get("/web/new").StatusCode, "the conversation says that the follower follows")

	f.backend.mu.Lock()
	f.backend.viewErr = errors.New("no worker")
	f.backend.mu.Unlock()
	f.site.Followed(alice, true, begin.Add(-time.Second))
	f.site.Followed(alice, false, begin.Add(-time.Minute))
	require.Equal(t, http.StatusOK, b.get("/web/new").StatusCode, "nobody says so, but the follow is known to be later")
	f.advance(time.Minute)
	f.site.Followed(alice, false, f.now())
	require.Equal(t, http.StatusForbidden, b.get("/web/new").StatusCode, "a later one counts")
}

// TestUnfollowingEndsSessionsThatNobodyHeardOf: a process that did not receive the event, while no worker answers.
func TestUnfollowingEndsSessionsThatNobodyHeardOf(t *testing.T) {
	t.Parallel()
	follows := wechat.UserInfo{Subscribed: true, SubscribedAt: begin.Add(-time.Hour)}
	for _, tt := range []struct {
		name   string
		known  bool          // whether the process knew the follower before
		after  time.Duration // how long ago
		people map[string]wechat.UserInfo
		status int
		says   string
	}{
		{"follows", false, 0, map[string]wechat.UserInfo{alice: follows}, http.StatusOK, "New ticket"},
		{"has left", false, 0, map[string]wechat.UserInfo{}, http.StatusForbidden, "do not follow us"},
		{"was known, has left", true, time.Minute, map[string]wechat.UserInfo{}, http.StatusForbidden, "do not follow us"},
		{"left and came back", true, time.Minute,
			map[string]wechat.UserInfo{alice: {Subscribed: true, SubscribedAt: begin.Add(30 * time.Second)}}, http.StatusFound,
			""},
		{"unknown, and WeChat does not say", false, 0, nil, http.StatusServiceUnavailable, "try again in a moment"},
		{"was known, and WeChat does not say", true, 59 * time.Minute, nil, http.StatusOK, "New ticket"},
		{"was known long ago, and WeChat does not say", true, 61 * time.Minute, nil, http.StatusServiceUnavailable,
			"try again in a moment"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			b := f.signIn(alice)
			if tt.known {
				require.Equal(t, http.StatusOK, b.get("/web/new").StatusCode)
			}
			f.backend.mu.Lock()
			f.backend.viewErr = errors.New("no worker")
			f.backend.mu.Unlock()
			f.wechat.mu.Lock()
			f.wechat.people = tt.people
			f.wechat.mu.Unlock()
			f.advance(tt.after)
			for range 2 { // the second time from memory
				res := b.get("/web/new")
				require.Equal(t, tt.status, res.StatusCode)
				require.Contains(t, res.body, tt.says)
				if tt.status == http.StatusForbidden {
					break // the cookie is gone, too
				}
			}
			f.backend.mu.Lock()
			f.backend.viewErr = nil
			f.backend.mu.Unlock()
			f.advance(11 * time.Second)
			require.Equal(t, http.StatusOK, f.signIn(alice).get("/web/new").StatusCode, "a worker is back")
		})
	}
}

func TestChangesNeedTheToken(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	hers := f.signIn(bob).form("/web/new", "ticket")
	for _, tt := range []struct {
		name   string
		change func(*browser, url.Values)
	}{
		{"none", func(_ *browser, v url.Values) { v.Del("csrf") }},
		{"wrong", func(_ *browser, v url.Values) { v.Set("csrf", "guess") }},
		{"of another session", func(_ *browser, v url.Values) { v["csrf"] = hers["csrf"] }},
		{"sent by another site", func(b *browser, _ url.Values) { b.header.Set("Sec-Fetch-Site", "cross-site") }},
		{"with another origin", func(b *browser, _ url.Values) { b.header.Set("Origin", "https://evil.example.com") }},
	} {
		b := &browser{fixture: f, client: b.client, header: http.Header{}}
		changed := with(fields)
		tt.change(b, changed)
		for _, path := range []string{"/web/create", "/web/update", "/web/logout"} {
			res := b.post(path, changed)
			require.Equal(t, http.StatusForbidden, res.StatusCode, "%s: %s", tt.name, path)
		}
		f.advance(time.Minute)
	}
	require.Empty(t, f.backend.submissions)
	require.Equal(t, http.StatusSeeOther, b.post("/web/create", fields).StatusCode)
	left := b.post("/web/logout", fields)
	require.Equal(t, http.StatusOK, left.StatusCode)
	require.Contains(t, left.body, "You are signed out")
	require.NotContains(t, left.body, "<nav>", "nothing here leads back in")
	readable(t, left)
	require.Equal(t, http.StatusFound, b.get("/web/tickets").StatusCode)
}

func TestForeignTickets(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	for _, id := range []string{"72", "999", "72%20or", "*", strings.Repeat("7", 40)} {
		res := b.get("/web/tickets/" + id)
		require.Equal(t, http.StatusNotFound, res.StatusCode, id)
		require.NotContains(t, res.body, hisTitle)
		require.Equal(t, http.StatusNotFound, b.get("/web/get?entity=ticket&id="+id).StatusCode)
		f.advance(10 * time.Second)
	}
	res := b.post("/web/update", with(b.form("/web/tickets/71", "ticket"), "ticket", "72", "text", "let me in", "openid",
		bob))
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	require.Empty(t, f.backend.submissions)
	f.backend.views[bob] = conversation.PageView{
		Pictures: []conversation.WebPicture{{TicketID: "72", MsgID: "m1", MediaID: "media-1", Until: begin.Unix() + 900}}}
	f.wechat.pictures["media-1"] = picture(t)
	require.Equal(t, http.StatusNotFound, b.get("/web/pictures/72/m1/0").StatusCode)
	require.Equal(t, http.StatusOK, f.signIn(bob).get("/web/pictures/72/m1/0").StatusCode)
}

func TestOpenIDInABodyCountsForNothing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1", "openid", bob, "OpenID",
		bob)
	require.Equal(t, http.StatusSeeOther, b.post("/web/create?openid="+bob, fields).StatusCode)
	require.Equal(t, []string{alice}, f.backend.of)
	require.Equal(t, alice, f.backend.submissions[0].Inbound.OpenID)
}

func TestBursts(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b, other := f.signIn(alice), f.signIn(bob)
	refused := 0
	for range 100 {
		if res := b.get("/web/new"); res.StatusCode == http.StatusTooManyRequests {
			refused++
			require.Contains(t, res.body, "wait a moment")
			require.NotEmpty(t, res.Header.Get("Retry-After"))
		}
	}
	require.GreaterOrEqual(t, refused, 30)
	require.Equal(t, http.StatusOK, other.get("/web/new").StatusCode, "nobody else is affected")
	f.advance(time.Minute)
	fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	codes := map[int]int{}
	for range 15 {
		codes[b.post("/web/create", fields).StatusCode]++
	}
	require.Positive(t, codes[http.StatusTooManyRequests])
	stranger := f.browser()
	for range 70 {
		codes[stranger.get("/web/oauth?code=guess&state=x").StatusCode]++
	}
	require.Greater(t, codes[http.StatusTooManyRequests], 10)
	f.advance(time.Hour)
	clear(codes)
	for range 70 {
		codes[stranger.get("/web/tickets").StatusCode]++
	}
	require.Positive(t, codes[http.StatusTooManyRequests], "pages that ask for a session are bounded as well")
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, query, agent, accept, says string }{
		{"account", "", "", "", "Service"},
		{"browser", "", "", "fr, zh-CN;q=0.9", "服务中心"},
		{"another one", "", "", "fr", "Service"},
		{"WeChat", "", "Mozilla MicroMessenger/8.0 NetType/WIFI Language/zh_CN", "en", "服务中心"},
		{"address", "?lang=zh", "Mozilla MicroMessenger/8.0 Language/en", "en", "服务中心"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t).signIn(alice)
			b.header.Set("User-Agent", tt.agent)
			b.header.Set("Accept-Language", tt.accept)
			require.Contains(t, b.get("/web/"+tt.query).body, "<h1>"+tt.says+"</h1>")
		})
	}
	b := setup(t, func(o *webOptions) { o.Language = catalogue.Chinese }).signIn(alice)
	require.Contains(t, b.get("/web/").body, "服务中心")
	require.Contains(t, b.get("/web/?lang=en").body, "<h1>Service</h1>")
	require.Contains(t, b.get("/web/").body, "<h1>Service</h1>", "the choice stays")
}

func TestWeChatDown(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	f.wechat.err = &wechat.TransportError{Op: "upload"}
	fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	res := b.postFiles("/web/create", fields, upload{"a.png", picture(t)})
	require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
	require.Contains(t, res.body, "could not be uploaded")
	require.Empty(t, f.backend.submissions)
}
