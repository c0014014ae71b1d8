package catalogue

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOwnTexts(t *testing.T) {
	t.Parallel()
	own, err := NewTexts(English, map[string]map[string]string{
		"welcome.v1":       {"en": "Hi!\n", "zh": "嗨！"},
		"ticket_opened.v1": {"en": "No. {ticket}"},
		"received.v1":      {"zh": "收到"},
	})
	require.NoError(t, err)
	require.Equal(t, English, own.Language())
	require.Equal(t, "Hi!", own.Text(Welcome))
	require.Equal(t, "No. 8000012", own.Text(TicketOpened, Ticket("8000012")))
	require.Equal(t, Text(English, Received), own.Text(Received), "there is none in this language")
	require.Equal(t, Text(English, Closed, Opens("x")), own.Text(Closed, Opens("x")))
	require.Equal(t, Text(Chinese, Welcome), Standard(Chinese).Text(Welcome))
}

// The page speaks the language of its reader, whatever the account's is.
func TestOwnTextsOfThePage(t *testing.T) {
	t.Parallel()
	own, err := NewTexts(Chinese, map[string]map[string]string{"web_home": {"en": "Bike service", "zh": "单车服务"},
		"web_new": {"zh": "提问"}})
	require.NoError(t, err)
	require.Equal(t, "Bike service", own.In(English, "web_home"))
	require.Equal(t, "单车服务", own.In(Chinese, "web_home"))
	require.Equal(t, "New ticket", own.In(English, "web_new"))
}

// An unclosed brace is an ordinary brace: the text behind it must not be lost.
func TestOwnTextsMayHoldBraces(t *testing.T) {
	t.Parallel()
	own, err := NewTexts(English, map[string]map[string]string{
		"welcome.v1":       {"en": "Hello :{ do not be sad\nsee you soon"},
		"ticket_opened.v1": {"en": "} {ticket} {"},
	})
	require.NoError(t, err)
	require.Equal(t, "Hello :{ do not be sad\nsee you soon", own.Text(Welcome))
	require.Equal(t, "} 7 {", own.Text(TicketOpened, Ticket("7")))
}

// FuzzOwnText takes whatever an account writes: it is refused, or followers read all of it but the placeholders.
func FuzzOwnText(f *testing.F) {
	for _, text := range []string{"Hi", "No. {ticket}", "{", "}{", "{{ticket}}", "{ticket", "a {ticket}\n\n {ticket} b",
		"{}", "\xff{ticket}\u2028"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		own, err := NewTexts(English, map[string]map[string]string{string(TicketOpened): {"en": text}})
		if err != nil {
			return
		}
		const number = "{8000012}"
		var want []string
		for line := range strings.SplitSeq(strings.ReplaceAll(text, "{ticket}", number), "\n") {
			if line = strings.TrimSpace(line); line != "" {
				want = append(want, line)
			}
		}
		require.Equal(t, strings.Join(want, "\n"), own.Text(TicketOpened, Ticket(number)))
	})
}

func TestOwnTextsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, key, lang, text, what string }{
		{"empty", "welcome.v1", "en", " \n", "welcome.v1 in en is empty: leave it out for the standard text"},
		{"unknown key", "welcome.v9", "en", "Hi", "welcome.v9 is no text of the catalogue"},
		{"placeholder on the page", "web_ticket", "en", "No. {number}",
			"web_ticket in en has the placeholder {number}, which nothing fills"},
		{"unknown language", "welcome.v1", "fr", "Salut", `welcome.v1 in fr catalogue: no texts in language "fr"`},
		{"placeholder", "welcome.v1", "en", "Hi {name}", "welcome.v1 in en has the placeholder {name}, which nothing fills"},
		{"too long", "welcome.v1", "zh", strings.Repeat("好", 700), "welcome.v1 in zh has 2100 bytes, more than 1800"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := NewTexts(English, map[string]map[string]string{tt.key: {tt.lang: tt.text}, "received.v1": {"en": ""}})
			require.ErrorContains(t, err, tt.what)
			require.ErrorContains(t, err, "received.v1 in en is empty", "all are named at once")
		})
	}
}

func TestNoTextsAreTheCataloguesOwn(t *testing.T) {
	t.Parallel()
	var none *Texts
	require.Equal(t, Chinese, none.Language())
	require.Equal(t, Text(Chinese, Welcome), none.Text(Welcome))
	require.Equal(t, Text(English, Welcome), none.In(English, Welcome))
}
