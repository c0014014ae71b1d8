package docs_test

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// testNames are the names of all tests and fuzz targets.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	atRoot()
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		for _, test := range all(`(?m)^func ((?:Test|Fuzz)\w+)\(`, read(t, name)) {
			names[test] = true
		}
		return nil
	}))
	return names
}

// The threat model names the test that shows each answer; a test that was renamed shows nothing.
func TestThreatModelNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	exists := testNames(t)
	named := all("`(Test\\w+)`", read(t, "docs/security.md"))
	require.Greater(t, len(named), 20)
	for _, test := range named {
		require.True(t, exists[test], "docs/security.md names %s", test)
	}
}

// A reader of the list of ports must find every route in it.
func TestThreatModelNamesEveryRoute(t *testing.T) {
	t.Parallel()
	model := read(t, "docs/security.md")
	named := all("`(/[\\w*/]+)`", model)
	routes := append(all(`e\.(?:GET|POST|PUT|Any)\("(/[^"]+)"`, read(t, "api/routes.go")),
		all(`e\.(?:GET|POST|PUT|Any)\("(/[^"]+)"`, read(t, "api/web/web.go"))...)
	require.Greater(t, len(routes), 8)
	for _, route := range routes {
		route, _, _ = strings.Cut(route, ":")
		require.True(t, slices.ContainsFunc(named, func(name string) bool {
			return strings.TrimSuffix(strings.TrimSuffix(name, "*"), "/") == strings.TrimSuffix(strings.TrimSuffix(route, "*"),
				"/")
		}), "docs/security.md does not name %s", route)
	}
}

// An operator who sees in the metrics that a limit was reached must find what it is and how to change it.
func TestEveryLimitIsExplained(t *testing.T) {
	t.Parallel()
	var limits []string
	for _, file := range []string{"api/webhook_limit.go", "api/connections.go", "api/web/limit.go"} {
		source := read(t, file)
		limits = append(limits, all(`(?m)^\tlimit\w+ += "(\w+)"`, source)...)
		limits = append(limits, all(`limit: "(\w+)"`, source)...)
		limits = append(limits, all(`String\("limit", "(\w+)"\)`, source)...)
	}
	require.Greater(t, len(limits), 10)
	manual := read(t, "docs/operations.md")
	for _, limit := range limits {
		require.Contains(t, manual, "`"+limit+"`")
	}
}
