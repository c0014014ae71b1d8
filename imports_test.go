// Package wechatc4c_test holds the rule which package may import which.
package wechatc4c_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/wechat-c4c/wechat-c4c"

// importRule says what a folder's packages may import of this repository, and what else they must not.
type importRule struct {
	may    []string // folders; "*" is all but dev
	never  []string // import paths and what is below them
	except []string // import paths below never that are allowed all the same
}

const (
	temporal       = "go.temporal.io"
	temporalClient = "go.temporal.io/sdk/client"
	echo           = "github.com/labstack/echo/v4"
	temporalServer = "go.temporal.io/server"
)

// importRules has a row for each folder with Go code; the longest match counts.
var importRules = map[string]importRule{
	"wechat":     {never: []string{temporal, echo}},
	"c4c":        {never: []string{temporal, echo}},
	"codec":      {never: []string{echo}},
	"catalogue":  {never: []string{temporal, echo}},
	"wording":    {never: []string{temporal, echo, "net", "os"}},
	"config":     {never: []string{temporal, echo}},
	"slots":      {may: []string{"slots"}, never: []string{temporal, echo, "net", "os"}},
	"activities": {may: []string{"wechat", "c4c", "wording"}, never: []string{temporalClient, echo}},
	"conversation": {
		may:    []string{"activities", "catalogue", "conversation"},
		never:  []string{temporal, echo, "net", "os", "math/rand", "crypto/rand"},
		except: []string{"net/url"},
	},
	"workflows": {
		may:   []string{"activities", "catalogue", "conversation", "slots", "wording"},
		never: []string{temporalClient, echo, "net/http", "os", "math/rand", "crypto/rand"},
	},
	"api": {may: []string{"workflows", "conversation", "wechat", "catalogue", "codec", "wording"}},
	"worker": {may: []string{"activities", "workflows", "conversation", "wechat", "c4c", "config", "slots", "wording"},
		never: []string{echo}},
	"operate": {
		may: []string{"activities", "workflows", "conversation", "wechat", "c4c", "codec", "config", "slots", "api",
			"wording"},
	},
	"cmd":             {may: []string{"*"}},
	"dev":             {may: []string{"*", "dev"}, never: []string{temporalServer}},
	"dev/wechatsim":   {never: []string{temporal}}, // a shared bug must not cancel out
	"dev/c4csim":      {never: []string{temporal}},
	"dev/devserver":   {may: []string{"workflows"}, never: []string{temporalServer}},
	"dev/temporaldev": {},
}

func TestImports(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for file, imports := range goFiles(t) {
		folder := path.Dir(file)
		row := ruleOf(folder)
		if folder != "." {
			require.NotEmpty(t, row, "%s: packages in %s have no row in importRules", file, folder)
		}
		seen[row] = true
		for _, imported := range imports {
			require.NoError(t, allowed(row, imported), file)
		}
	}
	for row := range importRules {
		require.True(t, seen[row], "importRules has a row for %s, where no Go code is", row)
	}
}

func TestImportsAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, row, imported string
		ok                  bool
	}{
		{"own package", "c4c", module + "/c4c", true},
		{"package below", "dev/c4csim", module + "/dev/c4csim/desk", true},
		{"foreign module", "c4c", "github.com/tiaguinho/gosoap", true},
		{"granted", "activities", module + "/c4c", true},
		{"not granted", "wechat", module + "/c4c", false},
		{"not granted below", "workflows", module + "/activities/x", true},
		{"same beginning", "activities", module + "/c4cx", false},
		{"never", "workflows", "net/http", false},
		{"never below", "wechat", "go.temporal.io/sdk/workflow", false},
		{"never, itself", "conversation", "net", false},
		{"never below, of another version", "conversation", "math/rand/v2", false},
		{"excepted", "conversation", "net/url", true},
		{"excepted for another", "conversation", "net/http", false},
		{"same beginning as what is never", "conversation", "golang.org/x/net/html", true},
		{"the mind and its hands", "conversation", module + "/workflows", false},
		{"all", "cmd", module + "/worker", true},
		{"all is not dev", "cmd", module + "/dev/c4csim", false},
		{"dev runs the product", "dev", module + "/cmd/wechat-c4c/app", true},
		{"simulator and product", "dev/wechatsim", module + "/wechat", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.ok, allowed(tt.row, tt.imported) == nil)
		})
	}
}

// importError is an import that a rule does not allow.
type importError struct{ row, imported string }

func (e importError) Error() string { return e.row + " must not import " + e.imported }

func allowed(row, imported string) error {
	rule := importRules[row]
	for _, p := range rule.never {
		if within(imported, p) && !slices.Contains(rule.except, imported) {
			return importError{row, imported}
		}
	}
	folder, ours := strings.CutPrefix(imported, module+"/")
	if !ours || within(folder, row) {
		return nil
	}
	for _, p := range rule.may {
		if within(folder, p) || p == "*" && !within(folder, "dev") {
			return nil
		}
	}
	return importError{row, imported}
}

// ruleOf finds the row of a folder: its own or that of the nearest folder above.
func ruleOf(folder string) string {
	for ; folder != "."; folder = path.Dir(folder) {
		if _, ok := importRules[folder]; ok {
			return folder
		}
	}
	return ""
}

func within(p, folder string) bool { return p == folder || strings.HasPrefix(p, folder+"/") }

// goFiles reads the imports of every Go file that is not a test.
func goFiles(t *testing.T) map[string][]string {
	t.Helper()
	files := map[string][]string{}
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && name != "." || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		imports := []string{}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, imported)
		}
		slices.Sort(imports)
		files[filepath.ToSlash(name)] = imports
		return nil
	}))
	return files
}
