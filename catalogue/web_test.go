package catalogue

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWebTextsAreComplete(t *testing.T) {
	t.Parallel()
	for key := range webTexts {
		t.Run(string(key), func(t *testing.T) {
			t.Parallel()
			require.Regexp(t, `^web_[a-z0-9_]*$`, string(key))
			require.NotContains(t, texts, key)
			var names [][]string
			for _, lang := range Languages() {
				text := webTexts[key][lang]
				require.NotEmpty(t, text)
				require.Equal(t, lang == Chinese, strings.ContainsFunc(text, han), "%s: script", lang)
				found := []string{}
				for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
					found = append(found, match[1])
				}
				slices.Sort(found)
				names = append(names, found)
			}
			require.Equal(t, names[0], names[1], "placeholders")
		})
	}
	require.Equal(t, "Ticket 7", Text(English, "web_ticket", Value("ticket", "7")))
}
