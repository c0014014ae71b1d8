package wording

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

// spoken are the folders whose code speaks to operators.
var spoken = []string{
	"../activities", "../workflows", "../operate", "../operate/doctor", "../worker", "../api/handover", "../api/web",
	"../cmd/wechat-c4c/app",
}

// onlySay are the folders that speak by the method Say alone.
var onlySay = []string{"../worker", "../api/handover", "../api/web", "../cmd/wechat-c4c/app"}

// speakers are the functions that say something, with the arguments that are sentences.
var speakers = map[string][]int{
	"Say": {0}, "add": {0}, "row": {0}, "ok": {0}, "skip": {0}, "warn": {0, 1}, "fail": {0, 1}, "say": {0, 1},
	"plural":  {2, 3},
	"c4cCall": {1}, "c4cPoll": {1}, "wechatCall": {1}, "wechatSend": {1}, "awaitAtMost": {2}, "caused": {1},
}

// fields are those of literals whose texts are said.
var fields = []string{"Meaning", "Remedy", "remedy", "Note"}

// A sentence that no table has would be said in English amid Chinese ones.
func TestEverySentenceIsInBothLanguages(t *testing.T) {
	t.Parallel()
	all, said := sentences(t)
	require.Greater(t, len(said), 200)
	known := map[string]bool{}
	for _, table := range tables {
		for english, chinese := range table {
			require.False(t, known[english], "two tables have %q", english)
			known[english] = true
			require.True(t, all[english], "nothing says %q", english)
			require.Equal(t, places(english), places(chinese), "the places of %q and %q", english, chinese)
			require.True(t, strings.ContainsFunc(chinese, func(r rune) bool { return unicode.Is(unicode.Han, r) }),
				"%q is not Chinese", chinese)
			for _, name := range regexp.MustCompile("`[^`]+`|WECHAT_C4C_[A-Z0-9_]+|wechat-c4c [a-z]+ [a-z]+").FindAllString(
				english, -1) {
				require.Contains(t, chinese, name, "a name of %q", english)
			}
		}
	}
	for _, sentence := range said {
		require.True(t, known[sentence], "no table of this package has: %s", strconv.Quote(sentence))
	}
}

// titles are the fields that Temporal UI shows.
var titles = []string{"StaticSummary", "StaticDetails", "Summary"}

// A title that is put together where it is needed has no place in the tables.
func TestEveryTitleIsSaid(t *testing.T) {
	t.Parallel()
	found := 0
	for _, folder := range spoken {
		for name, file := range codeOf(t, folder) {
			ast.Inspect(file, func(n ast.Node) bool {
				kv, ok := n.(*ast.KeyValueExpr)
				if !ok {
					return true
				}
				if key, ok := kv.Key.(*ast.Ident); !ok || !slices.Contains(titles, key.Name) {
					return true
				}
				found++
				switch kv.Value.(type) {
				case *ast.BasicLit, *ast.BinaryExpr:
					t.Errorf("%s: a title is in English whatever operators read: have Language.Say say it", name)
				}
				return true
			})
		}
	}
	require.Greater(t, found, 20)
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?[a-z]`)

// places are the verbs of a text in the order of their arguments.
func places(text string) []string {
	filled := map[int]string{}
	next := 1
	for _, found := range verb.FindAllStringSubmatch(text, -1) {
		if found[1] != "" {
			next, _ = strconv.Atoi(found[1])
		}
		filled[next] = found[0][len(found[0])-1:]
		next++
	}
	var in []string
	for i := range len(filled) {
		in = append(in, filled[i+1])
	}
	return in
}

// sentences returns all texts in the code, and those among them for operators.
func sentences(t *testing.T) (all map[string]bool, said []string) {
	t.Helper()
	all = map[string]bool{}
	for _, folder := range spoken {
		for _, file := range codeOf(t, folder) {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case ast.Expr:
					if text, ok := literal(n); ok {
						all[text] = true
						all["%d "+text] = true // of what is counted
					}
					if call, ok := n.(*ast.CallExpr); ok {
						said = append(said, ofCall(folder, call)...)
					}
					if kv, ok := n.(*ast.KeyValueExpr); ok {
						said = append(said, ofField(folder, kv)...)
					}
				}
				return true
			})
		}
	}
	said = slices.DeleteFunc(said, func(text string) bool {
		return !strings.ContainsFunc(verb.ReplaceAllString(text, ""), unicode.IsLetter)
	})
	return all, said
}

// codeOf are the files of a folder, without tests.
func codeOf(t *testing.T, folder string) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob(folder + "/*.go")
	require.NoError(t, err)
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		files[name], err = parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
	}
	require.NotEmpty(t, files)
	return files
}

func ofCall(folder string, call *ast.CallExpr) (said []string) {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		if name = f.Name; slices.Contains(onlySay, folder) {
			return nil
		}
	case *ast.SelectorExpr:
		name = f.Sel.Name
		if name != "Say" {
			return nil
		}
	}
	for _, i := range speakers[name] {
		if i >= len(call.Args) {
			continue
		}
		text, ok := literal(call.Args[i])
		if first, named := call.Args[0].(*ast.Ident); name == "say" && i == 1 &&
			(!named || first.Name != "ctx" && first.Name != "timerCtx") {
			_, selected := call.Args[0].(*ast.SelectorExpr)
			ok = ok && selected // of a context
		}
		if name == "plural" {
			text = "%d " + text
		}
		if ok {
			said = append(said, text)
		}
	}
	return said
}

func ofField(folder string, kv *ast.KeyValueExpr) []string {
	key, ok := kv.Key.(*ast.Ident)
	if !ok || !slices.Contains(fields, key.Name) || slices.Contains(onlySay, folder) {
		return nil
	}
	if text, ok := literal(kv.Value); ok {
		return []string{text}
	}
	return nil
}

// literal is a text of the code, which may be put together of several.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, first := literal(e.X)
		right, second := literal(e.Y)
		return left + right, first && second && e.Op == token.ADD
	}
	return "", false
}

func TestEnglishIsTheDefault(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a\nb 100%", Language("").Say("a\nb 100%"))
	require.Equal(t, "all 3 are there", English.Say("all %d are there", 3))
	require.Equal(t, "全部 3 个都在", Chinese.Say("all %d are there", 3))
	require.Equal(t, "unknown 7", Chinese.Say("unknown %d", 7))
}
