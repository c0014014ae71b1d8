package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// signOut signs a browser out of the page.
func (b *browser) signOut() page {
	b.t.Helper()
	return b.post("/web/logout", url.Values{"csrf": {b.form("/web/new", "ticket").Get("csrf")}})
}

// thief is a browser with a stolen session.
func (f *fixture) thief(cookie string) *browser {
	b := f.browser()
	b.header.Set("Cookie", "wx_session="+cookie)
	return b
}

// TestSigningOutEndsTheSessionEverywhere: a copied cookie is useless afterwards, in this process and in every other.
func TestSigningOutEndsTheSessionEverywhere(t *testing.T) {
	t.Parallel()
	f := setup(t)
	other := setup(t, func(o *web.Options) { o.Backend = f.backend })
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	stolen := session(t, f, b)
	require.Equal(t, http.StatusOK, other.thief(stolen).get("/web/tickets").StatusCode)

	res := b.signOut()
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, `"cache"`, res.Header.Get("Clear-Site-Data"))
	require.Equal(t, http.StatusFound, f.thief(stolen).get("/web/tickets").StatusCode, "at once where it was ended")
	other.advance(11 * time.Second)
	require.Equal(t, http.StatusFound, other.thief(stolen).get("/web/tickets").StatusCode, "soon everywhere else")
	f.advance(11 * time.Hour)
	require.Equal(t, http.StatusFound, f.thief(stolen).get("/web/tickets").StatusCode, "for good")
	require.Equal(t, http.StatusOK, f.signIn(alice).get("/web/tickets").StatusCode, "another session is not concerned")
}

// TestSigningOutWhileTemporalIsAway: the browser has no session in any case.
func TestSigningOutWhileTemporalIsAway(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	token := b.form("/web/new", "ticket").Get("csrf")
	stolen := session(t, f, b)
	f.backend.mu.Lock()
	f.backend.err = errors.New("Temporal does not answer")
	f.backend.mu.Unlock()
	require.Equal(t, http.StatusOK, b.post("/web/logout", url.Values{"csrf": {token}}).StatusCode)
	require.Equal(t, http.StatusFound, b.get("/web/tickets").StatusCode)
	require.Equal(t, http.StatusFound, f.thief(stolen).get("/web/tickets").StatusCode)
}

// TestTheLoginsAddressSignsInOnce: going "back" on a phone that someone else now holds.
func TestTheLoginsAddressSignsInOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.browser()
	address := "/web/oauth?code=code-alice&state=" + b.state()
	require.Equal(t, http.StatusSeeOther, b.get(address).StatusCode)
	b.signOut()
	require.Equal(t, http.StatusForbidden, b.get(address).StatusCode)
	require.Equal(t, http.StatusFound, b.get("/web/tickets").StatusCode)

	copied := f.browser()
	state := copied.state()
	cookies := copied.client.Jar.Cookies(mustParse(t, f.url))
	require.Len(t, cookies, 1)
	f.wechat.codes["code-again"] = f.wechat.codes["code-alice"]
	address = "/web/oauth?code=code-again&state=" + state
	require.Equal(t, http.StatusSeeOther, copied.get(address).StatusCode)
	f.advance(31 * time.Second)
	late := f.browser()
	late.header.Set("Cookie", cookies[0].String())
	require.Equal(t, http.StatusForbidden, late.get(address).StatusCode, "whoever kept the login's cookie is too late")
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	at, err := url.Parse(address)
	require.NoError(t, err)
	return at
}

// TestErasureEndsSessions: removing the conversation ends its sessions, and drops what this process has read.
func TestErasureEndsSessions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	require.Contains(t, b.get("/web/tickets").body, "squeal")
	stolen := session(t, f, b)

	f.backend.mu.Lock()
	f.backend.strangers[alice], f.backend.down = true, true
	f.backend.mu.Unlock()
	f.wechat.people = following(alice)
	f.advance(11 * time.Second)
	require.Equal(t, http.StatusFound, f.thief(stolen).get("/web/tickets").StatusCode)
	again := f.signIn(alice)
	require.Equal(t, http.StatusServiceUnavailable, again.get("/web/tickets").StatusCode,
		"nothing that was read before is shown")

	f.backend.mu.Lock()
	f.backend.strangers[alice], f.backend.down = false, false
	f.backend.views[alice] = conversation.PageView{Conversation: "second"}
	f.backend.mu.Unlock()
	f.advance(11 * time.Second)
	require.Equal(t, http.StatusFound, f.thief(stolen).get("/web/tickets").StatusCode,
		"nor does another conversation bring it back")
	require.Equal(t, http.StatusOK, again.get("/web/tickets").StatusCode)
}

// TestSessionsWithoutAConversationAreShort: nothing could end them.
func TestSessionsWithoutAConversationAreShort(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.strangers[alice] = true
	f.wechat.people = following(alice)
	b := f.signIn(alice)
	f.advance(59 * time.Minute)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	copied := session(t, f, b)
	f.backend.mu.Lock()
	f.backend.strangers[alice] = false
	f.backend.mu.Unlock()
	f.advance(11 * time.Second)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	f.advance(time.Minute)
	require.Equal(t, http.StatusFound, f.thief(copied).get("/web/tickets").StatusCode)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode, "it goes on once there is one")
	f.advance(11 * time.Hour)
	require.Equal(t, http.StatusFound, b.get("/web/tickets").StatusCode, "twelve hours in all")
}

// Uploading a form with pictures may take two minutes. What ends the session in that time ends the form, too.
func TestWhatEndsASessionEndsItsForms(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end    func(*fixture, *browser)
		status int
	}{
		"signing out": {func(f *fixture, b *browser) {
			require.Equal(f.t, http.StatusOK, b.signOut().StatusCode)
		}, http.StatusUnauthorized},
		"unfollowing": {func(f *fixture, _ *browser) {
			f.backend.mu.Lock()
			f.backend.views[alice] = conversation.PageView{Gone: true}
			f.backend.mu.Unlock()
			f.advance(11 * time.Second)
		}, http.StatusForbidden},
		"an erasure": {func(f *fixture, _ *browser) {
			f.backend.mu.Lock()
			f.backend.views[alice] = conversation.PageView{Conversation: "second"}
			f.backend.mu.Unlock()
			f.advance(11 * time.Second)
		}, http.StatusUnauthorized},
		"nothing": {func(*fixture, *browser) {}, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := web.NewDisk(web.DefaultRoom)
			f := setup(t, onDisk(disk))
			f.backend.views[alice] = conversation.PageView{Conversation: "first"}
			b := f.signIn(alice)
			fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
			slow := b.begin(t, "/web/create")
			slow.fields(fields)
			slow.picture(picture(t))
			require.Eventually(t, func() bool { return disk.Held() > 0 }, 10*time.Second, time.Millisecond)
			tt.end(f, b)
			slow.end()
			res := <-slow.answer
			require.NotNil(t, res.Response)
			require.Equal(t, tt.status, res.StatusCode, res.body)
			f.backend.mu.Lock()
			defer f.backend.mu.Unlock()
			require.Equal(t, tt.status == http.StatusOK, len(f.backend.submissions) > 0)
			require.Equal(t, tt.status == http.StatusOK, f.wechat.uploads > 0, "no picture goes to WeChat")
			require.Zero(t, disk.Held())
		})
	}
}
