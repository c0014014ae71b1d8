package web_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

type webOptions = web.Options

func TestViews(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path string
		says       []string
	}{
		{"home", "/web/", []string{`id="go-new"`, "Please tell us who you are", `href="/web/privacy?from=home"`}},
		{"account", "/web/account", []string{`value="Ann Smith"`, `value="&#43;4930123456"`, "privacy notice", "C-" + alice}},
		{"new ticket", "/web/new", []string{`enctype="multipart/form-data"`, "Repair", "Up to 5, each at most 10 MB"}},
		{"tickets", "/web/tickets", []string{"Brakes &lt;squeal&gt;", "In progress", `href="?page=2"`,
			`datetime="2026-03-01T08:00:00Z"`}},
		{"tickets, second page", "/web/tickets?page=2", []string{`href="?page=1"`, `href="?page=3"`}},
		{"ticket", "/web/tickets/71", []string{"It &lt;b&gt;squeals&lt;/b&gt;<br>loudly", "Chen Li",
			`Please come tomorrow: <a href="https://a.example/way" rel="noopener noreferrer">the way</a>`,
			`src="/web/pictures/71/web-key1/0"`}},
		{"opened", "/web/tickets/71?opened=1", []string{"Your ticket is open. Its number is 71."}},
		{"received", "/web/received?key=ABCDEFGHIJKLMNOP", []string{"our answer will appear under “My tickets”",
			`data-look="5"`,
			`http-equiv="refresh"`}},
		{"privacy", "/web/privacy", []string{"Version 7", `href="/web/account">Back`}},
		{"privacy, from the first view", "/web/privacy?from=home", []string{"Version 7", `href="/web/">Back`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.backend.views[alice] = conversation.PageView{
				Pictures: []conversation.WebPicture{{TicketID: "71", MsgID: "web-key1", MediaID: "m", Until: begin.Unix() + 60}}}
			b := f.signIn(alice)
			for _, lang := range []string{"zh", "en"} {
				res := b.get(tt.path + map[bool]string{true: "&", false: "?"}[strings.Contains(tt.path, "?")] + "lang=" + lang)
				require.Equal(t, http.StatusOK, res.StatusCode, res.body)
				readable(t, res)
				if lang == "en" {
					for _, text := range tt.says {
						require.Contains(t, res.body, text)
					}
				}
			}
		})
	}
}

// readable checks what must be true of every view.
func readable(t *testing.T, res page) {
	t.Helper()
	policy := res.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "frame-ancestors 'none'")
	nonce := regexp.MustCompile(`'nonce-([A-Z0-9]+)'`).FindStringSubmatch(policy)
	require.Contains(t, res.body, `<script nonce="`+nonce[1]+`"`)
	require.Equal(t, 1, strings.Count(res.body, "<script"))
	require.NotRegexp(t, ` (on[a-z]+|style)="`, res.body)
	require.Contains(t, res.body, `<html lang="`)
	require.Contains(t, res.body, "</html>")
	require.NotContains(t, res.body, "<no value>")
	require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	for _, field := range regexp.MustCompile(
		`<(?:input|textarea|select) [^>]*name="([a-z]+)"[^>]*>`).FindAllStringSubmatch(res.body, -1) {
		if strings.Contains(field[0], `type="hidden"`) || strings.Contains(field[0], "id=") {
			continue
		}
		require.Regexp(t, `(?s)<label[^>]*><span[^>]*>[^<]+</span>`+regexp.QuoteMeta(field[0]), res.body,
			"the field %s has a label", field[1])
	}
}

// TestViewsThatEnd are those without a session, or with nothing to show.
func TestViewsThatEnd(t *testing.T) {
	t.Parallel()
	oauth, personal := setup(t), setup(t, withoutOAuth)
	link := "/web/link?t=" + token(personal.site.Invite(alice, "account", true))
	for _, tt := range []struct {
		name   string
		b      *browser
		path   string
		status int
		says   map[string]string
	}{
		{"link", personal.browser(), link, 200, map[string]string{"zh": "仅限您本人使用", "en": "works once"}},
		{"expired link", personal.browser(), "/web/link?t=x", 410,
			map[string]string{"zh": "链接已失效", "en": "does not work any more"}},
		{"no session", personal.browser(), "/web/tickets", 401,
			map[string]string{"zh": "请从公众号进入", "en": "open this page from the chat"}},
		{"not found", oauth.signIn(alice), "/web/nothing", 404, map[string]string{"zh": "没有找到", "en": "Not found"}},
		{"denied", oauth.browser(), "/web/oauth?code=x&state=y", 403,
			map[string]string{"zh": "登录未完成", "en": "Not signed in"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for lang, says := range tt.says {
				tt.b.header.Set("Accept-Language", lang)
				res := tt.b.get(tt.path)
				require.Equal(t, tt.status, res.StatusCode)
				require.Contains(t, res.body, says)
				readable(t, res)
			}
		})
	}
}

func TestPagesBeyondTheLast(t *testing.T) {
	t.Parallel()
	b := setup(t).signIn(alice)
	res := b.get("/web/tickets?page=9")
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Equal(t, "/web/tickets?page=3", res.Header.Get("Location"), "25 tickets, 10 on a page")
	last := b.get("/web/tickets?page=3")
	require.Equal(t, http.StatusOK, last.StatusCode)
	require.NotContains(t, last.body, "Older")
}

// TestProblemsOfferAWayOut: no page is a dead end.
func TestProblemsOfferAWayOut(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	require.Contains(t, b.get("/web/tickets/999").body, `href="/web/tickets">My tickets`)
	f.backend.down = true
	down := b.get("/web/tickets?page=2").body
	require.Contains(t, down, `href="/web/tickets?page=2">Try again`)
	require.Contains(t, down, `href="/web/new">New ticket`)
	fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	f.backend.err = errors.New("nobody takes it")
	require.NotContains(t, b.post("/web/create", fields).body, `href="/web/create"`,
		"what was sent cannot be looked at again")
	require.Contains(t, f.browser().post("/web/create", fields).body, `href="/web/login">Try again`,
		"a session that has ended")
	require.NotContains(t, setup(t, withoutOAuth).browser().get("/web/tickets").body, "Try again",
		"only the chat leads in")
	var busy string
	for range 100 {
		if res := b.get("/web/new"); res.StatusCode == http.StatusTooManyRequests {
			busy = res.body
		}
	}
	require.Contains(t, busy, `href="/web/new">Try again`)
}

func TestC4CDown(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	f.backend.down = true
	f.advance(5 * time.Minute)
	res := b.get("/web/tickets")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, res.body, "5 min ago")
	require.Contains(t, b.get("/web/get?entity=tickets").body, `"stale_minutes":5`)
	never := b.get("/web/tickets/71")
	require.Equal(t, http.StatusServiceUnavailable, never.StatusCode)
	require.Contains(t, never.body, "You can still open a ticket")
	account := b.get("/web/account")
	require.Equal(t, http.StatusOK, account.StatusCode, "the form is there without data")
	require.Contains(t, account.body, "cannot read your details")
	require.Contains(t, account.body, `name="unread" value="1"`)
	f.advance(2 * time.Hour)
	require.Equal(t, http.StatusServiceUnavailable, b.get("/web/tickets").StatusCode, "too old to be shown")
}

// If Temporal's server lacks what reads need, the page says so, to people and to programs, and accepts submissions.
func TestPageWithoutReadsSaysSo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	f.backend.noReads = true
	for _, path := range []string{"/web/tickets", "/web/tickets/71"} {
		res := b.get(path)
		require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
		require.Contains(t, res.body, "We cannot show your data and tickets here for now. You can still open a ticket")
		require.Contains(t, res.body, `href="/web/new"`)
		require.NotContains(t, res.body, "Temporal")
	}
	require.Equal(t, http.StatusOK, b.get("/web/new").StatusCode)
	require.Contains(t, b.get("/web/get?entity=tickets").body, `"error":"no_reads"`)
}
