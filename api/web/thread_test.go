package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

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

// A thread contains the answer that the list announces, even if it was read just before. Until C4C returns the answer,
// the page goes on asking for it.
func TestThreadContainsTheLastAnswer(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	require.NotContains(t, b.get("/web/tickets/71").body, "It is ready")
	f.advance(5 * time.Second)
	f.backend.said = []string{"It is ready"}
	at := f.now().Unix()
	f.backend.answers(alice, conversation.Answer{TicketID: "71", At: at})
	f.backend.down = true
	res := b.get("/web/tickets/71").body
	require.NotContains(t, res, "It is ready")
	require.NotContains(t, res, fmt.Sprintf(`data-answered="%d"`, at), "it would not be asked for again")
	f.backend.down = false
	res = b.get("/web/tickets/71").body
	require.Contains(t, res, "It is ready")
	require.Contains(t, res, fmt.Sprintf(`data-answered="%d"`, at))

	at = f.now().Add(time.Second).Unix() // it came while the thread was being read
	f.backend.answers(alice, conversation.Answer{TicketID: "71", At: at})
	require.NotContains(t, b.get("/web/tickets/71").body, fmt.Sprintf(`data-answered="%d"`, at))
	at = f.now().Add(time.Hour).Unix() // a clock is wrong
	f.backend.answers(alice, conversation.Answer{TicketID: "71", At: at})
	require.Contains(t, b.get("/web/tickets/71").body, fmt.Sprintf(`data-answered="%d"`, at))
}

func TestMessages(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/tickets/71", "ticket"), "ticket", "71", "text", "see you tomorrow")
	after := "/web/tickets/71?received=" + fields.Get("key")
	require.Equal(t, after+"#end", b.post("/web/update", fields).Header.Get("Location"))
	require.Equal(t, "71", f.backend.submissions[0].Inbound.Web.TicketID)
	require.Equal(t, "see you tomorrow", f.backend.submissions[0].Inbound.Text)
	byID := with(fields, "id", "71", "ticket", "")
	require.Equal(t, after+"#end", b.post("/web/update", byID).Header.Get("Location"))
	require.Contains(t, b.get("/web/get?entity=ticket&ticket=71").body, "Please come tomorrow")
	empty := b.post("/web/update", with(fields, "text", " "))
	require.Equal(t, http.StatusUnprocessableEntity, empty.StatusCode)
	require.Contains(t, empty.body, "Please come tomorrow", "the thread is there still")

	f.backend.err = temporal.NewApplicationError("left", workflows.ErrorFollowerGone)
	require.Equal(t, http.StatusForbidden, b.post("/web/update", fields).StatusCode)
}

// TestOpenedWhileC4CIsSilent: who has just sent something is not told that it can still be sent.
func TestOpenedWhileC4CIsSilent(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/new", "ticket"), "subject", "Brakes", "text", "They squeal", "category", "CA_1")
	after := b.post("/web/create", fields).Header.Get("Location")
	require.Equal(t, "/web/tickets/71?opened=1", after)
	f.backend.down = true
	for _, path := range []string{after, "/web/tickets/71?received=" + fields.Get("key")} {
		res := b.get(path)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Contains(t, res.body, "please do not send it again")
		require.Contains(t, res.body, `data-look="5"`)
		require.NotContains(t, res.body, "You can still open a ticket")
	}
	require.Equal(t, http.StatusServiceUnavailable, b.get("/web/tickets/71").StatusCode)
	f.backend.noReads = true
	require.Equal(t, http.StatusServiceUnavailable, b.get(after).StatusCode, "it would wait for ever")
	f.backend.down, f.backend.noReads = false, false
	require.Contains(t, b.get(after).body, "Your ticket is open. Its number is 71.")
	require.Equal(t, http.StatusNotFound, b.get("/web/tickets/72?opened=1").StatusCode)
}

// TestMessagesOnTheWay: the page looks again until it shows what the follower has written, whatever is slow.
func TestMessagesOnTheWay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	b := f.signIn(alice)
	fields := with(b.form("/web/tickets/71", "ticket"), "ticket", "71", "text", "see you tomorrow")
	done := conversation.WebResult{Key: fields.Get("key"), Done: true, TicketID: "71"}
	after := "/web/tickets/71?received=" + done.Key
	looks := func(says ...string) {
		t.Helper()
		res := b.get(after)
		require.Equal(t, http.StatusOK, res.StatusCode, res.body)
		require.Contains(t, res.body, `data-look="5"`, "it looks again by itself")
		require.NotContains(t, res.body, "see you tomorrow")
		for _, words := range append(says, "We have received your message") {
			require.Contains(t, res.body, words)
		}
	}
	f.advance(time.Minute)
	f.backend.down, f.backend.pending = true, true
	require.Equal(t, after+"#end", b.post("/web/update", fields).Header.Get("Location"))
	looks("This is what we knew 1 min ago")
	f.backend.down = false
	looks() // C4C does not have it yet
	f.backend.views[alice] = conversation.PageView{Results: []conversation.WebResult{done}}
	looks() // C4C has it, but was read before
	f.backend.down = true
	looks("This is what we knew 1 min ago") // C4C has it, but does not answer
	f.backend.down, f.backend.pending = false, false
	res := b.get(after)
	require.Contains(t, res.body, "see you tomorrow")
	require.NotContains(t, res.body, "data-look")
	require.NotContains(t, res.body, "We have received your message")

	f.advance(time.Minute)
	done.TicketID = "72"
	f.backend.views[alice] = conversation.PageView{Results: []conversation.WebResult{done}}
	f.backend.pending = true
	require.Equal(t, "/web/tickets/72?received="+done.Key+"#end", b.get(after).Header.Get("Location"), "in a new ticket")
	require.NotContains(t, b.get("/web/tickets/71?received=x").body, "data-look", "no key")
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
