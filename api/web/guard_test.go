package web_test

import (
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

// evil is a browser on another site's page.
func (f *fixture) evil() *browser {
	b := f.browser()
	b.header.Set("Sec-Fetch-Site", "cross-site")
	return b
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
