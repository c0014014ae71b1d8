package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func TestFilesOfTheThread(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.files = map[string][]byte{
		"sketch.png": picture(t), "offer.pdf": []byte("%PDF-1.7 offer"), "notes.docx": []byte("PK\x03\x04 words"),
		"photo.jpg": []byte("<html><script>alert(1)</script></html>"), "empty.png": {},
	}
	b := f.signIn(alice)
	page := b.get("/web/tickets/71").body
	require.Contains(t, page, `<img src="/web/files/71/sketch.png" alt="Picture 3 · sketch.png"`)
	require.Contains(t, page,
		`<a class="doc" href="/web/files/71/offer.pdf"><span>offer.pdf<small>1 kB</small></span></a>`)
	for _, tt := range []struct{ file, kind, how string }{
		{"sketch.png", "image/png", "inline"},
		{"offer.pdf", "application/pdf", "inline"},
		{"notes.docx", "application/octet-stream", "attachment"},
		{"photo.jpg", "application/octet-stream", "attachment"},
	} {
		res := b.get("/web/files/71/" + tt.file)
		require.Equal(t, http.StatusOK, res.StatusCode, tt.file)
		require.Equal(t, string(f.backend.files[tt.file]), res.body)
		require.Equal(t, tt.kind, res.Header.Get("Content-Type"))
		require.Equal(t, tt.how+"; filename="+tt.file, res.Header.Get("Content-Disposition"))
		require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
		require.Contains(t, res.Header.Get("Cache-Control"), "private")
	}
	require.Equal(t, http.StatusNotFound, b.get("/web/files/71/empty.png").StatusCode)
	require.Equal(t, "acme", f.backend.carried[0].Account)
	require.Equal(t, "message", f.backend.carried[0].Of)
	for _, in := range f.backend.carried {
		require.Equal(t, in.Signed([]byte(testKey)), in, "workers see that it is this page which asks")
		code, err := bring(t.Context(), in.To, []byte("again"))
		require.NoError(t, err)
		require.Equal(t, http.StatusNotFound, code, "an address takes one file")
	}
}

func TestLinksOfTheThread(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.own = []workflows.ThreadFile{
		{Of: "message", ObjectID: "L1", Name: "parts.png", Link: "https://www.example.com/parts?a=1&b=2"},
		{Of: "message", ObjectID: "L2", Name: "trap", Link: "javascript:alert(1)"},
	}
	b := f.signIn(alice)
	res := b.get("/web/tickets/71").body
	require.Contains(t, res,
		`<a class="doc link" href="https://www.example.com/parts?a=1&amp;b=2" rel="noopener noreferrer"><span>parts.png<small>www.example.com</small></span></a>`)
	require.NotContains(t, res, "javascript:")
	require.NotContains(t, res, "/web/files/")
	require.Equal(t, http.StatusNotFound, b.get("/web/files/71/L1").StatusCode, "a link has no content")
}

func TestFilesAreTheFollowersOwn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.files = map[string][]byte{"sketch.png": picture(t)}
	b := f.signIn(alice)
	for _, path := range []string{"/web/files/72/sketch.png", "/web/files/71/other.png", "/web/files/71/",
		"/web/files/71/..%2fx"} {
		require.Equal(t, http.StatusNotFound, b.get(path).StatusCode, path)
	}
	require.Empty(t, f.backend.carried, "C4C is not asked for what is not the follower's")
	require.Equal(t, http.StatusFound, f.browser().get("/web/files/71/sketch.png").StatusCode)
}

func TestFilesWithinLimits(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.files = map[string][]byte{}
	for i := range 40 {
		f.backend.files[fmt.Sprint(i)] = picture(t)
	}
	b := f.signIn(alice)
	codes := map[int]int{}
	for i := range 40 {
		codes[b.get(fmt.Sprint("/web/files/71/", i)).StatusCode]++
	}
	require.Equal(t, map[int]int{http.StatusOK: 30, http.StatusTooManyRequests: 10}, codes)
	require.Len(t, f.backend.carried, 30)
}

func TestFilesWhileC4CIsDown(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.files = map[string][]byte{"sketch.png": picture(t)}
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/tickets/71").StatusCode)
	f.backend.down = true
	require.Equal(t, http.StatusServiceUnavailable, b.get("/web/files/71/sketch.png").StatusCode)
	f.backend.down = false
	delete(f.backend.files, "sketch.png") // meanwhile
	require.Equal(t, http.StatusNotFound, b.get("/web/files/71/sketch.png").StatusCode)
}

// TestFilesWithoutARelay: files that cannot be fetched are named.
func TestFilesWithoutARelay(t *testing.T) {
	t.Parallel()
	for name, relay := range map[string]*web.Relay{"none": nil, "nobody reaches it": web.NewRelay()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, func(o *webOptions) { o.Relay = relay })
			f.backend.files = map[string][]byte{"sketch.png": picture(t)}
			b := f.signIn(alice)
			res := b.get("/web/tickets/71")
			require.Contains(t, res.body, `<span>sketch.png<small>1 kB · ask for it in the chat</small></span>`)
			require.NotContains(t, res.body, "/web/files/")
			require.Equal(t, http.StatusServiceUnavailable, b.get("/web/files/71/sketch.png").StatusCode)
		})
	}
}

// TestOwnPicturesOutliveWeChat: WeChat first, because C4C gets them later and must not be asked in vain; C4C after
// three days.
func TestOwnPicturesOutliveWeChat(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.own = []workflows.ThreadFile{
		{Of: "ticket", ObjectID: "F1", Name: "image-web-key1-1.png", MimeType: "image/png"},
		{Of: "ticket", ObjectID: "F2", Name: "voice-web-key1-2.amr", MimeType: "audio/amr"},
	}
	f.backend.files = map[string][]byte{"F1": picture(t)}
	f.backend.views[alice] = conversation.PageView{Pictures: []conversation.WebPicture{{TicketID: "71", MsgID: "web-key1",
		MediaID: "m", Until: begin.Unix() + 60}}}
	b := f.signIn(alice)
	res := b.get("/web/tickets/71")
	require.Contains(t, res.body, `src="/web/pictures/71/web-key1/0"`)
	require.NotContains(t, res.body, `<img src="/web/files/71/F1"`)
	require.Contains(t, res.body, `href="/web/files/71/F2"`)
	require.NotContains(t, res.body, "voice-web-key1", "the name says nothing to the follower")
	f.advance(61 * time.Second)
	res = b.get("/web/tickets/71")
	require.Contains(t, res.body, `<img src="/web/files/71/F1"`)
	require.NotContains(t, res.body, "/web/pictures/")
	require.NotContains(t, res.body, "image-web-key1")
	require.Equal(t, http.StatusOK, b.get("/web/files/71/F1").StatusCode)
}

// TestACopyOfAFollowersFileIsNotTheirs: an agent's own file may have the name of a follower's.
func TestACopyOfAFollowersFileIsNotTheirs(t *testing.T) {
	t.Parallel()
	f := setup(t)
	sum := sha256.Sum256(picture(t))
	mark := hex.EncodeToString(sum[:8])
	f.backend.own = []workflows.ThreadFile{
		{Of: "ticket", ObjectID: "F1", Name: "image-web-key1-1.png", MimeType: "image/png", Mark: mark},
		{Of: "ticket", ObjectID: "F2", Name: "image-web-key1-2.png", MimeType: "image/png", Mark: mark},
	}
	f.backend.files = map[string][]byte{"F1": picture(t), "F2": []byte("%PDF INTERNAL")}
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/files/71/F1").StatusCode)
	res := b.get("/web/files/71/F2")
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	require.NotContains(t, res.body, "INTERNAL")
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "wechat-c4c-file-*"))
	require.NoError(t, err)
	for _, name := range left {
		content, err := os.ReadFile(name)
		require.False(t, err == nil && strings.Contains(string(content), "INTERNAL"), "it does not stay on disk")
	}
}

// TestPicturesThatWeChatLost: it may delete a file before its time.
func TestPicturesThatWeChatLost(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.own = []workflows.ThreadFile{
		{Of: "ticket", ObjectID: "F1", Name: "image-web-key1-1.png"},
		{Of: "ticket", ObjectID: "F2", Name: "voice-web-key1-2.amr"},
		{Of: "ticket", ObjectID: "F3", Name: "image-web-key1-3.png"},
	}
	var kept []conversation.WebPicture
	for range 3 {
		kept = append(kept, conversation.WebPicture{TicketID: "71", MsgID: "web-key1", MediaID: "lost", Until: begin.Unix() +
			60})
	}
	f.backend.views[alice] = conversation.PageView{Pictures: kept}
	b := f.signIn(alice)
	require.Equal(t, "/web/files/71/F1", b.get("/web/pictures/71/web-key1/0").Header.Get("Location"))
	require.Equal(t, "/web/files/71/F3", b.get("/web/pictures/71/web-key1/1").Header.Get("Location"))
	require.Equal(t, http.StatusNotFound, b.get("/web/pictures/71/web-key1/2").StatusCode)
	require.Equal(t, http.StatusNotFound, b.get("/web/pictures/71/web-key1/3").StatusCode)
}

func TestRelayRefuses(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.files = map[string][]byte{"huge.bin": bytes.Repeat([]byte{1}, workflows.MaxFile+1)}
	require.Equal(t, http.StatusServiceUnavailable, f.signIn(alice).get("/web/files/71/huge.bin").StatusCode)

	server := httptest.NewServer(web.NewRelay())
	t.Cleanup(server.Close)
	for _, tt := range []struct{ method, path string }{
		{http.MethodPut, "/files/guess"}, {http.MethodPut, "/files/"}, {http.MethodPut, "/"},
		{http.MethodGet, "/files/guess"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, server.URL+tt.path, strings.NewReader("x"))
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusNotFound, res.StatusCode, tt.method+" "+tt.path)
	}
}

// TestRelayNamesItsCertificate: it does so where workers see that certificate, and not where another one is served.
func TestRelayNamesItsCertificate(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{true, false} {
		relay := web.NewRelay()
		config, err := relay.TLS()
		require.NoError(t, err)
		server := httptest.NewUnstartedServer(relay)
		server.TLS = config
		server.StartTLS()
		t.Cleanup(server.Close)
		relay.Announce(server.URL, own)
		f := setup(t, func(o *webOptions) { o.Relay = relay })
		f.backend.files = map[string][]byte{"sketch.png": picture(t)}
		b := f.signIn(alice)
		require.Equal(t, http.StatusServiceUnavailable, b.get("/web/files/71/sketch.png").StatusCode,
			"the worker of these tests trusts no such certificate")
		sum := sha256.Sum256(config.Certificates[0].Certificate[0])
		require.Equal(t, own, f.backend.carried[0].Pin == hex.EncodeToString(sum[:]))
		require.Equal(t, own, f.backend.carried[0].Pin != "")
	}
}
