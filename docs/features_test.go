package docs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The table of features names the tests that show each; a row without one claims what nobody has seen.
func TestEveryFeatureNamesItsTests(t *testing.T) {
	t.Parallel()
	exists := testNames(t)
	rows := 0
	for line := range strings.Lines(read(t, "docs/features.md")) {
		cells := strings.Split(strings.Trim(line, "|\n "), " | ")
		if !strings.HasPrefix(line, "| ") || cells[len(cells)-1] == "shown by" {
			continue
		}
		rows++
		tests := all("`(\\w+)`", cells[len(cells)-1])
		require.NotEmpty(t, tests, line)
		for _, test := range tests {
			require.True(t, exists[test], "docs/features.md names %s", test)
		}
	}
	require.Greater(t, rows, 70)
}
