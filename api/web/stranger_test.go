package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// following is WeChat's answer about someone who follows.
func following(openID string) map[string]wechat.UserInfo {
	return map[string]wechat.UserInfo{openID: {Subscribed: true, SubscribedAt: begin.Add(-time.Hour)}}
}

// TestOnlyFollowersGetIn: everyone who uses WeChat can prove who they are; that does not make them a follower.
func TestOnlyFollowersGetIn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		visitors bool
		people   map[string]wechat.UserInfo
		status   int
	}{
		{"never followed", false, map[string]wechat.UserInfo{}, http.StatusForbidden},
		{"follows since before the connector was there", false, following(alice), http.StatusOK},
		{"WeChat does not say", false, nil, http.StatusServiceUnavailable},
		{"visitors are welcome", true, map[string]wechat.UserInfo{}, http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, func(o *web.Options) { o.Visitors = tt.visitors })
			f.backend.strangers[alice] = true
			f.wechat.people = tt.people
			b := f.signIn(alice)
			cookie := session(t, f, b)
			for _, path := range []string{"/web/tickets", "/web/get?entity=tickets", "/web/new"} {
				require.Equal(t, tt.status, f.thief(cookie).get(path).StatusCode, path)
			}
			require.Equal(t, tt.status == http.StatusForbidden, f.backend.lists == 0 && tt.people != nil)
			res := f.thief(cookie).post("/web/create", url.Values{"entity": {"ticket"}})
			require.Equal(t, tt.status == http.StatusServiceUnavailable, res.StatusCode == http.StatusServiceUnavailable)
			require.Empty(t, f.backend.submissions)
		})
	}
}

// TestWhoDoesNotFollowStaysOut: this is so even if WeChat stops answering.
func TestWhoDoesNotFollowStaysOut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.strangers[alice] = true
	f.wechat.people = map[string]wechat.UserInfo{}
	cookie := session(t, f, f.signIn(alice))
	require.Equal(t, http.StatusForbidden, f.thief(cookie).get("/web/new").StatusCode)
	f.wechat.mu.Lock()
	f.wechat.people, f.wechat.err = nil, errors.New("WeChat does not answer")
	f.wechat.mu.Unlock()
	f.advance(11 * time.Second)
	require.Equal(t, http.StatusForbidden, f.thief(cookie).get("/web/new").StatusCode)
}

// TestAForwardedLinkAsks: an attacker's own link must not put the victim's browser on the attacker's page.
func TestAForwardedLinkAsks(t *testing.T) {
	t.Parallel()
	f := setup(t, withoutOAuth)
	link := token(f.site.Invite(bob, "account", true))
	victim := f.browser()
	require.Equal(t, http.StatusSeeOther,
		victim.post("/web/link", url.Values{"t": {token(f.site.Invite(alice, "my_tickets", true))}}).StatusCode)

	shown := victim.get("/web/link?t=" + link)
	require.NotContains(t, shown.body, "data-auto", "no script takes it")
	require.Contains(t, shown.body, "what you enter would go into their account")
	require.Contains(t, shown.body, "shows another person&#39;s page")
	require.Contains(t, shown.body, `name="replace"`)
	asked := victim.post("/web/link", url.Values{"t": {link}})
	require.Equal(t, http.StatusConflict, asked.StatusCode)
	require.Contains(t, asked.body, "shows another person&#39;s page")
	require.Empty(t, asked.Header.Get("Set-Cookie"))
	require.Len(t, f.backend.spent, 1, "nothing is used up by a question")
	require.NotContains(t, victim.get("/web/tickets").body, "secret ticket")

	require.Equal(t, http.StatusSeeOther, victim.post("/web/link", url.Values{"t": {link}, "replace": {"1"}}).StatusCode)
	require.Contains(t, victim.get("/web/tickets").body, "secret ticket", "whoever means it")
	fresh := f.browser().get("/web/link?t=" + token(f.site.Invite(bob, "account", true)))
	require.NotContains(t, fresh.body, "another person")
}

// TestFilesAskEachTime: a phone that is handed on shows nothing of the previous follower.
func TestFilesAskEachTime(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.files = map[string][]byte{"sketch.png": picture(t)}
	b := f.signIn(alice)
	res := b.get("/web/files/71/sketch.png")
	require.Equal(t, "private, no-cache", res.Header.Get("Cache-Control"))
	require.Equal(t, "Cookie", res.Header.Get("Vary"))
	tag := res.Header.Get("ETag")
	require.NotEmpty(t, tag)
	b.header.Set("If-None-Match", tag)
	again := b.get("/web/files/71/sketch.png")
	require.Equal(t, http.StatusNotModified, again.StatusCode)
	require.Len(t, f.backend.carried, 1, "and C4C is not asked again")

	next := f.signIn(bob)
	next.header.Set("If-None-Match", tag)
	require.Equal(t, http.StatusNotFound, next.get("/web/files/71/sketch.png").StatusCode)
	delete(b.header, "If-None-Match")
	b.signOut()
	b.header.Set("If-None-Match", tag)
	require.Equal(t, http.StatusFound, b.get("/web/files/71/sketch.png").StatusCode)
}
