package web_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// onDisk makes the page keep files on a disk that the test examines.
func onDisk(disk *web.Disk) func(*webOptions) { return func(o *webOptions) { o.Disk = disk } }

// slowForm is a form being sent.
type slowForm struct {
	t      *testing.T
	form   *multipart.Writer
	body   *io.PipeWriter
	answer chan page
}

// begin starts sending a form to an address.
func (b *browser) begin(t *testing.T, path string) *slowForm {
	t.Helper()
	reader, writer := io.Pipe()
	s := &slowForm{t: t, body: writer, form: multipart.NewWriter(writer), answer: make(chan page, 1)}
	t.Cleanup(func() { _ = writer.CloseWithError(context.Canceled) })
	go func() {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+path, reader)
		req.Header.Set("Content-Type", s.form.FormDataContentType())
		req.Header.Set("Accept", "application/json")
		res, err := b.client.Do(req)
		if err != nil {
			close(s.answer)
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		s.answer <- page{res, string(body)}
	}()
	return s
}

// fields sends the fields; what the page no longer reads is not sent.
func (s *slowForm) fields(values url.Values) {
	for name := range values {
		_ = s.form.WriteField(name, values.Get(name))
	}
}

// picture begins a picture, without an end.
func (s *slowForm) picture(content []byte) io.Writer {
	part, err := s.form.CreateFormFile("pictures", "a.png")
	if err == nil {
		_, _ = part.Write(content)
	}
	return part
}

func (s *slowForm) end() {
	_ = s.form.Close()
	_ = s.body.Close()
}

// TestPicturesComeBehindTheToken: no byte of a picture is accepted before it is known who sends it and what for.
func TestPicturesComeBehindTheToken(t *testing.T) {
	t.Parallel()
	disk := web.NewDisk(web.DefaultRoom)
	f := setup(t, onDisk(disk))
	b := f.signIn(alice)
	good := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	for _, tt := range []struct {
		name   string
		fields url.Values
		status int
	}{
		{"no token", url.Values{}, http.StatusForbidden},
		{"wrong token", with(good, "csrf", "guess"), http.StatusForbidden},
		{"no entity", url.Values{"csrf": good["csrf"], "key": good["key"]}, http.StatusBadRequest},
		{"no key", url.Values{"csrf": good["csrf"], "entity": good["entity"]}, http.StatusBadRequest},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := b.begin(t, "/web/create")
			s.fields(tt.fields)
			s.picture(picture(t))
			res := <-s.answer
			require.NotNil(t, res.Response, "answered while it is still being sent")
			require.Equal(t, tt.status, res.StatusCode)
			require.Zero(t, disk.Held())
		})
	}
	require.Empty(t, f.backend.submissions)
	f.advance(time.Minute)
	require.Equal(t, http.StatusSeeOther, b.postFiles("/web/create", good, upload{"a.png", picture(t)}).StatusCode)
	require.Zero(t, disk.Held(), "nothing stays")
}

func TestOneFormWithPicturesAtATime(t *testing.T) {
	t.Parallel()
	disk := web.NewDisk(web.DefaultRoom)
	f := setup(t, onDisk(disk))
	b, other := f.signIn(alice), f.signIn(bob)
	fields := func(b *browser) url.Values {
		return with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	}
	first, second := fields(b), fields(b)
	slow := b.begin(t, "/web/create")
	slow.fields(first)
	slow.picture(picture(t))
	require.Eventually(t, func() bool { return disk.Held() > 0 }, 10*time.Second, time.Millisecond)
	held := disk.Held()
	waiting := b.begin(t, "/web/create")
	waiting.fields(second)
	waited := make(chan struct{})
	go func() {
		waiting.picture(picture(t))
		waiting.end()
		close(waited)
	}()
	require.Equal(t, http.StatusSeeOther, other.postFiles("/web/create", fields(other),
		upload{"a.png", picture(t)}).StatusCode, "nobody else waits")
	require.Equal(t, held, disk.Held(), "the second form of the same follower takes nothing yet")
	slow.end()
	require.Equal(t, http.StatusOK, (<-slow.answer).StatusCode)
	require.Equal(t, http.StatusOK, (<-waiting.answer).StatusCode)
	<-waited
	require.Zero(t, disk.Held())
}

func TestUploadsShareTheDisk(t *testing.T) {
	t.Parallel()
	disk := web.NewDisk(1 << 20)
	f := setup(t, onDisk(disk))
	b := f.signIn(alice)
	fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	res := b.postFiles("/web/create", fields, upload{"a.png", picture(t)},
		upload{"b.png", append(picture(t), make([]byte, 1<<20)...)})
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.Equal(t, "10", res.Header.Get("Retry-After"))
	require.Zero(t, disk.Held(), "nothing stays of what was begun")
	require.Equal(t, http.StatusSeeOther, b.postFiles("/web/create", fields, upload{"a.png", picture(t)}).StatusCode)

	f.backend.files = map[string][]byte{"large.pdf": append([]byte("%PDF-1.7"), make([]byte, 1<<20)...),
		"small.pdf": []byte("%PDF-1.7")}
	res = b.get("/web/files/71/large.pdf")
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.Equal(t, "10", res.Header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, b.get("/web/files/71/small.pdf").StatusCode)
	require.Equal(t, int64(256<<10), disk.Held(), "a copy stays as long as there is room")
}

// TestFormsOfManyFields: fields other than pictures are kept in memory.
func TestFormsOfManyFields(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	for i := range 5 {
		fields.Set(fmt.Sprintf("more%d", i), string(bytes.Repeat([]byte("x"), 15<<10)))
	}
	require.Equal(t, http.StatusRequestEntityTooLarge, b.postFiles("/web/create", fields).StatusCode)
}

func TestPicturesOfADay(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *webOptions) { o.Pictures, o.PicturesOfAll = 3, 4 })
	f.advance(7*time.Hour + 30*time.Minute) // half past eleven in China
	b, other := f.signIn(alice), f.signIn(bob)
	post := func(b *browser, pictures int) page {
		f.advance(10 * time.Second)
		var files []upload
		for i := range pictures {
			files = append(files, upload{"a.png", pictureOf(t, 8+i)})
		}
		fields := with(b.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
		return b.postFiles("/web/create", fields, files...)
	}
	require.Equal(t, http.StatusSeeOther, post(b, 2).StatusCode)
	res := post(b, 2)
	require.Equal(t, http.StatusTooManyRequests, res.StatusCode, "four are more than three")
	require.Equal(t, "3600", res.Header.Get("Retry-After"))
	require.Contains(t, res.body, "all the pictures for today")
	require.Equal(t, http.StatusSeeOther, post(b, 1).StatusCode)
	require.Equal(t, http.StatusTooManyRequests, post(other, 2).StatusCode, "five are more than all may")
	require.Equal(t, http.StatusSeeOther, post(other, 1).StatusCode)
	require.Equal(t, http.StatusSeeOther, post(b, 0).StatusCode, "words are never refused for it")
	require.Equal(t, 4, f.wechat.uploads, "the rest of WeChat's quota is for agents")
	f.advance(30 * time.Minute)
	require.Equal(t, http.StatusSeeOther, post(b, 3).StatusCode, "another day in China")
}

func withPictureOf(f *fixture, content []byte) {
	f.backend.views[alice] = conversation.PageView{
		Pictures: []conversation.WebPicture{{TicketID: "71", MsgID: "m1", MediaID: "media-1",
			Until: begin.Add(72 * time.Hour).Unix()}}}
	f.wechat.pictures["media-1"] = content
}

// TestPicturesAreServedAgain: WeChat is asked once for a picture that is viewed again and again.
func TestPicturesAreServedAgain(t *testing.T) {
	t.Parallel()
	f := setup(t)
	withPictureOf(f, picture(t))
	b := f.signIn(alice)
	for range 20 {
		res := b.get("/web/pictures/71/m1/0")
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, string(picture(t)), res.body)
	}
	require.Equal(t, 1, f.wechat.downloads)
}

// TestLooksOfADay: a picture too large to be cached is fetched each time, but not without limit.
func TestLooksOfADay(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *webOptions) { o.Pictures, o.PicturesOfAll = 1, 100 })
	large := append(picture(t), make([]byte, 2<<20)...)
	withPictureOf(f, large)
	b := f.signIn(alice)
	for range 5 {
		res := b.get("/web/pictures/71/m1/0")
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Len(t, res.body, len(large))
	}
	res := b.get("/web/pictures/71/m1/0")
	require.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	require.Equal(t, "3600", res.Header.Get("Retry-After"))
	require.Equal(t, 5, f.wechat.downloads)
}

// C4C gives the page few calls at once: a follower who opens many large files leaves calls to others, and to their own
// pages.
func TestFilesUnderWay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.files = map[string][]byte{}
	for i := range 5 {
		f.backend.files[fmt.Sprint(i)] = []byte("%PDF-1.7")
	}
	hold := make(chan struct{})
	f.backend.hold = hold
	b := f.signIn(alice)
	statuses := make(chan int, 5)
	for i := range 5 {
		go func() { statuses <- b.get(fmt.Sprint("/web/files/71/", i)).StatusCode }()
	}
	asked := func() int {
		f.backend.mu.Lock()
		defer f.backend.mu.Unlock()
		return len(f.backend.carried)
	}
	require.Eventually(t, func() bool { return asked() == 1 }, 10*time.Second, time.Millisecond)
	require.Never(t, func() bool { return asked() > 1 }, 50*time.Millisecond, 5*time.Millisecond)
	require.Equal(t, http.StatusOK, b.get("/web/get?entity=ticket&id=71").StatusCode, "a read goes past files")
	other := make(chan int, 1)
	go func() { other <- f.signIn(bob).get("/web/files/72/0").StatusCode }()
	require.Eventually(t, func() bool { return asked() == 2 }, 10*time.Second, time.Millisecond)
	close(hold)
	for range 5 {
		require.Equal(t, http.StatusOK, <-statuses, "the others have waited")
	}
	require.Equal(t, http.StatusOK, <-other)
}
