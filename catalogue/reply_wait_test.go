package catalogue

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// WeChat refuses a longer value of a keyword of the kind "thing".
func TestAnnouncementFitsItsKeyword(t *testing.T) {
	t.Parallel()
	for _, lang := range Languages() {
		require.LessOrEqual(t, utf8.RuneCountInString(Text(lang, AnnouncementText)), 20)
		require.LessOrEqual(t, utf8.RuneCountInString(Text(lang, AnnouncementChat)), 20)
	}
}
