package config_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// users are the folders whose code passes settings on to what they configure.
var users = []string{"../cmd/wechat-c4c/app", "../worker"}

// ownUse are the functions that look at every setting: what only they read changes nothing.
var ownUse = map[string]bool{"Load": true, "Check": true, "Development": true}

// A setting that is loaded and checked but never passed on would change nothing.
func TestEverySettingIsPassedOn(t *testing.T) {
	t.Parallel()
	pkg, byFunction := typesOfConfig(t)
	settings := settingsOf(pkg.Scope().Lookup("Config").Type(), "Config")
	require.Len(t, settings, len(config.Fields()))
	maps.Copy(settings, settingsOf(pkg.Scope().Lookup("Fixed").Type(), "Config.Fixed"))

	read := map[types.Object]bool{}
	var note func(used []types.Object)
	note = func(used []types.Object) {
		for _, object := range used {
			if !read[object] && !ownUse[object.Name()] {
				read[object] = true
				note(byFunction[object])
			}
		}
	}
	for _, folder := range users {
		note(usedIn(t, folder, pkg))
	}
	for setting, name := range settings {
		if !read[setting] && name != "Config.Accounts" { // of which Load makes the accounts
			t.Errorf("%s: nothing outside of package config reads it; pass it on in cmd/wechat-c4c/app, or take it out", name)
		}
	}
}

// typesOfConfig are the types of this package, and what each of its functions uses of it.
func typesOfConfig(t *testing.T) (*types.Package, map[types.Object][]types.Object) {
	t.Helper()
	set, files := parsed(t, ".")
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	pkg := checked("github.com/wechat-c4c/wechat-c4c/config", set, files, nil, info)
	uses := map[types.Object][]types.Object{}
	for _, file := range files {
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(function, func(n ast.Node) bool {
				if name, ok := n.(*ast.Ident); ok && info.Uses[name] != nil {
					of := info.Defs[function.Name]
					uses[of] = append(uses[of], info.Uses[name])
				}
				return true
			})
		}
	}
	return pkg, uses
}

// usedIn are the fields and functions of package config that a folder's code uses.
func usedIn(t *testing.T, folder string, pkg *types.Package) []types.Object {
	t.Helper()
	set, files := parsed(t, folder)
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	checked(folder, set, files, pkg, info)
	var used []types.Object
	for _, object := range info.Uses {
		if object.Pkg() == pkg {
			used = append(used, object)
		}
	}
	require.Greater(t, len(used), 10, folder)
	return used
}

func parsed(t *testing.T, folder string) (*token.FileSet, []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(folder + "/*.go")
	require.NoError(t, err)
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
		require.NoError(t, err)
		files = append(files, file)
	}
	return set, files
}

// checked finds out types without other packages than config. What depends on those has no type, which is no error
// here: the settings are structs of this package.
func checked(path string, set *token.FileSet, files []*ast.File, only *types.Package, info *types.Info) *types.Package {
	ignore := types.Config{Importer: onlyConfig{only}, Error: func(error) {}}
	pkg, _ := ignore.Check(path, set, files, info)
	return pkg
}

type onlyConfig struct{ pkg *types.Package }

func (o onlyConfig) Import(path string) (*types.Package, error) {
	if o.pkg != nil && path == o.pkg.Path() {
		return o.pkg, nil
	}
	return nil, os.ErrNotExist
}

// settingsOf are the fields that variables set, with the names by which code finds them.
func settingsOf(of types.Type, name string) map[types.Object]string {
	settings := map[types.Object]string{}
	section := of.Underlying().(*types.Struct)
	for i := range section.NumFields() {
		field, tag := section.Field(i), reflect.StructTag(section.Tag(i))
		if !field.Exported() || tag.Get("env") == "-" {
			continue
		}
		at := name + "." + field.Name()
		if _, ok := field.Type().Underlying().(*types.Struct); !ok {
			settings[field] = at
			continue
		}
		for setting, name := range settingsOf(field.Type(), at) {
			settings[setting] = name
		}
	}
	return settings
}
