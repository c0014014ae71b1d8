package devserver

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// archive is a release's archive with a file of that name and content.
func archive(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	files := tar.NewWriter(zipped)
	for _, file := range [][2]string{{"LICENSE", "MIT"}, {name, content}} {
		require.NoError(t,
			files.WriteHeader(&tar.Header{Name: file[0], Mode: 0o755, Size: int64(len(file[1])), Typeflag: tar.TypeReg}))
		_, err := files.Write([]byte(file[1]))
		require.NoError(t, err)
	}
	require.NoError(t, files.Close())
	require.NoError(t, zipped.Close())
	return b.Bytes()
}

// mirror serves an archive as version 9.8.7, with the SHA-256 of meant.
func mirror(t *testing.T, served, meant []byte) (r release, asked *int) {
	t.Helper()
	asked = new(int)
	address := "/mirror/v9.8.7/temporal_cli_9.8.7_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked++
		if r.URL.Path != address {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write(served)
	}))
	t.Cleanup(server.Close)
	sum := sha256.Sum256(meant)
	return release{
		version: "9.8.7", base: server.URL + "/mirror/",
		sums: map[string]string{runtime.GOOS + "/" + runtime.GOARCH: hex.EncodeToString(sum[:])},
	}, asked
}

func TestCommandIsFetchedOnce(t *testing.T) {
	t.Parallel()
	good := archive(t, "temporal", "#!/bin/sh\n")
	r, asked := mirror(t, good, good)
	dir := module(t)
	for range 2 {
		found, err := kept(t.Context(), r, dir, filepath.Join(dir, ".state"), t.Output())
		require.NoError(t, err)
		require.True(t, found.CLI)
		content, err := os.ReadFile(found.Path)
		require.NoError(t, err)
		require.Equal(t, "#!/bin/sh\n", string(content))
		info, err := os.Stat(found.Path)
		require.NoError(t, err)
		require.NotZero(t, info.Mode()&0o100, "it can be started")
	}
	require.Equal(t, 1, *asked)
}

func TestOnlyWhatWasMeantIsUnpacked(t *testing.T) {
	t.Parallel()
	good := archive(t, "temporal", "good")
	for name, tt := range map[string]struct {
		served, meant []byte
		says          string
	}{
		"other content": {archive(t, "temporal", "evil"), good, "its SHA-256 is .* and must be .*: it is thrown away"},
		"half of it":    {good[:len(good)/2], good, "its SHA-256 is"},
		"no archive": {[]byte("<html>not here</html>"), []byte("<html>not here</html>"),
			"unpack it: gzip: invalid header"},
		"nothing of the name": {archive(t, "../temporal", "x"), archive(t, "../temporal", "x"), "holds no temporal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _ := mirror(t, tt.served, tt.meant)
			dir := t.TempDir()
			_, err := r.fetch(t.Context(), dir, t.Output())
			require.Regexp(t, tt.says, err)
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// If the release cannot be fetched, the server is compiled, and the log says why.
func TestWhatCannotBeFetchedIsCompiled(t *testing.T) {
	t.Parallel()
	good := archive(t, "temporal", "good")
	elsewhere, _ := mirror(t, good, good)
	elsewhere.base += "elsewhere"
	never, asked := mirror(t, good, good)
	never.base = fetchNever
	for name, tt := range map[string]struct {
		r    release
		says string
	}{
		"not found": {elsewhere,
			"it cannot be fetched: 127.0.0.1:[0-9]+ answers 404 Not Found .TEMPORAL_DEV_FETCH names a mirror, or is never."},
		"no platform":    {release{version: "9.8.7", base: "http://127.0.0.1:1"}, "it cannot be fetched: there is none for "},
		"not to be done": {never, "^compiling a Temporal server"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := module(t)
			require.NoError(t, os.WriteFile(filepath.Join(dir, serverModule, "go.mod"),
				[]byte("module example.com/broken\n\ngo 1.26\n"), 0o600))
			var log bytes.Buffer
			_, err := kept(t.Context(), tt.r, dir, filepath.Join(dir, ".state"), &log)
			require.ErrorContains(t, err, "compile Temporal")
			require.Regexp(t, tt.says, log.String())
			require.Contains(t, log.String(), "compiling a Temporal server, only this once")
		})
	}
	require.Zero(t, *asked)
}

func TestFetchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	good := archive(t, "temporal", "good")
	r, _ := mirror(t, good, good)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := module(t)
	_, err := kept(ctx, r, dir, filepath.Join(dir, ".state"), t.Output())
	require.ErrorIs(t, err, context.Canceled)
}

func TestOfficialReleaseIsPinned(t *testing.T) {
	t.Parallel()
	for _, platform := range []string{"darwin/amd64", "darwin/arm64", "linux/amd64", "linux/arm64"} {
		require.Regexp(t, regexp.MustCompile(`^[0-9a-f]{64}$`), official.sums[platform])
	}
	require.Regexp(t, `^https://`, official.base)
	require.False(t, workflows.ServerOlder("1.31.2", workflows.ServerForPage), "the server that it brings")
}
