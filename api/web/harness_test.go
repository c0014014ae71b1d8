package web_test

import (
	"bytes"
	"context"
	"encoding/binary"
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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

const (
	alice    = "oALICE-the-follower"
	bob      = "oBOB-another-follower"
	testKey  = "session-key-of-these-tests-32-bytes!"
	hisTitle = "Bob's secret ticket"
)

var begin = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

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
