package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// TestAnswersToTap: an agent's offered answers can be tapped without script, as long as they are the last message.
func TestAnswersToTap(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.said = []string{"Is it <i>still</i> there?\n[1] Yes & no\n[2] No"}
	b := f.signIn(alice)
	res := b.get("/web/tickets/71")
	readable(t, res)
	require.Contains(t, res.body, `<div class="bubble" dir="auto">Is it still there?</div>`)
	require.Contains(t, res.body, `<button class="plain" name="text" value="Yes &amp; no">Yes &amp; no</button>`)
	require.NotContains(t, res.body, "[1]")

	fields := b.form("/web/tickets/71", "ticket")
	fields.Set("text", "Yes & no")
	fields.Set("ticket", "71")
	require.Equal(t, http.StatusSeeOther, b.post("/web/update", fields).StatusCode)
	sent := f.backend.submissions[len(f.backend.submissions)-1].Request.(conversation.AddMessageRequest)
	require.Equal(t, "Yes & no", sent.Text)
	require.Equal(t, "71", sent.TicketID)

	f.advance(time.Hour)
	f.backend.said = append(f.backend.said, "Good.")
	res = f.signIn(alice).get("/web/tickets/71")
	require.NotContains(t, res.body, `class="answers"`)
	require.Contains(t, res.body, "Is it still there?<br>[1] Yes &amp; no<br>[2] No")

	f.advance(time.Hour)
	f.backend.said, f.backend.status = f.backend.said[:1], "4"
	res = f.signIn(alice).get("/web/tickets/71")
	require.NotContains(t, res.body, `class="answers"`, "the ticket takes no message")
	require.Contains(t, res.body, "[2] No")
}

// TestAnswersAboveAQuotedMail: answers and cards are those that the chat has, not those of a mail quoted below.
func TestAnswersAboveAQuotedMail(t *testing.T) {
	t.Parallel()
	const mail = "\n\nFrom: Support\nSent: Monday, 1 March 2026 10:00\nTo: Alice\nSubject: Brakes\n\n"
	for _, tt := range []struct{ name, said, shows, not string }{
		{"of the mail", "We close the ticket." + mail + "Is it still there?\n[1] Yes\n[2] No", "<br>[1] Yes<br>[2] No</div>",
			`class="answers"`},
		{"above it", "Is it still there?\n[1] Yes\n[2] No" + mail + "Old words", `value="No">No</button>`, "[1] Yes"},
		{"a card of the mail", "See you." + mail + "[Manual](https://b.example/m)", "Subject: Brakes", "doc link"},
		{"a card above it", "Read this:\n[Manual](https://b.example/m)" + mail + "Old words", "doc link", "[Manual]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.backend.said = []string{tt.said}
			res := f.signIn(alice).get("/web/tickets/71")
			readable(t, res)
			require.Contains(t, res.body, tt.shows)
			require.NotContains(t, res.body, tt.not)
			require.Contains(t, res.body, "Sent: Monday, 1 March 2026 10:00", "the mail is shown all the same")
		})
	}
}

// TestCardOfAThread: a link that the chat shows as a card is a card on the page, too.
func TestCardOfAThread(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.said = []string{
		`<p>Here it is:</p><p><a href="https://b.example/m?a=1&amp;copy=2">The manual</a></p>`, "[Price list](https://b.example/p)",
		"[Bad](javascript:alert(1))",
	}
	res := f.signIn(alice).get("/web/tickets/71")
	readable(t, res)
	require.Contains(t, res.body, `<div class="bubble" dir="auto">Here it is:</div>`)
	card := func(address, title string) string {
		return `<a class="doc link" href="` + address + `" rel="noopener noreferrer"><span>` + title +
			`<small>b.example</small></span></a>`
	}
	require.Contains(t, res.body, card("https://b.example/m?a=1&amp;copy=2", "The manual"))
	require.Contains(t, res.body, card("https://b.example/p", "Price list"))
	require.Contains(t, res.body, "[Bad](javascript:alert(1))")
	for _, part := range strings.Split(res.body, `href="`)[1:] {
		address, _, _ := strings.Cut(part, `"`)
		at, err := url.Parse(address)
		require.NoError(t, err)
		require.NotEqual(t, "javascript", at.Scheme)
	}
}
