package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var documentedLine = regexp.MustCompile(`(?m)^\s*(?:bin/)?wechat-c4c ([a-z].*)$`)

// Command lines in the documents are valid: their flags and arguments are accepted.
func TestDocumentedCommandLines(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join("../../..", pattern))
		require.NoError(t, err)
		files = append(files, found...)
	}
	seen := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		_, blocks, _ := strings.Cut(string(content), "```")
		for i, block := range strings.Split(blocks, "```") {
			if i%2 == 1 { // between two blocks
				continue
			}
			for _, line := range documentedLine.FindAllStringSubmatch(block, -1) {
				command, _, _ := strings.Cut(line[1], " #")
				command, _, _ = strings.Cut(command, " < ")
				command = strings.TrimSuffix(strings.TrimSpace(command), "&")
				if strings.ContainsAny(command, "|…$") {
					continue // names several, omits something, or takes it from a variable
				}
				seen++
				c, rest, err := rootOf().Find(words(command))
				require.NoError(t, err, "%s: %s", file, command)
				require.NoError(t, c.ParseFlags(rest), "%s: %s", file, command)
				require.NoError(t, c.ValidateArgs(c.Flags().Args()), "%s: %s", file, command)
				require.False(t, c.HasSubCommands(), "%s: %s", file, command)
			}
		}
	}
	require.Greater(t, seen, 15)
}
