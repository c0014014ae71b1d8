package docs_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Who follows a recipe finds the files, names, packages and tests that it names.
func TestRecipesNameWhatExists(t *testing.T) {
	t.Parallel()
	_, recipes, ok := strings.Cut(read(t, "CONTRIBUTING.md"), "\n## Recipes\n")
	require.True(t, ok)
	bases := map[string]bool{}
	code := sourceCode(t, bases)
	tests := testNames(t)
	for _, span := range all("`([^`]+)`", recipes) {
		span = spacesOnly.ReplaceAllString(span, " ")
		switch {
		case strings.HasPrefix(span, "go test "):
			for _, command := range strings.Split(span, " && ") {
				checkGoTest(t, command, tests)
			}
		case strings.HasPrefix(span, "make e2e RUN="):
			requireTest(t, strings.TrimPrefix(span, "make e2e RUN="), tests, span)
		case strings.ContainsAny(span, "<#$ ") || strings.HasPrefix(span, "-"):
		case strings.ContainsAny(span, "/*") || regexp.MustCompile(`\.(go|md|yml|yaml|txt)$`).MatchString(span):
			found, err := filepath.Glob(strings.TrimSuffix(span, "/"))
			require.NoError(t, err)
			require.True(t, len(found) > 0 || bases[span], "CONTRIBUTING.md names the file %s", span)
		default:
			name := span[strings.LastIndex(span, ".")+1:]
			require.Regexp(t, `\b`+name+`\b`, code, "CONTRIBUTING.md names %s", span)
		}
	}
}

// checkGoTest checks the packages and the tests of a command.
func checkGoTest(t *testing.T, command string, tests map[string]bool) {
	t.Helper()
	words := strings.Fields(command)
	from, pattern := ".", ""
	for i, word := range words {
		switch {
		case i > 0 && words[i-1] == "-C":
			from = word
		case i > 0 && words[i-1] == "-run" && !strings.Contains(word, "<"):
			pattern = strings.Trim(word, "'")
		}
	}
	for _, word := range words {
		if strings.HasPrefix(word, "./") {
			require.DirExists(t, filepath.Join(from, strings.TrimSuffix(word, "...")), command)
		}
	}
	requireTest(t, pattern, tests, command)
}

func requireTest(t *testing.T, pattern string, tests map[string]bool, command string) {
	t.Helper()
	for name := range tests {
		if regexp.MustCompile(pattern).MatchString(name) {
			return
		}
	}
	require.Fail(t, "no test is named as in: "+command)
}

// sourceCode is all Go code; it adds the names of all files to bases.
func sourceCode(t *testing.T, bases map[string]bool) string {
	t.Helper()
	atRoot()
	var code strings.Builder
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if err == nil && path != "." && entry.Name()[0] == '.' {
				return fs.SkipDir
			}
			return err
		}
		bases[entry.Name()] = true
		if filepath.Ext(path) == ".go" {
			code.WriteString(read(t, path))
		}
		return nil
	}))
	return code.String()
}
