package web_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

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
	require.Equal(t, http.StatusOK, b.get("/web/new").StatusCode, "the conversation knows that the follower follows")

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
