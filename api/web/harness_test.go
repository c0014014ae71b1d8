package web_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const (
	alice    = "oALICE-the-follower"
	bob      = "oBOB-another-follower"
	testKey  = "session-key-of-these-tests-32-bytes!"
	hisTitle = "Bob's secret ticket"
)

var begin = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// fakeWeChat knows codes, each valid for one exchange, and keeps what is uploaded.
type fakeWeChat struct {
	mu       sync.Mutex
	codes    map[string]wechat.OAuthToken
	used     map[string]bool
	uploads  int
	err      error
	pictures map[string][]byte
	people   map[string]wechat.UserInfo // nil: the account may not ask

	exchangeErr error // of every code
	asked       int   // codes
	downloads   int
	slow        chan struct{} // what exchanges wait for; nil: nothing
}

// exchanges is how many codes WeChat was asked about.
func (f *fakeWeChat) exchanges() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

func (f *fakeWeChat) UserInfo(_ context.Context, openID, _ string) (wechat.UserInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.people == nil {
		return wechat.UserInfo{}, &wechat.Error{Op: "user/info", Code: wechat.ErrUnauthorizedAPI}
	}
	return f.people[openID], f.err
}

func (f *fakeWeChat) AuthorizeURL(redirect, scope, state string) string {
	return "https://open.example.com/connect/oauth2/authorize?" + url.Values{
		"redirect_uri": {redirect}, "scope": {scope}, "state": {state},
	}.Encode()
}

func (f *fakeWeChat) ExchangeCode(_ context.Context, code string) (wechat.OAuthToken, error) {
	f.mu.Lock()
	f.asked++
	slow := f.slow
	f.mu.Unlock()
	if slow != nil {
		<-slow
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.exchangeErr != nil {
		return wechat.OAuthToken{}, f.exchangeErr
	}
	if f.used[code] {
		return wechat.OAuthToken{}, &wechat.Error{Op: "oauth", Code: wechat.ErrCodeUsed}
	}
	token, ok := f.codes[code]
	if !ok {
		return token, &wechat.Error{Op: "oauth", Code: wechat.ErrInvalidCode}
	}
	f.used[code] = true
	return token, nil
}

func (f *fakeWeChat) UploadMedia(_ context.Context, _ wechat.MediaKind, _, _ string, r io.Reader) (wechat.Media,
	error) {
	content, err := io.ReadAll(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || f.err != nil {
		return wechat.Media{}, errors.Join(err, f.err)
	}
	f.uploads++
	id := "media-" + string(rune('0'+f.uploads))
	f.pictures[id] = content
	return wechat.Media{ID: id}, nil
}

func (f *fakeWeChat) DownloadMedia(_ context.Context, id string, _ int64) (*wechat.MediaStream, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.downloads++
	content, ok := f.pictures[id]
	if !ok {
		return nil, &wechat.Error{Op: "media/get", Code: wechat.ErrInvalidMediaID}
	}
	return &wechat.MediaStream{Body: io.NopCloser(bytes.NewReader(content)), Size: int64(len(content))}, nil
}

// fakeBackend plays conversations and C4C: each follower has one ticket, numbered after the follower.
type fakeBackend struct {
	mu          sync.Mutex
	submissions []web.Submission
	of          []string // openids of the submissions
	spent       map[string]bool
	views       map[string]conversation.PageView
	down        bool              // C4C
	noReads     bool              // Temporal's server has no standalone activities
	nothing     bool              // C4C has neither tickets nor messages
	lists       int               // how often tickets were listed
	threads     int               // how often a thread was read
	said        []string          // by agents, at the end of each thread
	asked       []string          // followers who request erasure
	reading     chan struct{}     // what reads of threads wait for; nil: nothing
	long        int               // messages at the end of a thread
	files       map[string][]byte // in C4C, by key
	carried     []workflows.CarryFileInput
	hold        chan struct{}          // what files wait for; nil: nothing
	own         []workflows.ThreadFile // of the follower's message
	pending     bool                   // submissions end later
	err         error
	viewErr     error // queries go unanswered
	closings    []workflows.CloseTicketInput
	closeErr    error
	status      string          // of each ticket; empty: in process
	waits       bool            // open tickets wait for the follower
	over        []string        // sessions that were ended
	strangers   map[string]bool // without a conversation
	erased      map[string]time.Time
	erasedErr   error // erasures cannot be read
	customer    *workflows.CustomerView
	fields      map[string]string // of each ticket, by property
	properties  []string          // that were asked for last
}

func (f *fakeBackend) Submit(_ context.Context, openID string, in web.Submission) (conversation.WebResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return conversation.WebResult{}, f.err
	}
	f.submissions, f.of = append(f.submissions, in), append(f.of, openID)
	if f.pending {
		return conversation.WebResult{Key: in.Key}, nil
	}
	return conversation.WebResult{Key: in.Key, Done: true, TicketID: ticketOf(openID)}, nil
}

func ticketOf(openID string) string { return map[string]string{alice: "71", bob: "72"}[openID] }

func (f *fakeBackend) SpendLink(_ context.Context, _ string, in conversation.SpendLinkRequest) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	if f.spent[in.ID] {
		return temporal.NewApplicationError("spent", workflows.ErrorLinkSpent).(*temporal.ApplicationError)
	}
	f.spent[in.ID] = true
	return nil
}

func (f *fakeBackend) SignOut(_ context.Context, _ string, in conversation.EndedSession) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	f.over = append(f.over, in.ID)
	return nil
}

func (f *fakeBackend) Erase(_ context.Context, openID string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return "", f.err
	}
	f.asked = append(f.asked, openID)
	return workflows.HashKey(openID), nil
}

func (f *fakeBackend) Erased(_ context.Context, openID string) (time.Time, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.erased[openID], f.erasedErr
}

// erase removes everything of a follower but the mark.
func (f *fakeBackend) erase(openID string, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spent, f.over, f.erased[openID], f.strangers[openID] = map[string]bool{}, nil, at, true
}

// View is that of a follower with a conversation, unless they are a stranger.
func (f *fakeBackend) View(_ context.Context, openID string) (conversation.PageView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	view := f.views[openID]
	if !f.strangers[openID] {
		view.Follows, view.Conversation, view.Over = !view.Gone, cmp.Or(view.Conversation, "first"), f.over
	}
	return view, f.viewErr
}

// reads is how often a thread was read.
func (f *fakeBackend) reads() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.threads
}

// answers lets the conversation know of agents' answers.
func (f *fakeBackend) answers(openID string, answers ...conversation.Answer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	view := f.views[openID]
	view.Answers = answers
	f.views[openID] = view
}

func (f *fakeBackend) isDown() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noReads {
		return web.ErrNoReads
	}
	if f.down {
		return errors.New("C4C does not answer")
	}
	return nil
}

func (f *fakeBackend) Customer(_ context.Context, in workflows.CustomerQuery) (workflows.CustomerView, error) {
	f.mu.Lock()
	customer := f.customer
	f.properties = in.Properties
	f.mu.Unlock()
	if customer != nil {
		return *customer, f.isDown()
	}
	return workflows.CustomerView{ID: "C-" + in.OpenID, Data: workflows.CustomerData{LastName: "Smith", FirstName: "Ann",
		Mobile: "+4930123456"}}, f.isDown()
}

func (f *fakeBackend) Tickets(_ context.Context, in workflows.TicketsQuery) (workflows.TicketList, error) {
	f.mu.Lock()
	f.lists++
	f.mu.Unlock()
	if f.nothing {
		return workflows.TicketList{}, f.isDown()
	}
	line := f.line(in.OpenID, ticketOf(in.OpenID))
	line.ChangedAt = begin
	return workflows.TicketList{Tickets: []workflows.TicketLine{line}, Total: 25}, f.isDown()
}

func subjectOf(openID string) string {
	if openID == bob {
		return hisTitle
	}
	return "Brakes <squeal>"
}

func (f *fakeBackend) Thread(_ context.Context, in workflows.TicketQuery) (workflows.TicketThread, error) {
	f.mu.Lock()
	f.threads++
	f.properties = in.Properties
	reading := f.reading
	f.mu.Unlock()
	if reading != nil {
		<-reading
	}
	if err := f.isDown(); err != nil {
		return workflows.TicketThread{}, err
	}
	if in.TicketID != ticketOf(in.OpenID) {
		return workflows.TicketThread{}, web.ErrNotTheirs
	}
	if f.nothing {
		return workflows.TicketThread{Ticket: workflows.TicketLine{ID: in.TicketID}}, nil
	}
	thread := workflows.TicketThread{
		Ticket: f.line(in.OpenID, in.TicketID), Answerable: true, Fields: f.fields,
		Items: []workflows.ThreadItem{
			{MessageID: conversation.MessageID("acme", in.OpenID, "web-key1"), Text: "It <b>squeals</b>\nloudly", At: begin,
				Files: f.own},
			{FromAgent: true, Author: "Chen Li",
				Text: "<p>Please come <b>tomorrow</b>: <a href=\"https://a.example/way\">the way</a></p>", At: begin.Add(time.Hour),
				Files: f.sentAlong()},
		},
	}
	for _, words := range f.said {
		thread.Items = append(thread.Items, workflows.ThreadItem{FromAgent: true, Text: words, At: begin.Add(2 * time.Hour)})
	}
	for range f.long {
		thread.Items = append(thread.Items, workflows.ThreadItem{FromAgent: true, Author: "Chen Li",
			Text: "and one more line\n👍", At: begin})
	}
	return thread, nil
}

func (f *fakeBackend) CloseTicket(_ context.Context, in workflows.CloseTicketInput) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closeErr != nil:
		return f.closeErr
	case in.TicketID != ticketOf(in.OpenID):
		return web.ErrNotTheirs
	}
	f.closings, f.status = append(f.closings, in), "3"
	return nil
}

// line is a follower's ticket.
func (f *fakeBackend) line(openID, id string) workflows.TicketLine {
	f.mu.Lock()
	defer f.mu.Unlock()
	return workflows.TicketLine{ID: id, Subject: subjectOf(openID), Status: cmp.Or(f.status, "2"), Category: "CA_1",
		Waits: f.waits}
}

// sentAlong are the files of the agent's answer.
func (f *fakeBackend) sentAlong() []workflows.ThreadFile {
	f.mu.Lock()
	defer f.mu.Unlock()
	var files []workflows.ThreadFile
	for _, name := range slices.Sorted(maps.Keys(f.files)) {
		files = append(files, workflows.ThreadFile{Of: "message", ObjectID: name, Name: name,
			Size: int64(len(f.files[name]))})
	}
	return files
}

// Carry brings a file as a worker does.
func (f *fakeBackend) Carry(ctx context.Context, _ string, in workflows.CarryFileInput) error {
	if err := f.isDown(); err != nil {
		return err
	}
	f.mu.Lock()
	content, ok := f.files[in.ObjectID]
	f.carried = append(f.carried, in)
	hold := f.hold
	f.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if !ok {
		return web.ErrNotTheirs
	}
	code, err := bring(ctx, in.To, content)
	if code != http.StatusNoContent {
		err = errors.Join(err, errors.New("not taken"))
	}
	return err
}

// bring sends a file to a relay.
func bring(ctx context.Context, to string, content []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, to, bytes.NewReader(content))
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

// fixture is the page behind a real listener.
type fixture struct {
	t   testing.TB
	url string
	// transport is this fixture's own: the end of another test closes the idle connections of the standard one.
	transport http.RoundTripper
	site      *web.Site
	echo      *echo.Echo
	wechat    *fakeWeChat
	backend   *fakeBackend
	mu        sync.Mutex
	clock     time.Time
}

func (f *fixture) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clock
}

func (f *fixture) advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = f.clock.Add(d)
}

func setup(t testing.TB, changes ...func(*web.Options)) *fixture {
	t.Helper()
	f := &fixture{
		t: t, clock: begin,
		wechat: &fakeWeChat{used: map[string]bool{}, pictures: map[string][]byte{}, codes: map[string]wechat.OAuthToken{
			"code-alice": {OpenID: alice}, "code-bob": {OpenID: bob}, "code-snapshot": {OpenID: "oSnapshot", Snapshot: true},
		}},
		backend: &fakeBackend{spent: map[string]bool{}, strangers: map[string]bool{}, erased: map[string]time.Time{},
			views: map[string]conversation.PageView{}},
	}
	f.echo = echo.New()
	server := httptest.NewServer(f.echo)
	t.Cleanup(server.Close)
	f.url, f.transport = server.URL, server.Client().Transport
	o := web.Options{
		RelayKey: []byte(testKey), Account: "acme", URL: server.URL, SessionKey: []byte(testKey), OAuth: true,
		Language:    catalogue.English,
		CloseStatus: "5", Erasure: true, PrivacyVersion: "7",
		WeChat: f.wechat, Backend: f.backend, Now: f.now, Relay: web.NewRelay(),
		Categories: []web.Category{{Code: "CA_1", Name: map[catalogue.Language]string{catalogue.Chinese: "维修",
			catalogue.English: "Repair"}}},
	}
	internal := httptest.NewServer(o.Relay)
	t.Cleanup(internal.Close)
	o.Relay.Announce(internal.URL, false)
	for _, change := range changes {
		change(&o)
	}
	site, err := web.New(o)
	require.NoError(t, err)
	f.site = site
	site.Routes(f.echo)
	return f
}

func withoutOAuth(o *web.Options) { o.OAuth = false }

// browser keeps cookies and follows no redirect.
type browser struct {
	*fixture
	client *http.Client
	header http.Header
}

func (f *fixture) browser() *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(f.t, err)
	return &browser{fixture: f, header: http.Header{}, client: &http.Client{Jar: jar, Transport: f.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}}
}

// page is an answer.
type page struct {
	*http.Response
	body string
}

func (b *browser) do(method, path, contentType string, body io.Reader) page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, b.url+path, body)
	require.NoError(b.t, err)
	maps.Copy(req.Header, b.header)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := b.client.Do(req)
	require.NoError(b.t, err)
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	require.NotContains(b.t, string(content), testKey)
	return page{res, string(content)}
}

func (b *browser) get(path string) page { return b.do(http.MethodGet, path, "", nil) }

func (b *browser) post(path string, fields url.Values) page {
	return b.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode()))
}

// state begins a login and returns its state.
func (b *browser) state() string {
	b.t.Helper()
	res := b.get("/web/login?return=/web/tickets")
	require.Equal(b.t, http.StatusFound, res.StatusCode)
	to, err := url.Parse(res.Header.Get("Location"))
	require.NoError(b.t, err)
	return to.Query().Get("state")
}

// signIn signs a new browser in.
func (f *fixture) signIn(openID string) *browser {
	f.t.Helper()
	b := f.browser()
	code := "code-of-" + openID + "-" + b.state()
	f.wechat.mu.Lock()
	f.wechat.codes[code] = wechat.OAuthToken{OpenID: openID}
	f.wechat.mu.Unlock()
	res := b.get("/web/oauth?code=" + url.QueryEscape(code) + "&state=" + b.stateOfCookie())
	require.Equal(f.t, http.StatusSeeOther, res.StatusCode, res.body)
	return b
}

// stateOfCookie begins a new login and returns the state that the cookie then holds.
func (b *browser) stateOfCookie() string { return b.state() }

var (
	csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	keyField  = regexp.MustCompile(`name="key" value="([^"]+)"`)
)

// form reads the hidden fields of a page's form.
func (b *browser) form(path, entity string) url.Values {
	b.t.Helper()
	res := b.get(path)
	require.Equal(b.t, http.StatusOK, res.StatusCode, res.body)
	return url.Values{
		"csrf": {csrfField.FindStringSubmatch(res.body)[1]}, "key": {keyField.FindStringSubmatch(res.body)[1]},
		"entity": {entity},
	}
}

func with(fields url.Values, pairs ...string) url.Values {
	out := url.Values{}
	maps.Copy(out, fields)
	for i := 0; i < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

// upload is a file of a form.
type upload struct {
	name    string
	content []byte
}

func (b *browser) postFiles(path string, fields url.Values, files ...upload) page {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name := range fields {
		require.NoError(b.t, w.WriteField(name, fields.Get(name)))
	}
	for _, file := range files {
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", multipart.FileContentDisposition("pictures", file.name))
		header.Set("Content-Type", "image/jpeg")
		part, err := w.CreatePart(header)
		require.NoError(b.t, err)
		_, err = part.Write(file.content)
		require.NoError(b.t, err)
	}
	require.NoError(b.t, w.Close())
	return b.do(http.MethodPost, path, w.FormDataContentType(), &body)
}

func picture(t testing.TB) []byte { return pictureOf(t, 8) }

// pictureOf is a picture of the given size in pixels: another size is another picture.
func pictureOf(t testing.TB, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, size, size))))
	return b.Bytes()
}

// pngHead is the beginning of a picture of that size, which is all that is read of it.
func pngHead(width, height uint32) []byte {
	head := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)...)
	head = append(head, 8, 6, 0, 0, 0)
	content := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(content, crc32.ChecksumIEEE(head))
}
