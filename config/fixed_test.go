package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What the numbers promise each other.
func TestFixedNumbersFitTogether(t *testing.T) {
	t.Parallel()
	for _, environment := range []string{EnvProduction, EnvDevelopment} {
		f := fixed(environment)
		require.LessOrEqual(t, f.ReconcileReach, MinRetention-24*time.Hour,
			"a reply whose workflow Temporal has forgotten would be sent a second time")
		require.GreaterOrEqual(t, f.ReconcileReach, f.ReconcileOverlap+f.ReconcileGrace,
			"what was compared is compared once more")
		require.Less(t, f.VoiceMaxParts, f.WindowMessages, "the window has room for a whole reply, and for one notice")
		require.GreaterOrEqual(t, f.FilesRoom, 64, "room for one form")
		require.Positive(t, f.RefusedPerMinute, "strangers are limited")
		require.GreaterOrEqual(t, f.FollowerPerSecond, 1.0, "nobody writes faster")
		require.Positive(t, f.PicturesPerDay)
		require.Less(t, f.WeChatCall, f.C4CCall)
	}
}
