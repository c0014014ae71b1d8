package devserver

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// unreachable is a release that is never fetched.
var unreachable = release{version: "0.0.0", base: fetchNever,
	sums: map[string]string{runtime.GOOS + "/" + runtime.GOARCH: "0123456789abcdef"}}

// module writes the files that make up our own server, with meaningless content.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := []string{"go.mod", "go.sum", "server_test.go"}
	for _, dir := range sources {
		files = append(files, dir+"/source.go")
	}
	for _, file := range files {
		path := filepath.Join(dir, serverModule, file)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(file), 0o600))
	}
	return dir
}

func TestFingerprintFollowsTheSources(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file string
		changes    bool
	}{
		{"a module version", "go.sum", true},
		{"a replaced module", "go.mod", true},
		{"the command", "cmd/temporal-server/source.go", true},
		{"the package", "source.go", true},
		{"what stands in for a module", "without/gcs/source.go", true},
		{"a new file", "more.go", true},
		{"a test", "server_test.go", false},
		{"something else", "README.md", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := module(t)
			before, err := fingerprint(dir)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, serverModule, test.file), []byte("changed"), 0o600))
			after, err := fingerprint(dir)
			require.NoError(t, err)
			require.Equal(t, test.changes, before != after)
		})
	}
}

func TestWhatIsCompiledIsTaken(t *testing.T) {
	t.Parallel()
	dir := module(t)
	sources, err := fingerprint(dir)
	require.NoError(t, err)
	compiled := filepath.Join(dir, ".state", "bin", "temporal-server-"+sources+exeSuffix())
	require.NoError(t, os.MkdirAll(filepath.Dir(compiled), 0o755))
	require.NoError(t, os.WriteFile(compiled, nil, 0o600))

	found, err := kept(t.Context(), unreachable, dir, filepath.Join(dir, ".state"), t.Output())
	require.NoError(t, err)
	require.Equal(t, Binary{Path: compiled}, found)

	_, err = kept(t.Context(), unreachable, t.TempDir(), dir, t.Output())
	require.ErrorContains(t, err, "no sources in")
}

func TestFailedBuildShowsTheCompilersWords(t *testing.T) {
	t.Parallel()
	dir := module(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, serverModule, "go.mod"),
		[]byte("module example.com/broken\n\ngo 1.26\n"), 0o600))
	_, err := kept(t.Context(), unreachable, dir, filepath.Join(dir, ".state"), t.Output())
	require.ErrorContains(t, err, "expected 'package'")
	left, err := filepath.Glob(filepath.Join(dir, ".state", "bin", "temporal-server-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestLockIsHeldByOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path, t.Output())
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	words := &waiter{told: cancel}
	_, err = lock(ctx, path, words)
	require.ErrorIs(t, err, context.Canceled)

	unlock()
	unlock, err = lock(t.Context(), path, t.Output())
	require.NoError(t, err)
	unlock()
}

// waiter calls told when it is written to.
type waiter struct{ told func() }

func (w *waiter) Write(b []byte) (int, error) {
	w.told()
	return len(b), nil
}

func TestRemoveOthersKeepsOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"temporal-server-old", "temporal-server-new", "notes"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	removeOthers(dir, filepath.Join(dir, "temporal-server-new"))
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(dir, "notes"), filepath.Join(dir, "temporal-server-new")}, left)
}

func TestNamedTellsTheCommandFromOurs(t *testing.T) {
	t.Parallel()
	require.True(t, named("/usr/local/bin/temporal").CLI)
	require.False(t, named("/x/.state/bin/temporal-server-0123456789ab").CLI)
}

func TestProgressCounts(t *testing.T) {
	t.Parallel()
	began := time.Now()
	for _, test := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"nothing yet", nil, "  1m25s  looking for what is compiled already"},
		{"a download", []string{"go: downloading go.temporal.io/server v1.32.1"},
			"  1m25s  downloading go.temporal.io/server v1.32.1"},
		{"packages", []string{"a/b", "# a/b", "x.go:1: unused", "c"}, "  1m25s  2 packages compiled of at most 1200: c"},
		{"the last one", []string{"a/b", "github.com/x/dev/cmd/temporal-server"}, "  1m25s  linking"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := &progress{began: began}
			for _, line := range test.lines {
				p.note(line)
			}
			require.Equal(t, test.want, p.line(began.Add(85*time.Second)))
		})
	}
}

func TestEveryFolderOfTheServerIsAmongItsSources(t *testing.T) {
	t.Parallel()
	server := filepath.Join("..", serverModule)
	found := map[string]bool{}
	require.NoError(t, filepath.WalkDir(server, func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".go" {
			dir, _ := filepath.Rel(server, filepath.Dir(path))
			found[filepath.ToSlash(dir)] = true
		}
		return err
	}))
	require.ElementsMatch(t, sources, slices.Collect(maps.Keys(found)))
}
