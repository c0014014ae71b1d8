package conversation_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// clock lists the functions of package time that read or wait for the time.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"}

// Decisions must be the same on every replay: the time is an argument.
func TestConversationReadsNoClock(t *testing.T) {
	t.Parallel()
	seen := 0
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		seen++
		require.Empty(t, clocksOf(t, name, nil), name)
		return nil
	}))
	require.Positive(t, seen)
}

func TestClockIsFound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, source string
		want         []string
	}{
		{"call", `import "time"; var x = time.Now()`, []string{"time.Now"}},
		{"value", `import "time"; var now = time.Since`, []string{"time.Since"}},
		{"other name", `import t "time"; func f() { <-t.After(1); t.Sleep(1) }`, []string{"t.After", "t.Sleep"}},
		{"without a name", `import . "time"; var x = Now()`, []string{". time"}},
		{"arithmetic", `import "time"; func f(now time.Time) time.Time { return now.Add(time.Hour) }`, nil},
		{"field of the same name", `type s struct{ Now int }; func f(time s) int { return time.Now }`, nil},
		{"method of the same name", `import "time"; func f(at time.Time) bool { return at.After(at) }`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, clocksOf(t, "x.go", []byte("package x; "+tt.source)))
		})
	}
}

// clocksOf finds a file's uses of the clock. A nil source is read from the file.
func clocksOf(t *testing.T, name string, source []byte) []string {
	t.Helper()
	var src any
	if source != nil {
		src = source
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.SkipObjectResolution)
	require.NoError(t, err)
	local := ""
	for _, spec := range file.Imports {
		switch {
		case spec.Path.Value != `"time"`:
		case spec.Name == nil:
			local = "time"
		default:
			local = spec.Name.Name
		}
	}
	if local == "." {
		return []string{". time"}
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if of, ok := selector.X.(*ast.Ident); ok && of.Name == local && slices.Contains(clock, selector.Sel.Name) {
			found = append(found, strings.Join([]string{local, selector.Sel.Name}, "."))
		}
		return true
	})
	return found
}
