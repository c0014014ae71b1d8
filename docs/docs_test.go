// Package docs_test holds what the documents say against the code.
package docs_test

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// atRoot has names of files begin at the repository's root. It is called while tests run, not before: what TestMain
// does is not known to the cache of test results, which then would not notice that a file has changed.
var atRoot = sync.OnceFunc(func() {
	if err := os.Chdir(".."); err != nil {
		panic(err)
	}
})

func read(t *testing.T, name string) string {
	t.Helper()
	atRoot()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(content)
}

func documents(t *testing.T) map[string]string {
	t.Helper()
	atRoot()
	texts := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "dev/*.md", "dev/*/*.md"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range names {
			texts[name] = read(t, name)
		}
	}
	require.NotEmpty(t, texts)
	return texts
}

// module is this repository's; those in its folders begin with it.
const module = "github.com/wechat-c4c/wechat-c4c"

var (
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"`)
	noWord = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for name, text := range documents(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target := found[1] + found[2]
			if strings.Contains(target, "://") {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			to := filepath.Join(filepath.Dir(name), file)
			if file == "" {
				to = name
			}
			require.FileExists(t, to, "%s links to %s", name, target)
			if anchor != "" {
				require.Contains(t, anchors(read(t, to)), anchor, "%s links to %s", name, target)
			}
		}
	}
}

// anchors are the names a reader's link may end with.
func anchors(text string) []string {
	var names []string
	for _, title := range all(`(?m)^#+ (.+)$`, text) {
		name := noWord.ReplaceAllString(strings.ToLower(title), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	return names
}

func TestCommandsExist(t *testing.T) {
	t.Parallel()
	makefile := read(t, "Makefile")
	for name, text := range documents(t) {
		for _, command := range all("`make ([a-z0-9-]+)", text) {
			require.Regexp(t, `(?m)^`+command+`:.* ## `, makefile, "%s mentions make %s", name, command)
		}
	}
}

// A misspelt setting in a document would be searched for in vain.
func TestSettingsExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, f := range config.Fields() {
		known[f.Name] = true
		known[f.Name+"_FILE"] = f.Secret
		known[config.AccountVariable("shop", f.Name)] = !f.Process // the second account of the examples
	}
	for name, text := range documents(t) {
		for _, setting := range all(`(WECHAT_C4C_[A-Z0-9_]*[A-Z0-9])\b`, text) {
			begins := strings.Contains(text, setting+"_") || strings.Contains(text, setting+"…")
			require.True(t, known[setting] || begins, "%s names %s, which is no setting", name, setting)
		}
		for _, pattern := range all(`WECHAT_C4C_([A-Z0-9_]*\*[A-Z0-9_*]*)`, text) {
			matches := func(setting string) bool {
				matched, err := path.Match("WECHAT_C4C_"+pattern, setting)
				return err == nil && matched
			}
			require.True(t, slices.ContainsFunc(slices.Collect(maps.Keys(known)), matches),
				"%s names WECHAT_C4C_%s, which no setting matches", name, pattern)
		}
	}
}

// What the README tells to set is enough, and none of it can be left out.
func TestReadmeNamesTheSettingsThatAreNeeded(t *testing.T) {
	t.Parallel()
	var environ []string
	examples := map[string]string{}
	for _, f := range config.Fields() {
		examples[f.Name] = f.Example
	}
	for _, name := range all(`(WECHAT_C4C_[A-Z0-9_]+)=`, read(t, "README.md")) {
		value := examples[name]
		if name == config.Prefix+"CODEC_KEYS" {
			value = "k1:" + strings.Repeat("A", 43) + "="
		}
		environ = append(environ, name+"="+value)
	}
	_, _, err := config.Load(environ)
	require.NoError(t, err)
	for i := range environ {
		_, _, err := config.Load(slices.Delete(slices.Clone(environ), i, i+1))
		require.Error(t, err, "%s is not needed", environ[i])
	}
}

// The two commands of the README are those that are checked.
func TestReadmeHasTheCommandsThatAreChecked(t *testing.T) {
	t.Parallel()
	readme, ci := read(t, "README.md"), read(t, ".ci/run")
	require.Contains(t, readme, "\nmake dev ")
	require.Contains(t, readme, "\nmake test ")
	require.Contains(t, ci, "\nmake test\n")
	require.LessOrEqual(t, strings.Count(readme, "\n"), 120, "what does not fit belongs into a page")
}

// "go run" ends with 1 after Ctrl-C, however well the program stopped, and make then reports an error.
func TestMakeDevStopsWithoutAnError(t *testing.T) {
	t.Parallel()
	recipe := all(`(?m)^dev: ##.*\n((?:\t.*\n)+)`, read(t, "Makefile"))
	require.Len(t, recipe, 1)
	require.NotContains(t, recipe[0], "$(GO) run")
	require.Contains(t, recipe[0], "exec .state/bin/dev $(ARGS)")
}

func TestArchitectureNamesEveryWorkflow(t *testing.T) {
	t.Parallel()
	text := read(t, "docs/architecture.md")
	_, parts, ok := strings.Cut(text, "\n## The parts\n")
	require.True(t, ok)
	parts, _, _ = strings.Cut(parts, "\n## ")
	types := all(`\tType\w+ += "(\w+)"`, read(t, "workflows/names.go"))
	require.ElementsMatch(t, types, firstCells(parts), "the table of workflows in docs/architecture.md")

	_, identities, ok := strings.Cut(text, "\n## Idempotency: identities, order, repeats\n")
	require.True(t, ok)
	identities, _, _ = strings.Cut(identities, "\n## ")
	prefixes := all(`return (?:fmt\.Sprintf\()?"([a-z-]+)/`, read(t, "workflows/ids.go"))
	require.Greater(t, len(prefixes), 10)
	for _, prefix := range prefixes {
		require.True(t, strings.Contains(identities, "`"+prefix+"/"), "the table of ids in docs/architecture.md lacks %s/",
			prefix)
	}
}

func TestEveryErrorIsExplained(t *testing.T) {
	t.Parallel()
	explained := firstCells(read(t, "docs/architecture.md"))
	types := all(`\tError\w+ += "(\w+)"`, read(t, "activities/errors.go"))
	require.NotEmpty(t, types)
	for _, name := range types {
		require.True(t, slices.Contains(explained, name), "the table of errors in docs/architecture.md has no line for %s", name)
	}
}

func TestEveryDependencyIsExplained(t *testing.T) {
	t.Parallel()
	_, section, ok := strings.Cut(read(t, "docs/decisions.md"), "\n## Dependencies\n")
	require.True(t, ok)
	for _, folder := range []string{".", "dev", "dev/temporaldev"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			mod := read(t, filepath.Join(folder, "go.mod"))
			_, table, _ := strings.Cut(section, "\n### "+all(`(?m)^module (\S+)$`, mod)[0]+"\n")
			table, _, _ = strings.Cut(table, "\n### ")
			explained := firstCells(table)
			for _, direct := range all(`(?m)^(?:require )?\t?(\S+) v\S+$`, mod) {
				if !strings.HasPrefix(direct, module) {
					require.Contains(t, explained, direct, "docs/decisions.md has no line for this dependency")
				}
			}
			required := all(`(?m)^(?:require )?\t?(\S+) v\S+(?: // indirect)?$`, mod)
			for _, name := range explained {
				require.Contains(t, required, name, "docs/decisions.md has a line for what is no dependency")
			}
		})
	}
}

// firstCells are the code words that begin the rows of tables.
func firstCells(text string) []string { return all("(?m)^\\| `(\\S+)` \\|", text) }

// all finds what the pattern's group matches.
func all(pattern, text string) []string {
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}
