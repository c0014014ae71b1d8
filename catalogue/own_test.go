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

func TestOwnTextsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, key, lang, text, what string }{
		{"empty", "welcome.v1", "en", " \n", "welcome.v1 in en is empty: leave it out for the standard text"},
		{"unknown key", "welcome.v9", "en", "Hi", "welcome.v9 is no text of the catalogue"},
		{"text of the page", "web_home", "en", "Hi", "web_home is no text of the catalogue"},
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
