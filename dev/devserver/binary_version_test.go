package devserver

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// temporalCommand writes a command that prints a version.
func temporalCommand(t *testing.T, says string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "temporal"), []byte("#!/bin/sh\necho '"+says+"'\n"), 0o700))
	return dir
}

func TestOldTemporalCommandIsNotUsed(t *testing.T) {
	for _, tt := range []struct {
		says   string
		tooOld string
	}{
		{"temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)", "1.29.1"},
		{"temporal version 1.7.0 (Server 1.31.0, UI 2.49.1)", ""},
		{"temporal version DEV", ""},
	} {
		t.Run(tt.says, func(t *testing.T) {
			dir, module := temporalCommand(t, tt.says), t.TempDir()
			t.Setenv(BinaryVariable, "")
			t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
			var log bytes.Buffer
			found, err := Find(t.Context(), module, t.TempDir(), &log)
			if tt.tooOld == "" {
				require.NoError(t, err)
				require.Equal(t, Binary{Path: filepath.Join(dir, "temporal"), CLI: true}, found)
				require.Empty(t, log.String())
				return
			}
			require.ErrorContains(t, err, "no sources in", "another one is looked for")
			require.Contains(t, log.String(), "brings Temporal server 1.29.1, and 1.31 or later is needed")

			t.Setenv(BinaryVariable, filepath.Join(dir, "temporal"))
			_, err = Find(t.Context(), module, t.TempDir(), &log)
			require.ErrorContains(t, err,
				"names a command with Temporal server 1.29.1, and 1.31 or later is needed: upgrade it to 1.7 or later")
		})
	}
}
