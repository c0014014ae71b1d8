package web_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

func (f *fakeBackend) broughtSoFar() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.carried)
}

// piece requests a piece of a file, as players do.
func (b *browser) piece(path, bytes string) page {
	b.header.Set("Range", "bytes="+bytes)
	defer b.header.Del("Range")
	return b.get(path)
}

// A player requests first two bytes, then the rest, and again when the user seeks: C4C serves the file once.
func TestAFileIsFetchedOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	video := append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), bytes.Repeat([]byte("frame"), 50_000)...)
	f.backend.files = map[string][]byte{"clip.mp4": video}
	b := f.signIn(alice)
	const at = "/web/files/71/clip.mp4"
	head := b.do(http.MethodHead, at, "", nil)
	require.Equal(t, http.StatusOK, head.StatusCode)
	require.Equal(t, "bytes", head.Header.Get("Accept-Ranges"))
	require.Zero(t, f.backend.broughtSoFar(), "nobody reads it yet")

	first := b.piece(at, "0-1")
	require.Equal(t, http.StatusPartialContent, first.StatusCode)
	require.Equal(t, string(video[:2]), first.body)
	require.Equal(t, fmt.Sprintf("bytes 0-1/%d", len(video)), first.Header.Get("Content-Range"))
	require.Equal(t, "video/mp4", first.Header.Get("Content-Type"))
	for from := 0; from < len(video); from += 50_000 {
		to := min(from+50_000, len(video)) - 1
		require.Equal(t, string(video[from:to+1]), b.piece(at, fmt.Sprintf("%d-%d", from, to)).body)
	}
	require.Equal(t, string(video[len(video)-5:]), b.piece(at, "-5").body)
	require.Equal(t, http.StatusRequestedRangeNotSatisfiable, b.piece(at, "999999-").StatusCode)
	b.header.Set("If-Range", `"of another file"`)
	require.Equal(t, http.StatusOK, b.piece(at, "0-1").StatusCode, "all of it, for the rest is of another one")
	b.header.Set("If-Range", first.Header.Get("ETag"))
	require.Equal(t, http.StatusPartialContent, b.piece(at, "0-1").StatusCode)
	b.header.Del("If-Range")
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() { require.Equal(t, string(video), b.get(at).body) })
	}
	group.Wait()
	require.Equal(t, 1, f.backend.broughtSoFar())
}

// Concurrent requests for one file wait for the same delivery, and one that leaves does not take it from the others.
func TestABrowserThatLeavesLeavesTheFileToOthers(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.files = map[string][]byte{"a.pdf": []byte("%PDF-1.7")}
	hold := make(chan struct{})
	f.backend.hold = hold
	b := f.signIn(alice)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, f.url+"/web/files/71/a.pdf", nil)
		if res, err := b.client.Do(req); err == nil {
			_ = res.Body.Close()
		}
	}()
	require.Eventually(t, func() bool { return f.backend.broughtSoFar() == 1 }, 10*time.Second, time.Millisecond)
	statuses := make(chan int, 2)
	for range 2 {
		go func() { statuses <- b.get("/web/files/71/a.pdf").StatusCode }()
	}
	leave()
	<-left
	require.Eventually(t, func() bool { return f.backend.broughtSoFar() == 2 }, 10*time.Second, time.Millisecond,
		"another one asks")
	close(hold)
	require.Equal(t, http.StatusOK, <-statuses)
	require.Equal(t, http.StatusOK, <-statuses)
	require.Equal(t, 2, f.backend.broughtSoFar())
}

// Copies only use room that nothing else needs.
func TestCopiesMakeRoom(t *testing.T) {
	t.Parallel()
	disk := web.NewDisk(1 << 20)
	f := setup(t, onDisk(disk))
	f.backend.files = map[string][]byte{}
	for i := range 10 {
		f.backend.files[fmt.Sprintf("%d.pdf", i)] = append([]byte("%PDF-1.7"), make([]byte, 300<<10)...)
	}
	b, other := f.signIn(alice), f.signIn(bob)
	for i := range 10 {
		require.Equal(t, http.StatusOK, b.get(fmt.Sprintf("/web/files/71/%d.pdf", i)).StatusCode, i)
		require.LessOrEqual(t, disk.Held(), int64(1<<20))
	}
	require.Eventually(t, func() bool { return disk.Held() == 1<<20 }, 10*time.Second, time.Millisecond,
		"the latest two stay")
	require.Equal(t, http.StatusOK, b.get("/web/files/71/9.pdf").StatusCode)
	require.Equal(t, 10, f.backend.broughtSoFar())
	fields := with(other.form("/web/new", "ticket"), "subject", "s", "text", "t", "category", "CA_1")
	res := other.postFiles("/web/create", fields, upload{"b.png", append(picture(t), make([]byte, 700<<10)...)})
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "somebody else's copies give way: %s", res.body)
	require.Eventually(t, func() bool { return disk.Held() < 1<<20 }, 10*time.Second, time.Millisecond)
}

// A copy shows nothing that the thread does not, and is removed with the follower.
func TestCopiesAreShownAsLongAsTheThreadHasThem(t *testing.T) {
	t.Parallel()
	disk := web.NewDisk(web.DefaultRoom)
	f := setup(t, onDisk(disk))
	f.backend.files = map[string][]byte{"a.pdf": []byte("%PDF-1.7")}
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/files/71/a.pdf").StatusCode)
	require.Equal(t, http.StatusFound, f.browser().get("/web/files/71/a.pdf").StatusCode)
	require.Equal(t, http.StatusNotFound, f.signIn(bob).get("/web/files/71/a.pdf").StatusCode)
	require.Positive(t, disk.Held())
	f.backend.mu.Lock()
	delete(f.backend.files, "a.pdf")
	f.backend.mu.Unlock()
	f.advance(16 * time.Second)
	require.Equal(t, http.StatusNotFound, b.get("/web/files/71/a.pdf").StatusCode, "agents have taken it away")

	f.backend.views[alice] = conversation.PageView{Conversation: "first"}
	f.advance(11 * time.Second)
	b = f.signIn(alice)
	require.Equal(t, http.StatusOK, b.get("/web/tickets").StatusCode)
	f.backend.views[alice] = conversation.PageView{Conversation: "second"} // erased, and followed again
	f.advance(11 * time.Second)
	_ = b.get("/web/tickets")
	require.Zero(t, disk.Held(), "nothing of an erased follower stays on disk")
}

// TestNobodyFetchesPicturesToLookAtTheirHeaders requests nothing from WeChat.
func TestNobodyFetchesPicturesToLookAtTheirHeaders(t *testing.T) {
	t.Parallel()
	f := setup(t)
	withPictureOf(f, picture(t))
	b := f.signIn(alice)
	require.Equal(t, http.StatusOK, b.do(http.MethodHead, "/web/pictures/71/m1/0", "", nil).StatusCode)
	require.Zero(t, f.wechat.downloads)
}
