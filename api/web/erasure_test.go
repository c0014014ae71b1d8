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
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// use taps a personal link in a new browser.
func (f *fixture) use(link string) page {
	return f.browser().post("/web/link", url.Values{"t": {link}})
}

// TestLinksFromBeforeAnErasureAreDead: the conversation that knew which links were used is gone.
func TestLinksFromBeforeAnErasureAreDead(t *testing.T) {
	t.Parallel()
	f := setup(t, withoutOAuth, func(o *web.Options) { o.Visitors = true })
	used, unused := token(f.site.Invite(alice, "account", true)), token(f.site.Invite(alice, "my_tickets", true))
	bobs := token(f.site.Invite(bob, "account", true))
	require.Equal(t, http.StatusSeeOther, f.use(used).StatusCode)
	f.advance(time.Minute)
	f.backend.erase(alice, f.now())
	for _, link := range []string{used, unused, token(f.site.Invite(alice, "account", true))} {
		res := f.use(link)
		require.Equal(t, http.StatusGone, res.StatusCode)
		require.Empty(t, res.Cookies())
	}
	require.Equal(t, http.StatusSeeOther, f.use(bobs).StatusCode, "others lose nothing")
	f.advance(2 * time.Minute)
	require.Equal(t, http.StatusSeeOther, f.use(token(f.site.Invite(alice, "account", true))).StatusCode)

	f.backend.mu.Lock()
	f.backend.erasedErr = errors.New("Temporal does not answer")
	f.backend.mu.Unlock()
	require.Equal(t, http.StatusServiceUnavailable, f.use(token(f.site.Invite(alice, "account", true))).StatusCode)
}

// TestSessionsFromBeforeAnErasureAreOver in every process, whether they name a conversation or not, were signed out or
// not, and whatever conversation the follower has since.
func TestSessionsFromBeforeAnErasureAreOver(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *web.Options) { o.Visitors = true })
	b := f.signIn(alice)
	first := session(t, f, b) // has no conversation yet
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	second := session(t, f, b)
	require.NotEqual(t, first, second)
	left := f.signIn(alice)
	signedOut := session(t, f, left)
	require.Equal(t, http.StatusOK, left.signOut().StatusCode)

	f.advance(time.Second)
	f.backend.erase(alice, f.now())
	f.advance(11 * time.Second)
	// a process that knows nothing
	started := setup(t, func(o *web.Options) { o.Backend, o.Now, o.Visitors = f.backend, f.now, true })
	for name, cookie := range map[string]string{"first": first, "second": second, "signed out": signedOut} {
		for _, process := range []*fixture{f, started} {
			require.Equal(t, http.StatusFound, process.thief(cookie).get("/web/tickets").StatusCode, name)
			require.Equal(t, http.StatusUnauthorized,
				process.thief(cookie).post("/web/update", url.Values{"entity": {"ticket"}, "ticket": {"71"}}).StatusCode, name)
		}
	}

	f.backend.mu.Lock() // the follower writes again
	delete(f.backend.strangers, alice)
	f.backend.views[alice] = conversation.PageView{Conversation: "another"}
	f.backend.mu.Unlock()
	f.advance(11 * time.Second)
	for _, cookie := range []string{first, second, signedOut} {
		require.Equal(t, http.StatusFound, f.thief(cookie).get("/web/tickets").StatusCode)
	}
	anew := f.signIn(alice)
	require.Equal(t, http.StatusOK, anew.get("/web/tickets").StatusCode, "a login of afterwards is good")
	require.Equal(t, http.StatusOK, started.thief(session(t, f, anew)).get("/web/tickets").StatusCode)
}

// TestALoginOfAfterAnErasureIsGoodAtOnce: it is valid even if a process trusts, for some seconds, what it learned
// before.
func TestALoginOfAfterAnErasureIsGoodAtOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	require.Equal(t, http.StatusOK, f.signIn(alice).get("/web/tickets").StatusCode)
	f.backend.mu.Lock()
	f.backend.erased[alice] = f.now().Add(time.Hour) // clocks differ
	f.backend.mu.Unlock()
	b := f.signIn(alice)
	for range 3 {
		require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
		f.advance(11 * time.Second)
	}
}

// TestErasuresThatNobodyKnowsOf: a follower who was let in stays for an hour, nobody else gets in.
func TestErasuresThatNobodyKnowsOf(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	f.backend.mu.Lock()
	f.backend.erasedErr = errors.New("Temporal does not answer")
	f.backend.mu.Unlock()
	f.advance(time.Minute)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	started := setup(t, func(o *web.Options) { o.Backend, o.Now = f.backend, f.now })
	require.Equal(t, http.StatusServiceUnavailable, started.thief(session(t, f, b)).get("/web/tickets").StatusCode)
	f.advance(time.Hour)
	require.Equal(t, http.StatusServiceUnavailable, b.get("/web/tickets").StatusCode)
}

// TestThePageWhileTemporalIsAway: nothing can be read then, and submissions wait in the spool, so WeChat's answer
// that someone follows is enough.
func TestThePageWhileTemporalIsAway(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	f.backend.mu.Lock()
	f.backend.erasedErr, f.backend.viewErr = errors.New("Temporal does not answer"), errors.New("nor does a worker")
	f.backend.mu.Unlock()
	started := setup(t, func(o *web.Options) { o.Backend, o.Now = f.backend, f.now })
	started.wechat.people = map[string]wechat.UserInfo{alice: {Subscribed: true}}
	require.Equal(t, http.StatusOK, started.thief(session(t, f, b)).get("/web/new").StatusCode)
}

// TestErasuresAreRememberedLongEnough: nothing that an api process accepts may outlive the mark.
func TestErasuresAreRememberedLongEnough(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	f.advance(workflows.ErasureLife)
	require.Equal(t, http.StatusFound, b.get("/web/tickets").StatusCode)
}

// TestALoginGivesOneSession: opening its address again gives the same session, and none after signing out.
func TestALoginGivesOneSession(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.browser()
	address := "/web/oauth?code=code-alice&state=" + b.state()
	state := b.client.Jar.Cookies(mustParse(t, f.url))[0]
	again := func() (*browser, page) {
		other := f.browser()
		other.header.Set("Cookie", state.String())
		return other, other.get(address)
	}
	require.Equal(t, http.StatusSeeOther, b.get(address).StatusCode)
	_, res := again()
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Equal(t, session(t, f, b), sessionIn(res.Response), "the same session")

	require.Equal(t, http.StatusOK, b.signOut().StatusCode)
	other, res := again()
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	require.Empty(t, sessionIn(res.Response))
	other.header.Del("Cookie")
	require.Equal(t, http.StatusFound, other.get("/web/tickets").StatusCode)
}

func sessionIn(res *http.Response) string {
	for _, cookie := range res.Cookies() {
		if cookie.Name == "wx_session" {
			return cookie.Value
		}
	}
	return ""
}

// TestLinksAreTakenFromTheBodyAlone: addresses end up in the logs of proxies.
func TestLinksAreTakenFromTheBodyAlone(t *testing.T) {
	t.Parallel()
	f := setup(t, withoutOAuth)
	link := token(f.site.Invite(alice, "account", true))
	require.Equal(t, http.StatusGone, f.browser().post("/web/link?t="+url.QueryEscape(link), nil).StatusCode)
	require.Equal(t, http.StatusSeeOther, f.use(link).StatusCode, "it was not used up")
}
