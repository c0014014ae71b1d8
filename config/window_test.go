package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWindowIsChecked(t *testing.T) {
	t.Parallel()
	good := Development()
	good.Window.TemplateFields = `thing1="您有新的回复", character_string2=ticket`
	require.NoError(t, good.Check())
	for _, tt := range []struct {
		name   string
		change func(*Window)
		want   string
	}{
		{"count below nothing", func(w *Window) { w.MessageCount = -1 }, "WINDOW_MESSAGE_COUNT must lie between"},
		{"count beyond reason", func(w *Window) { w.ScanCount = 1001 }, "WINDOW_SCAN_COUNT must lie between"},
		{"no life", func(w *Window) { w.MessageLife = 0 }, "WINDOW_MESSAGE_LIFE must be longer"},
		{"negative delay", func(w *Window) { w.AnnounceAfter = -1 }, "WINDOW_ANNOUNCE_AFTER must not"},
		{"negative reminder", func(w *Window) { w.RemindBefore = -1 }, "WINDOW_REMIND_BEFORE must not"},
		{"negative expiry", func(w *Window) { w.ExpireAfter = -1 }, "WINDOW_EXPIRE_AFTER must not"},
		{"no life of texts", func(w *Window) { w.AutomaticLife = 0 }, "WINDOW_AUTOMATIC_LIFE must be"},
		{"unknown source", func(w *Window) { w.TemplateFields = "thing1=weather" }, "WINDOW_TEMPLATE_FIELDS must be a list"},
		{"no source", func(w *Window) { w.SubscriptionFields = "thing1" }, "WINDOW_SUBSCRIPTION_FIELDS must be a list"},
		{"no short life", func(w *Window) { w.ShortLife = -1 }, "WINDOW_SHORT_LIFE must be longer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Development()
			tt.change(&c.Window)
			require.ErrorContains(t, c.Check(), tt.want)
		})
	}
}
