package conversation

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A follower's flag is shown as a whole or not at all.
func TestUnderwayIsCutBetweenCharacters(t *testing.T) {
	t.Parallel()
	var p Page
	in := Inbound{Key: "web/0123456789abcdef", Kind: KindMessage, Web: &WebEntry{Subject: strings.Repeat("x",
		maxUnderwayRun-1) + "🇨🇳"}}
	p.addUnderway(in)
	require.Equal(t, strings.Repeat("x", maxUnderwayRun-1)+"…", p.Underway[0].Text)
	require.Equal(t, strings.Repeat("x", maxBeginning-9), beginning(strings.Repeat("x", maxBeginning-9)+"👩\u200d👧\u200d👦"))
}
