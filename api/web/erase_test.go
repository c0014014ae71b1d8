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
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const erasePath = "/web/account/erase"

// TestFollowersEraseThemselves: they see what is stored, are asked, get a receipt, and are signed out.
func TestFollowersEraseThemselves(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.views[alice] = conversation.PageView{
		CustomerID: "91", Consent: conversation.Consent{Version: "7", At: begin.Unix()},
		Underway: []conversation.Underway{{Key: strings.Repeat("k", 20), Text: "on its way", At: begin.Unix()}},
	}
	b := f.signIn(alice)
	require.Contains(t, b.get("/web/account").body, `href="`+erasePath+`"`)
	require.Contains(t, b.get("/web/privacy").body, "Under “My account” you can also delete")
	for _, lang := range []string{"zh", "en"} {
		readable(t, b.get(erasePath+"?lang="+lang))
	}
	body := b.get(erasePath).body
	for _, kept := range []string{"Version 7", "does not arrive", "Customer number"} {
		require.Contains(t, body, kept)
	}
	require.Empty(t, f.backend.asked, "a look deletes nothing")

	fields := b.form(erasePath, "erase")
	require.Equal(t, http.StatusForbidden, b.post("/web/update", with(fields, "csrf", "forged")).StatusCode)
	require.Empty(t, f.backend.asked)
	copied := f.browser()
	copied.client.Jar.SetCookies(mustParse(t, f.url), b.client.Jar.Cookies(mustParse(t, f.url)))
	res := b.post("/web/update", with(fields, "openid", bob))
	require.Equal(t, http.StatusOK, res.StatusCode, res.body)
	readable(t, res)
	require.Equal(t, []string{alice}, f.backend.asked, "only the session says who")
	require.Contains(t, res.body, "Receipt "+workflows.HashKey(alice)[:12])
	require.Contains(t, res.body, "Your customer record and tickets")
	require.Contains(t, res.body, "What you write from now on is not")
	require.NotContains(t, res.body, alice)
	require.Contains(t, res.Header.Get("Clear-Site-Data"), "storage")
	for _, who := range []*browser{b, copied} {
		require.Equal(t, http.StatusFound, who.get("/web/tickets").StatusCode, "the session is over, also its copy")
	}
}

// TestErasingWantsAFreshLogin: a copied cookie soon becomes useless.
func TestErasingWantsAFreshLogin(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := b.form(erasePath, "erase")
	f.advance(10 * time.Minute)
	res := b.post("/web/update", fields)
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	require.Contains(t, res.body, "Nothing was deleted.")
	require.Contains(t, b.get("/web/account").body, erasePath, "all else goes on")
	res = b.get(erasePath)
	require.Equal(t, http.StatusFound, res.StatusCode)
	require.Contains(t, res.Header.Get("Location"), "open.example.com")
	require.Empty(t, sessionIn(res.Response))
	require.Equal(t, http.StatusFound, b.get("/web/account").StatusCode, "a login that fails does not lead here again")
	require.Empty(t, f.backend.asked)

	f = setup(t, withoutOAuth)
	b = f.browser()
	require.Equal(t, http.StatusSeeOther,
		b.post("/web/link", url.Values{"t": {token(f.site.Invite(alice, "account", true))}}).StatusCode)
	f.advance(10 * time.Minute)
	res = b.get(erasePath)
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	require.Contains(t, res.body, "from the menu of the chat")
	require.Equal(t, http.StatusOK, b.get("/web/account").StatusCode)
}

// TestErasingDuringAnOutage: nothing is promised that Temporal has not accepted, and the follower may ask again.
func TestErasingDuringAnOutage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := b.form(erasePath, "erase")
	f.backend.err = errors.New("no connection")
	res := b.post("/web/update", fields)
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.Contains(t, res.body, "asking twice does no harm")
	require.NotContains(t, res.body, "no connection")
	f.backend.err = nil
	require.Equal(t, http.StatusOK, b.post("/web/update", fields).StatusCode)
	require.Equal(t, []string{alice}, f.backend.asked)
}

func TestErasingIsOff(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *web.Options) { o.Erasure = false })
	b := f.signIn(alice)
	require.NotContains(t, b.get("/web/account").body, erasePath)
	require.NotContains(t, b.get("/web/privacy").body, "you can also delete")
	require.Equal(t, http.StatusNotFound, b.get(erasePath).StatusCode)
	require.Equal(t, http.StatusNotFound,
		b.post("/web/update", with(b.form("/web/account", "customerAccount"), "entity", "erase")).StatusCode)
	require.Empty(t, f.backend.asked)
}
