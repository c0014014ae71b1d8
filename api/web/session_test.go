package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

func TestOnlyThePageItselfChangesAnything(t *testing.T) {
	t.Parallel()
	f := setup(t)
	own := f.url
	for _, tt := range []struct {
		name, site, origin string
		allowed            bool
	}{
		{"an old browser says nothing", "", "", true},
		{"an old browser on the page", "", own, true},
		{"the page", "same-origin", own, true},
		{"an address that was typed in", "none", "", true},
		{"the page, keeping its origin to itself", "same-origin", "null", true},
		{"a page of the same domain", "same-site", "", false},
		{"another site", "cross-site", "", false},
		{"another site, by its origin", "", "https://evil.example.com", false},
		{"another port", "", own + "0", false},
		{"a frame without an origin", "", "null", false},
		{"a frame without an origin, of another site", "cross-site", "null", false},
	} {
		b := f.signIn(alice)
		form := url.Values{"csrf": b.form("/web/new", "ticket")["csrf"]}
		if tt.site != "" {
			b.header.Set("Sec-Fetch-Site", tt.site)
		}
		if tt.origin != "" {
			b.header.Set("Origin", tt.origin)
		}
		want := http.StatusForbidden
		if tt.allowed {
			want = http.StatusOK // signed out
		}
		require.Equal(t, want, b.post("/web/logout", form).StatusCode, tt.name)
		f.advance(time.Minute)
	}
}

func TestTheTokenMayStandInAHeader(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	token := b.form("/web/new", "ticket").Get("csrf")
	b.header.Set("X-CSRF-Token", "guess")
	require.Equal(t, http.StatusForbidden, b.post("/web/logout", url.Values{"csrf": {token}}).StatusCode)
	b.header.Set("X-CSRF-Token", token)
	require.Equal(t, http.StatusOK, b.post("/web/logout", url.Values{}).StatusCode, "signed out")
}

func TestSessionsEndWithTheirSecond(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		view   conversation.PageView
		status int
	}{
		{"ended before", conversation.PageView{Ended: begin.Unix() - 1}, http.StatusOK},
		{"ended in the second of the login", conversation.PageView{Ended: begin.Unix()}, http.StatusFound},
		{"no follower, whenever that ended", conversation.PageView{Gone: true}, http.StatusForbidden},
	} {
		f := setup(t)
		b := f.signIn(alice)
		f.backend.mu.Lock()
		f.backend.views[alice] = tt.view
		f.backend.mu.Unlock()
		f.advance(11 * time.Second)
		require.Equal(t, tt.status, b.get("/web/tickets").StatusCode, tt.name)
	}
	f := setup(t)
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	f.advance(12*time.Hour - time.Second)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	f.advance(time.Second)
	require.Equal(t, http.StatusFound, b.get("/web/tickets").StatusCode, "twelve hours are over")
}
