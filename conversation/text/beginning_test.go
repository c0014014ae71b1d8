package text

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBeginning(t *testing.T) {
	t.Parallel()
	const family, flag, thumb = "👨\u200d👩\u200d👧\u200d👦", "🇨🇳", "👍🏽"
	for name, tt := range map[string]struct {
		text string
		most int
		want string
	}{
		"it fits":                 {"brakes", 6, "brakes"},
		"letters":                 {"brakes", 5, "brake"},
		"Chinese":                 {"刹车异响", 3, "刹车异"},
		"a family fits":           {"ab" + family, 9, "ab" + family},
		"no part of a family":     {"ab" + family, 8, "ab"},
		"no half of a flag":       {"a" + flag + flag, 4, "a" + flag},
		"no thumb of another":     {"a" + thumb, 2, "a"},
		"no letter without marks": {"cafe\u0301s", 4, "caf"},
		"longer than the room":    {family, 3, "👨\u200d👩"},
		"no room":                 {"a", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, Beginning(tt.text, tt.most))
		})
	}
	require.Equal(t, strings.Repeat(flag, 20), Beginning(strings.Repeat(flag, 1000), 41))
}
