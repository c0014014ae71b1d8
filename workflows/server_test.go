package workflows

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServerVersions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		version, than string
		older         bool
	}{
		{"1.28.4", ServerNeeded, true},
		{"1.29.1", ServerNeeded, false},
		{"1.29.1", ServerForPage, true},
		{"1.30.9", ServerForPage, true},
		{"1.31.0", ServerForPage, false},
		{"v1.32.1", ServerForPage, false},
		{"1.32.0-148.3", ServerForPage, false},
		{"1.9.0", "1.29", true},
		{"2.0.0", ServerForPage, false},
		{"0.40", ServerNeeded, true},
		{"", ServerNeeded, false},
		{"cloud", ServerNeeded, false},
		{"1", ServerNeeded, false},
		{"1.x", ServerNeeded, false},
		{"-1.5", ServerNeeded, false},
	} {
		require.Equal(t, tt.older, ServerOlder(tt.version, tt.than), "%q before %q", tt.version, tt.than)
	}
	require.False(t, ServerOlder(ServerTested, ServerForPage))
	require.Contains(t, ServerTooOld("1.28.4"), "is version 1.28.4, and 1.29 or later is needed")
	require.Contains(t, ServerWithoutReads(""), "of an unknown version")
}
