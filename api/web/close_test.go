package web_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const closePath = "/web/tickets/71/close"

func TestFollowersCloseTheirTickets(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.views[alice] = conversation.PageView{CustomerID: "91"}
	b := f.signIn(alice)
	require.Contains(t, b.get("/web/tickets/71").body, `href="`+closePath+`"`)
	for _, lang := range []string{"zh", "en"} {
		readable(t, b.get(closePath+"?lang="+lang))
	}
	require.Empty(t, f.backend.closings, "a look closes nothing")
	fields := with(b.form(closePath, "closeTicket"), "ticket", "71", "openid", bob)
	require.Equal(t, "/web/tickets/71?closed=1", b.post("/web/update", fields).Header.Get("Location"))
	require.Equal(t, []workflows.CloseTicketInput{{
		TicketQuery: workflows.TicketQuery{Follower: workflows.Follower{Account: "acme", OpenID: alice}, CustomerID: "91",
			TicketID: "71"},
		UserStatus: "5", Language: "en", Note: "The customer says on the page that this is settled.",
	}}, f.backend.closings)
	thread := b.get("/web/tickets/71?closed=1").body
	require.Contains(t, thread, "The ticket is closed.")
	require.Contains(t, thread, "A message opens it again.")
	require.NotContains(t, thread, closePath, "it is closed")
	require.Equal(t, "/web/tickets/71", b.get(closePath).Header.Get("Location"))
	require.Equal(t, "/web/tickets/71?closed=1", b.post("/web/update", fields).Header.Get("Location"),
		"twice is as good as once")
}

// TestClosedWhileC4CIsSilent: a page that still shows the ticket open looks again.
func TestClosedWhileC4CIsSilent(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	after := b.post("/web/update", with(b.form(closePath, "closeTicket"), "ticket", "71")).Header.Get("Location")
	f.backend.down = true
	res := b.get(after)
	require.Contains(t, res.body, "In progress")
	require.Contains(t, res.body, `data-look="5"`)
	f.backend.down = false
	res = b.get(after)
	require.Contains(t, res.body, "The ticket is closed.")
	require.NotContains(t, res.body, "data-look")
	f.backend.status = "2" // an agent has opened it again
	f.advance(time.Minute)
	require.NotContains(t, b.get(after).body, "data-look")
}

func TestClosingThatFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		ticket string
		err    error
		status int
		code   string
		says   string
	}{
		{"somebody else's", "72", nil, http.StatusNotFound, "not_found", "There is no such page or ticket."},
		{"no number", "7 or", nil, http.StatusNotFound, "not_found", "There is no such page or ticket."},
		{"refused", "71", web.ErrNotClosable, http.StatusConflict, "not_closable", "This ticket cannot be closed here."},
		{"nobody knows", "71", context.DeadlineExceeded, http.StatusServiceUnavailable, "unavailable",
			"may be closed or not"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			b := f.signIn(alice)
			require.Equal(t, tt.ticket != "71",
				b.get("/web/tickets/"+url.PathEscape(tt.ticket)+"/close").StatusCode == http.StatusNotFound)
			fields := with(b.form(closePath, "closeTicket"), "ticket", tt.ticket)
			f.backend.closeErr = tt.err
			res := b.post("/web/update", fields)
			require.Equal(t, tt.status, res.StatusCode)
			require.Contains(t, res.body, tt.says)
			require.Empty(t, f.backend.closings)
			fields.Set("csrf", "wrong")
			require.Equal(t, http.StatusForbidden, b.post("/web/update", fields).StatusCode)
		})
	}
}

func TestWithoutAStatusNobodyCloses(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *web.Options) { o.CloseStatus = "" })
	b := f.signIn(alice)
	require.NotContains(t, b.get("/web/tickets/71").body, closePath)
	require.Equal(t, http.StatusNotFound, b.get(closePath).StatusCode)
	fields := with(b.form("/web/tickets/71", "ticket"), "entity", "closeTicket", "ticket", "71")
	require.Equal(t, http.StatusNotFound, b.post("/web/update", fields).StatusCode)
	require.Empty(t, f.backend.closings)
}

func TestTicketsSayWhoIsNextAndWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	for _, path := range []string{"/web/tickets", "/web/tickets/71"} {
		require.NotContains(t, b.get(path).body, "Waiting for you")
		require.Contains(t, b.get(path).body, " · Repair")
	}
	f.backend.waits = true
	b = f.signIn(alice)
	f.advance(time.Minute)
	for _, path := range []string{"/web/tickets", "/web/tickets/71"} {
		require.Contains(t, b.get(path).body, "Waiting for you")
		require.NotContains(t, b.get(path).body, "In progress")
	}
}
