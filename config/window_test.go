package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWindowIsChecked(t *testing.T) {
	t.Parallel()
	require.NoError(t, Development().Check())
	for _, tt := range []struct {
		name   string
		change func(*Window)
		want   string
	}{
		{"count below nothing", func(w *Window) { w.MessageCount = -1 }, "WINDOW_MESSAGE_COUNT must lie between"},
		{"count beyond reason", func(w *Window) { w.ScanCount = 1001 }, "WINDOW_SCAN_COUNT must lie between"},
		{"no life", func(w *Window) { w.MessageLife = 0 }, "WINDOW_MESSAGE_LIFE must be longer"},
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
