package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTickets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*Config)
		want   string // the setting that a sentence names; empty: none
	}{
		{"as delivered", func(*Config) {}, ""},
		{"recent", func(c *Config) { c.Tickets.Reuse = "recent" }, ""},
		{"never", func(c *Config) { c.Tickets.Reuse, c.C4C.ReopenStatus = "never", "none" }, ""},
		{"events", func(c *Config) { c.C4C.Events = "true" }, ""},
		{"unknown reuse", func(c *Config) { c.Tickets.Reuse = "always" },
			"WECHAT_C4C_TICKETS_REUSE must be one of open, recent, never"},
		{
			"recent without a status", func(c *Config) { c.Tickets.Reuse, c.C4C.ReopenStatus = "recent", "none" },
			"WECHAT_C4C_TICKETS_REUSE must not be recent where WECHAT_C4C_C4C_REOPEN_STATUS is none",
		},
		{"no days", func(c *Config) { c.Tickets.ReopenDays = 0 },
			"WECHAT_C4C_TICKETS_REOPEN_DAYS must lie between 1 and 365"},
		{"too many days", func(c *Config) { c.Tickets.ReopenDays = 366 }, "WECHAT_C4C_TICKETS_REOPEN_DAYS"},
		{"no status texts", func(c *Config) { c.Tickets.StatusTexts = "none" }, ""},
		{"own words", func(c *Config) { c.Tickets.StatusTexts = " 2 = accepted ; YJ = Ticket {ticket}: a = b;" }, ""},
		{"an empty entry", func(c *Config) { c.Tickets.StatusTexts = "2=accepted;5=" },
			"the text of status 5 is empty; leave the entry out to tell nothing"},
		{"a misspelt name", func(c *Config) { c.Tickets.StatusTexts = "2=acepted" },
			"the text of status 2 is neither one of accepted, technician, waiting, resolved nor holds {ticket}"},
		{"no code", func(c *Config) { c.Tickets.StatusTexts = "=accepted" }, "entry 1 does not begin with a status code"},
		{"a code too long", func(c *Config) { c.Tickets.StatusTexts = "2=accepted;done=resolved" },
			"entry 2 does not begin with a status code"},
		{"no equals sign", func(c *Config) { c.Tickets.StatusTexts = "accepted" }, "entry 1 is not written as code=text"},
		{"a status twice", func(c *Config) { c.Tickets.StatusTexts = "2=accepted;2=resolved" }, "status 2 is named twice"},
		{"a text too long", func(c *Config) { c.Tickets.StatusTexts = "2={ticket}" + strings.Repeat("x", 1500) },
			"longer than 1,500 bytes"},
		{"events of another kind", func(c *Config) { c.C4C.Events = "yes" },
			"WECHAT_C4C_C4C_EVENTS must be one of auto, true, false"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Development()
			tt.change(&c)
			err := c.Check()
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
			require.Len(t, err.(Problems), 1)
		})
	}
}

func TestParseStatusTexts(t *testing.T) {
	t.Parallel()
	texts, err := Tickets{StatusTexts: " 2 = accepted ; YJ = Ticket {ticket}: a = b;"}.ParseStatusTexts()
	require.NoError(t, err)
	require.Equal(t, []StatusText{{Code: "2", Name: "accepted"}, {Code: "YJ", Text: "Ticket {ticket}: a = b"}}, texts)
	texts, err = Tickets{StatusTexts: "none"}.ParseStatusTexts()
	require.NoError(t, err)
	require.Empty(t, texts)
}

func FuzzParseStatusTexts(f *testing.F) {
	for _, seed := range []string{"2=accepted;5=resolved", "none", "=;;=", "YJ={ticket}", "2=;", "二=accepted"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, setting string) {
		texts, err := Tickets{StatusTexts: setting}.ParseStatusTexts()
		if err != nil {
			require.Empty(t, texts)
			return
		}
		seen := map[string]bool{}
		for _, text := range texts {
			require.False(t, seen[text.Code])
			seen[text.Code] = true
			require.NotEmpty(t, text.Code)
			require.NotEqual(t, text.Name == "", text.Text == "", "either a name or a text")
		}
	})
}
