package web_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
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

// TestPicturePicker: the types that the field names decide which picker opens, and in which format pictures come.
func TestPicturePicker(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, tt := range []struct{ name, agent, accept string }{
		{"WeChat on Android",
			"Mozilla/5.0 (Linux; Android 14; V2304A) Chrome/126 Mobile Safari/537.36 MicroMessenger/8.0.50 Language/zh_CN",
			"image/*"},
		{"Chrome on Android", "Mozilla/5.0 (Linux; Android 10; K) Chrome/130.0 Mobile Safari/537.36", "image/*"},
		{"WeChat on an iPhone",
			"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50 Language/zh_CN",
			"image/jpeg,image/png"},
		{"desktop", "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0 Safari/537.36", "image/jpeg,image/png"},
		{"none", "", "image/jpeg,image/png"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := f.signIn(alice)
			b.header.Set("User-Agent", tt.agent)
			for _, path := range []string{"/web/new", "/web/tickets/71"} {
				require.Contains(t, b.get(path).body, ` accept="`+tt.accept+`" multiple`, path)
			}
		})
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

func TestNewTicket(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/new", "ticket"), "subject", "  Brakes \n squeal ", "text", "Since\nyesterday", "category",
		"CA_1")
	res := b.postFiles("/web/create", fields, upload{"a.jpg", picture(t)}, upload{"b.png", pictureOf(t, 9)},
		upload{"c.png", picture(t)})
	require.Equal(t, http.StatusSeeOther, res.StatusCode, res.body)
	require.Equal(t, "/web/tickets/71?opened=1", res.Header.Get("Location"))
	got := f.backend.submissions[0]
	require.Equal(t, workflows.UpdateOpenTicket, got.Update)
	require.Equal(t, fields.Get("key"), got.Key)
	in := got.Inbound
	require.Equal(t, "web-"+fields.Get("key"), in.MsgID)
	require.Equal(t, "Brakes squeal\n\nSince\nyesterday", in.Text)
	require.Equal(t, "CA_1", in.Web.Category)
	require.Len(t, in.Web.Pictures, 2, "the same picture twice is one")
	require.Equal(t, 2, f.wechat.uploads)
	require.NotEqual(t, in.Web.Pictures[0].ID, in.Web.Pictures[1].ID)

	f.backend.pending = true
	require.Equal(t, "/web/received?key="+fields.Get("key"), b.postFiles("/web/create", fields).Header.Get("Location"))
	f.backend.views[alice] = conversation.PageView{Results: []conversation.WebResult{{Key: fields.Get("key"), Done: true,
		TicketID: "71"}}}
	require.Equal(t, "/web/tickets/71?opened=1", b.get("/web/received?key="+fields.Get("key")).Header.Get("Location"))
}

// Submissions that have not reached C4C are shown: in the list, in their thread, and if C4C does not answer at all.
func TestSubmissionsUnderWay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	f.backend.views[alice] = conversation.PageView{Follows: true, Underway: []conversation.Underway{
		{Key: "opened123", Text: "My <brakes> squeal", At: begin.Unix()},
		{Key: "added1234", TicketID: "71", Text: "and the horn\ntoo", At: begin.Unix()},
		{Key: "key1", TicketID: "71", Text: "what is there already", At: begin.Unix()},
	}}
	list := b.get("/web/tickets").body
	require.Contains(t, list, "My &lt;brakes&gt; squeal")
	require.Contains(t, list, "On its way")
	require.NotContains(t, list, "and the horn")
	thread := b.get("/web/tickets/71").body
	require.Contains(t, thread, "and the horn<br>too")
	require.Contains(t, thread, "On its way")
	require.NotContains(t, thread, "what is there already")

	f.backend.down = true
	f.advance(2 * time.Hour)
	b = f.signIn(alice)
	res := b.get("/web/tickets")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, res.body, "My &lt;brakes&gt; squeal")
	require.Contains(t, res.body, "please do not send it again")
	f.backend.views[alice] = conversation.PageView{Follows: true}
	require.Equal(t, http.StatusServiceUnavailable, b.get("/web/tickets").StatusCode)
}

// An open thread asks for news. That only asks the conversation, until there is news.
func TestNewsOfAThread(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	require.Contains(t, b.get("/web/tickets/71").body, `data-ticket="71" data-answered="0"`)
	require.JSONEq(t, `{"at": 0}`, b.get("/web/news?ticket=71").body)
	reads := f.backend.reads()
	at := f.now().Add(5 * time.Second).Unix()
	f.backend.answers(alice, conversation.Answer{TicketID: "71", At: at})
	f.advance(6 * time.Second)
	for range 3 {
		require.JSONEq(t, fmt.Sprintf(`{"at": %d}`, at), b.get("/web/news?ticket=71").body)
	}
	require.Equal(t, reads, f.backend.reads(), "no call to C4C")
	require.Contains(t, b.get("/web/tickets/71").body, fmt.Sprintf(`data-answered="%d"`, at))
	require.Equal(t, reads+1, f.backend.reads(), "what was read before the answer is read anew")
	require.Contains(t, b.get("/web/tickets").body, fmt.Sprintf(`data-ticket="71" data-answered="%d"`, at))
	require.Equal(t, http.StatusNotFound, b.get("/web/news?ticket=../71").StatusCode)
	require.Equal(t, http.StatusFound, f.browser().get("/web/news?ticket=71").StatusCode)
}

func TestBadTickets(t *testing.T) {
	t.Parallel()
	large := append(picture(t), bytes.Repeat([]byte{0}, 10<<20)...)
	six := make([]upload, 6)
	for i := range six {
		six[i] = upload{fmt.Sprintf("%d.png", i), pictureOf(t, 8+i)}
	}
	for _, tt := range []struct {
		name   string
		change []string
		files  []upload
		says   string
	}{
		{"no subject", []string{"subject", " "}, nil, "Please fill this in"},
		{"no text", []string{"text", ""}, nil, "Please fill this in"},
		{"subject too long", []string{"subject", strings.Repeat("车", 101)}, nil, "At most 100 characters"},
		{"text too long", []string{"text", strings.Repeat("车", 2001)}, nil, "At most 2000 characters"},
		{"unknown category", []string{"category", "CA_9"}, nil, "Please choose a category"},
		{"too many pictures", nil, six, "At most 5 pictures"},
		{"too large", nil, []upload{{"huge.png", large}}, "“huge.png” is larger than 10 MB"},
		{"a hundred megapixels in a small file", nil, []upload{{"vast.png", pngHead(10_000, 10_000)}},
			"“vast.png” has more than 52 megapixels"},
		{"a strip", nil, []upload{{"strip.png", pngHead(52_000_001, 1)}}, "“strip.png” has more than 52 megapixels"},
		{"disguised", nil, []upload{{"photo.jpg", []byte("<html><script>alert(1)</script>")}},
			"“photo.jpg” is not a JPG or PNG picture"},
		{"program", nil, []upload{{"../../etc/run.png", []byte("\x7fELF\x02\x01\x01")}}, "“run.png” is not"},
		{"HEIC with another name", nil, []upload{{"IMG_1.jpg", []byte("\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic")}},
			"“IMG_1.jpg” is not a JPG or PNG picture"},
		{"cut off", nil, []upload{{"cut.png", picture(t)[:12]}}, "“cut.png” is not"},
		{"drawing with script", nil, []upload{{"a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)}},
			"“a.svg” is not"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			b := f.signIn(alice)
			fields := with(with(b.form("/web/new", "ticket"), "subject", "my subject", "text", "my text", "category", "CA_1"),
				tt.change...)
			res := b.postFiles("/web/create", fields, tt.files...)
			require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
			require.Contains(t, res.body, tt.says)
			require.Contains(t, res.body, `class="bad"`)
			if tt.change == nil { // the text is kept if a picture is wrong
				require.Contains(t, res.body, `value="my subject"`)
				require.Contains(t, res.body, "my text</textarea>")
			}
			readable(t, res)
			require.Empty(t, f.backend.submissions)
			require.Zero(t, f.wechat.uploads)
		})
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/tickets/71", "ticket"), "ticket", "71", "text", "see you tomorrow")
	require.Equal(t, "/web/tickets/71#end", b.post("/web/update", fields).Header.Get("Location"))
	require.Equal(t, "71", f.backend.submissions[0].Inbound.Web.TicketID)
	require.Equal(t, "see you tomorrow", f.backend.submissions[0].Inbound.Text)
	byID := with(fields, "id", "71", "ticket", "")
	require.Equal(t, "/web/tickets/71#end", b.post("/web/update", byID).Header.Get("Location"))
	require.Contains(t, b.get("/web/get?entity=ticket&ticket=71").body, "Please come tomorrow")
	empty := b.post("/web/update", with(fields, "text", " "))
	require.Equal(t, http.StatusUnprocessableEntity, empty.StatusCode)
	require.Contains(t, empty.body, "Please come tomorrow", "the thread is there still")

	f.backend.down, f.backend.pending = true, true
	f.advance(time.Minute)
	waits := "/web/tickets/71?received=" + fields.Get("key")
	require.Equal(t, waits, b.post("/web/update", fields).Header.Get("Location"))
	res := b.get(waits)
	require.Contains(t, res.body, `data-look="5"`, "it looks again by itself")
	require.Contains(t, res.body, "We have received your message")
	require.Contains(t, res.body, "This is what we knew 1 min ago")
	f.backend.views[alice] = conversation.PageView{Results: []conversation.WebResult{{Key: fields.Get("key"), Done: true,
		TicketID: "71"}}}
	require.Equal(t, "/web/tickets/71#end", b.get(waits).Header.Get("Location"), "the message has reached its ticket")
	f.backend.err = temporal.NewApplicationError("left", workflows.ErrorFollowerGone)
	require.Equal(t, http.StatusForbidden, b.post("/web/update", fields).StatusCode)
}

// TestMessagesThatMustBeMended: the text stays, even if C4C does not return the ticket.
func TestMessagesThatMustBeMended(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/new", "ticket"), "ticket", "71", "text", strings.Repeat("x", 2001))
	f.backend.down = true
	res := b.post("/web/update", fields)
	require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
	require.Contains(t, res.body, ">Ticket 71</h1>")
	require.Contains(t, res.body, strings.Repeat("x", 2001)+"</textarea>")
	readable(t, res)
}

// TestLinesCountOnce: a browser counts the end of a line as one character and sends two.
func TestLinesCountOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	text := strings.Repeat("line\r\n", 399) + "12345" // 2,000 as a browser counts
	fields := with(b.form("/web/tickets/71", "ticket"), "ticket", "71", "text", text)
	require.Equal(t, http.StatusSeeOther, b.post("/web/update", fields).StatusCode)
	require.Equal(t, strings.ReplaceAll(text, "\r", ""), f.backend.submissions[0].Inbound.Text)
}

// TestAllBadFilesAreNamed: a follower who has to choose again should have to do it only once.
func TestAllBadFilesAreNamed(t *testing.T) {
	t.Parallel()
	b := setup(t).signIn(alice)
	fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	files := []upload{{"a.png", picture(t)}, {"b.png", []byte("x")},
		{"c.jpg", append(picture(t), make([]byte, 10<<20)...)}}
	res := b.postFiles("/web/create", fields, files...)
	require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
	require.Contains(t, res.body, "“b.png” is not a JPG or PNG picture\n“c.jpg” is larger than 10 MB</p>")
	require.NotContains(t, res.body, "a.png")
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

func TestRegister(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/account", "customerAccount"), "name", "欧阳小明", "phone", "138 0013 8000", "email",
		"a@example.com", "consent", "1")
	require.Equal(t, "/web/account?saved=done", b.post("/web/create", fields).Header.Get("Location"))
	got := f.backend.submissions[0].Inbound.Web.Register
	require.Equal(t, workflows.CustomerData{FirstName: "小明", LastName: "欧阳", Mobile: "+8613800138000",
		Email: "a@example.com"}, got.Customer)
	require.Equal(t, conversation.Consent{Version: "7", At: begin.Unix()}, got.Consent)

	f.backend.pending = true
	waits := b.post("/web/create", fields).Header.Get("Location")
	require.Equal(t, "/web/account?saved="+fields.Get("key"), waits)
	require.Contains(t, b.get(waits).body, `data-look="5">We have received your details`, "it looks again by itself")
	f.backend.views[alice] = conversation.PageView{Results: []conversation.WebResult{{Key: fields.Get("key"), Done: true}}}
	require.Equal(t, "/web/account?saved=done", b.get(waits).Header.Get("Location"))
	require.Contains(t, b.get("/web/account?saved=done").body, "Your details are saved")
	f.backend.pending = false
	for _, tt := range []struct{ name, field, value, says string }{
		{"no name", "name", "", "Please fill this in"},
		{"no phone", "phone", "", "Please fill this in"},
		{"words as phone", "phone", "call me", "valid phone number"},
		{"short phone", "phone", "123", "valid phone number"},
		{"no e-mail", "email", "nobody", "valid e-mail"},
		{"e-mail with name", "email", "Ann <a@example.com>", "valid e-mail"},
		{"long street", "street", strings.Repeat("s", 61), "At most 60"},
		{"long city", "city", strings.Repeat("车", 41), "At most 40"},
		{"long postcode", "postal", "12345678901", "At most 10"},
		{"long name", "name", strings.Repeat("n", 82), "At most 81"},
		{"long family name", "name", "Ann " + strings.Repeat("n", 41), "At most 40 characters each"},
		{"long given name", "name", strings.Repeat("n", 41) + " Smith", "At most 40 characters each"},
		{"long name without a family name", "name", strings.Repeat("阿·", 21), "At most 40 characters each"},
		{"long e-mail", "email", strings.Repeat("a", 250) + "@x.example", "At most 255"},
		{"no consent", "consent", "", "agree to the privacy notice"},
	} {
		res := b.post("/web/create", with(fields, tt.field, tt.value))
		require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode, tt.name)
		require.Contains(t, res.body, tt.says, tt.name)
		readable(t, res)
		require.Regexp(t, `name="`+tt.field+`"[^>]* aria-invalid="true" aria-describedby="bad-`+tt.field+`"`, res.body,
			tt.name)
		require.Contains(t, res.body, `<p class="bad" id="bad-`+tt.field+`">`, tt.name)
		f.advance(10 * time.Second)
	}
	require.Len(t, f.backend.submissions, 2)

	b.header.Set("Accept", "application/json")
	res := b.post("/web/update", with(fields, "phone", "x"))
	require.JSONEq(t,
		`{"error":"invalid","message":"Please check what is marked.","fields":{"phone":"Please enter a valid phone number"}}`,
		res.body)
	require.Equal(t, http.StatusOK, b.post("/web/update", fields).StatusCode)
}

// TestConsentIsOfAVersion: a new notice asks everyone again.
func TestConsentIsOfAVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, agreed string
		asked        bool
	}{{"this version", "7", false}, {"an older one", "6", true}, {"none", "", true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.backend.views[alice] = conversation.PageView{Consent: conversation.Consent{Version: tt.agreed, At: begin.Unix()}}
			b := f.signIn(alice)
			require.Equal(t, tt.asked, strings.Contains(b.get("/web/").body, "Please tell us who you are"))
			require.Equal(t, !tt.asked, regexp.MustCompile(`id="consent"[^>]* checked`).MatchString(b.get("/web/account").body))
		})
	}
}

// TestWhatNobodySpokeOfIsKept: neither a form that could not show C4C's data nor a client that omits fields erases
// them.
func TestWhatNobodySpokeOfIsKept(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		form url.Values
		want []string
	}{
		{"all shown, some emptied", url.Values{"email": {""}, "street": {""}, "city": {"Kiel"}, "postal": {""}}, nil},
		{"left out", url.Values{"city": {"Kiel"}}, []string{"email", "postal_code", "street"}},
		{"could not be shown", url.Values{"unread": {"1"}, "email": {""}, "street": {" "}, "city": {"Kiel"}, "postal": {""}},
			[]string{"email", "postal_code", "street"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			b := f.signIn(alice)
			fields := with(b.form("/web/account", "customerAccount"), "name", "Ann Smith", "phone", "+4930123456", "consent",
				"1")
			maps.Copy(fields, tt.form)
			require.Equal(t, http.StatusSeeOther, b.post("/web/update", fields).StatusCode)
			got := f.backend.submissions[0].Inbound.Web.Register
			require.Equal(t, tt.want, got.Keep)
			require.Equal(t, "Kiel", got.Customer.City)
		})
	}
	f := setup(t)
	b := f.signIn(alice)
	again := b.post("/web/create", with(b.form("/web/account", "customerAccount"), "unread", "1"))
	require.Equal(t, http.StatusUnprocessableEntity, again.StatusCode)
	require.Contains(t, again.body, `name="unread" value="1"`, "as long as the form is not sent")
}

// TestFirstView prints the cost of the first view on a slow network.
func TestFirstView(t *testing.T) {
	t.Parallel()
	b := setup(t).signIn(alice)
	home := b.get("/web/")
	total, requests := len(home.body), 1
	for _, asset := range regexp.MustCompile(`"(/web/assets/[^"]+)"`).FindAllStringSubmatch(home.body, -1) {
		res := b.get(asset[1])
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Regexp(t, `\.[0-9a-f]{16}\.(css|js)$`, asset[1])
		require.Contains(t, res.Header.Get("Cache-Control"), "immutable")
		total, requests = total+len(res.body), requests+1
		if strings.HasSuffix(asset[1], ".js") {
			require.Less(t, strings.Count(res.body, "\n"), 500)
		}
	}
	t.Logf("the first view has %d bytes in %d requests", total, requests)
	require.Less(t, total, 50_000)
	require.Equal(t, 3, requests)
}

// pageBudget is the server's time limit for a page.
const pageBudget = 5 * time.Millisecond

// BenchmarkPages measures the server's time for each page, without C4C's, and its share of the budget.
func BenchmarkPages(b *testing.B) {
	f := setup(b)
	f.backend.long = 100
	for _, path := range []string{
		"/web/", "/web/new", "/web/tickets", "/web/tickets/71", "/web/account", "/web/privacy",
		"/web/received?key=ABCDEFGHIJKLMNOP",
		"/web/get?entity=ticket&id=71", "/web/assets/" + cssName(b, f),
	} {
		b.Run(path, func(b *testing.B) {
			signed := f.signIn(alice)
			req := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
			for _, cookie := range signed.client.Jar.Cookies(mustURL(b, f.url)) {
				req.AddCookie(cookie)
			}
			for b.Loop() {
				f.advance(200 * time.Millisecond) // the rate that one follower is allowed
				res := httptest.NewRecorder()
				f.echo.ServeHTTP(res, req)
				if res.Code != http.StatusOK {
					b.Fatal(res.Code)
				}
			}
			each := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(each)/float64(pageBudget), "of-5ms")
		})
	}
}

func cssName(t testing.TB, f *fixture) string {
	t.Helper()
	name := regexp.MustCompile(`/web/assets/(page\.[0-9a-f]+\.css)`).FindStringSubmatch(f.signIn(alice).get("/web/").body)
	require.Len(t, name, 2)
	return name[1]
}

func mustURL(t testing.TB, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u
}
