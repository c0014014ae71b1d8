package docs_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// Widths of documents, in characters.
const (
	proseWidth = 100
	tableWidth = 160
)

// wideTables are the pages with rows that are still wider: most name tests or causes. No other page may have one.
var wideTables = []string{
	"dev/README.md", "dev/c4csim/README.md", "dev/wechatsim/README.md", "docs/architecture.md",
	"docs/china.md", "docs/deploy/kubernetes.md", "docs/deploy/temporal.md", "docs/features.md",
	"docs/h5.md", "docs/operations.md", "docs/restore.md", "docs/security.md",
	"docs/setup-c4c.md", "docs/setup-wechat.md", "docs/zh/china.md", "docs/zh/operations.md", "docs/zh/restore.md",
	"docs/zh/setup-c4c.md", "docs/zh/setup-wechat.md",
}

var codeSpan = regexp.MustCompile("`[^`]*`")

// columnsOf counts a Chinese character as the two columns that it takes.
func columnsOf(line string) int {
	columns := utf8.RuneCountInString(line)
	for _, r := range line {
		if r > 0x2e7f {
			columns++
		}
	}
	return columns
}

// Prose is read beside code and in reviews: it is wrapped, tables fit a wide screen. Addresses, headings and code are
// as long as they are.
func TestDocumentsAreWrapped(t *testing.T) {
	t.Parallel()
	for name, text := range documents(t) {
		code, columns := false, utf8.RuneCountInString
		if strings.HasPrefix(name, "docs/zh/") || strings.HasSuffix(name, ".zh.md") {
			columns = columnsOf
		}
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			trimmed := strings.TrimSpace(line)
			width := columns(line)
			switch {
			case strings.HasPrefix(trimmed, "```"):
				code = !code
			case code, strings.HasPrefix(trimmed, "#"), strings.HasPrefix(trimmed, "<"), strings.HasPrefix(trimmed, "!["):
			case strings.HasPrefix(trimmed, "|"):
				require.True(t, width <= tableWidth || slices.Contains(wideTables, name), "%s: a row of %d characters: %s", name,
					width, line)
			case width > proseWidth:
				// What is quoted as code is not broken, nor is an address.
				require.NotRegexp(t, `[ ，。；：、]\S`, codeSpan.ReplaceAllString(trimmed, "code"), "%s: a line of %d characters: %s",
					name, width, line)
			}
		}
	}
}
