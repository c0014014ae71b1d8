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
		{"negative delay", func(w *Window) { w.AnnounceAfter = -1 }, "WINDOW_ANNOUNCE_AFTER must not"},
		{"negative reminder", func(w *Window) { w.RemindBefore = -1 }, "WINDOW_REMIND_BEFORE must not"},
		{"negative expiry", func(w *Window) { w.ExpireAfter = -1 }, "WINDOW_EXPIRE_AFTER must not"},
		{"unknown source", func(w *Window) { w.TemplateFields = "thing1=weather" }, "WINDOW_TEMPLATE_FIELDS must be a list"},
		{"no source", func(w *Window) { w.SubscriptionFields = "thing1" }, "WINDOW_SUBSCRIPTION_FIELDS must be a list"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Development()
			tt.change(&c.Window)
			require.ErrorContains(t, c.Check(), tt.want)
		})
	}
}
