package docs_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// goWidth is how wide a line of Go may be, in characters; a tab counts as one.
const goWidth = 120

func TestGoIsWrapped(t *testing.T) {
	t.Parallel()
	atRoot()
	files := 0
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, line := range tooWide(t, source) {
			t.Errorf("%s:%d is wider than %d characters: break it", path, line, goWidth)
		}
		return nil
	}))
	require.NotZero(t, files)
}

func TestTooWide(t *testing.T) {
	t.Parallel()
	word, words := strings.Repeat("x", goWidth), strings.Repeat("word ", goWidth/5)
	for name, tt := range map[string]struct {
		line string
		want []int
	}{
		"narrow":            {"var x = 1", nil},
		"calls":             {"var x = f(" + strings.Repeat("a, ", goWidth/3) + "a)", []int{3}},
		"a comment":         {"// " + words, []int{3}},
		"an address":        {"// https://example.com/" + word, nil},
		"a text":            {`var x = f("` + words + `")`, nil},
		"a short text":      {"var x = f(" + strings.Repeat("a, ", goWidth/3) + `"a")`, []int{3}},
		"a text over lines": {"var x = `\n" + word + "\n`", nil},
		"a tag":             {"type x struct {\n\tField string `env:\"" + words[:goWidth-20] + "\"`\n}", nil},
		"a pair of texts": {"var x = map[string]string{\n\t\"" + words[:goWidth/2-8] + "\":    \"" + words[:goWidth/2-2] +
			"\",\n}", nil},
		"what follows a text": {"var x = `\n`, f(" + strings.Repeat("a, ", goWidth/3) + "a)", []int{4}},
		"characters not bytes": {`var x = f("` + strings.Repeat("工", goWidth/2) + `", "` + strings.Repeat("单", 10) + `")`,
			nil},
	} {
		require.Equal(t, tt.want, tooWide(t, []byte("package x\n\n"+tt.line+"\n")), name)
	}
}

// tooWide returns the numbers of the lines that could be broken. A line may be as wide as it is where it has a text of
// more than half its width, which is not cut in two, an address, the tag of a field or one pair of a map, and within a
// text over several lines.
func tooWide(t *testing.T, source []byte) []int {
	t.Helper()
	unbreakable, kinds := map[int]bool{}, map[int][]token.Token{}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, "", source, parser.SkipObjectResolution|parser.ParseComments)
	require.NoError(t, err)
	ast.Inspect(parsed, func(node ast.Node) bool {
		if field, ok := node.(*ast.Field); ok && field.Tag != nil {
			unbreakable[files.Position(field.Tag.Pos()).Line] = true
		}
		return true
	})
	for _, comment := range parsed.Comments {
		if strings.HasPrefix(comment.Text(), "Output:") { // of an example
			for line := files.Position(comment.Pos()).Line; line <= files.Position(comment.End()).Line; line++ {
				unbreakable[line] = true
			}
		}
	}
	var tokens scanner.Scanner
	file := files.AddFile("", -1, len(source))
	tokens.Init(file, source, nil, scanner.ScanComments)
	for {
		pos, kind, literal := tokens.Scan()
		if kind == token.EOF {
			break
		}
		line := file.Line(pos)
		kinds[line] = append(kinds[line], kind)
		if parts := strings.Split(literal, "\n"); kind == token.STRING && len(parts) > 1 {
			for i, part := range parts {
				unbreakable[line+i] = i+1 < len(parts) || utf8.RuneCountInString(part) > goWidth/2
			}
		}
		for _, word := range words(kind, literal) {
			unbreakable[line] = unbreakable[line] || utf8.RuneCountInString(word) > goWidth/2
		}
	}
	var wide []int
	for i, line := range bytes.Split(source, []byte("\n")) {
		if utf8.RuneCount(line) > goWidth && !unbreakable[i+1] && !pair(kinds[i+1]) {
			wide = append(wide, i+1)
		}
	}
	return wide
}

// pair reports whether a line is a text as a key with its value, which gofmt aligns with those above.
func pair(kinds []token.Token) bool {
	return len(kinds) > 1 && kinds[0] == token.STRING && kinds[1] == token.COLON &&
		!slices.Contains(kinds[:len(kinds)-1], token.COMMA)
}

// words returns the parts of a token that no line break divides.
func words(kind token.Token, literal string) []string {
	switch kind {
	case token.STRING:
		return []string{literal}
	case token.COMMENT:
		return strings.Fields(literal)
	default:
		return nil
	}
}
