package catalogue

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A text that nothing says any more would be translated and reworded for nobody.
func TestEveryTextIsSaid(t *testing.T) {
	t.Parallel()
	said := strings.Builder{}
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if entry.IsDir() && (path == "../dev" || path == "../catalogue" || path != ".." && entry.Name()[0] == '.') {
			return fs.SkipDir
		}
		if ext := filepath.Ext(path); strings.HasSuffix(path, "_test.go") || ext != ".go" && ext != ".html" {
			return err
		}
		source, err := os.ReadFile(path)
		said.Write(source)
		return err
	}))
	own, err := os.ReadFile("tickets.go") // the texts of statuses, which settings name
	require.NoError(t, err)

	named := map[string]bool{}
	for _, use := range regexp.MustCompile(`\bcatalogue\.(\w+)`).FindAllStringSubmatch(said.String(), -1) {
		named[use[1]] = true
	}
	declaration := regexp.MustCompile(`(?m)^\t(\w+) +Key = "([^"]+)"`)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, key := range declaration.FindAllSubmatch(source, -1) {
			name := string(key[1])
			require.True(t, named[name] || strings.Count(string(own), name) > 1, "nothing says %s", name)
			found++
		}
	}
	require.Equal(t, len(texts)+len(replyWaitTexts), found)
	for key := range webTexts {
		if !strings.HasPrefix(string(key), "web_status_") { // made of the status; see views.go
			require.Contains(t, said.String(), `"`+string(key)+`"`, "nothing says %s", key)
		}
	}
}
