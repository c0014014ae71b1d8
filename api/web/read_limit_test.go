package web_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

func (f *fakeBackend) threadsRead() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.threads
}

// Someone who tries ticket numbers makes C4C be asked a few times, and once about each number.
func TestUnknownTicketsAskC4CSeldom(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	for range 20 {
		require.Equal(t, http.StatusNotFound, b.get("/web/get?entity=ticket&id=72").StatusCode, "Bob's")
	}
	require.Equal(t, 1, f.backend.threadsRead(), "it is remembered that it is not hers")
	var limited page
	for i := range 30 {
		limited = b.get(fmt.Sprintf("/web/get?entity=ticket&id=9000%02d", i))
	}
	require.Equal(t, http.StatusTooManyRequests, limited.StatusCode)
	require.NotEmpty(t, limited.Header.Get("Retry-After"))
	require.Equal(t, 10, f.backend.threadsRead())
	require.Equal(t, http.StatusOK, b.get("/web/get?entity=tickets").StatusCode)
	require.Equal(t, http.StatusOK, b.get("/web/tickets/71").StatusCode, "it is on her list")
	require.Equal(t, http.StatusOK, f.signIn(bob).get("/web/tickets/72").StatusCode, "he has numbers of his own")

	f.advance(2 * time.Minute)
	before := f.backend.threadsRead()
	require.Equal(t, http.StatusNotFound, b.get("/web/get?entity=ticket&id=72").StatusCode)
	require.Equal(t, before+1, f.backend.threadsRead(), "it may be hers by now")
}

// A follower may have two reads of C4C running, whatever they are; others have their own.
func TestFewReadsOfAFollowerAreUnderWay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.reading = make(chan struct{})
	b, other := f.signIn(alice), f.signIn(bob)
	answers := make(chan int, 5)
	for i := range 5 {
		go func() { answers <- b.get(fmt.Sprintf("/web/get?entity=ticket&id=8000%d", i)).StatusCode }()
	}
	for range 3 {
		require.Equal(t, http.StatusTooManyRequests, <-answers, "after two seconds without a turn")
	}
	require.Equal(t, 2, f.backend.threadsRead())
	require.Equal(t, http.StatusOK, other.get("/web/get?entity=tickets").StatusCode)
	close(f.backend.reading)
	require.Equal(t, http.StatusNotFound, <-answers)
	require.Equal(t, http.StatusNotFound, <-answers)
}

// Checking whether a submission has arrived makes C4C be read again no more often than submissions do.
func TestLookingForASubmissionCountsAsAChange(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	const key = "ABCDEFGHIJKLMNOP"
	f.backend.views[alice] = conversation.PageView{
		Results: []conversation.WebResult{{Key: key, Done: true, TicketID: "71"}}}
	for range 40 {
		require.Equal(t, http.StatusOK, b.get("/web/tickets/71?received="+key).StatusCode)
		require.Equal(t, http.StatusOK, b.get("/web/tickets/71").StatusCode)
		f.advance(300 * time.Millisecond)
	}
	require.LessOrEqual(t, f.backend.threadsRead(), 16, "eight at once, and one each two seconds")
}

// Requests for headers alone fetch no file.
func TestHeadersOfAFileFetchNothing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.files = map[string][]byte{"offer.pdf": []byte("%PDF-1.7")}
	b := f.signIn(alice)
	for range 5 {
		res := b.do(http.MethodHead, "/web/files/71/offer.pdf", "", nil)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.NotEmpty(t, res.Header.Get("ETag"))
	}
	require.Equal(t, http.StatusNotFound, b.do(http.MethodHead, "/web/files/71/none.pdf", "", nil).StatusCode)
	require.Empty(t, f.backend.carried)
}
