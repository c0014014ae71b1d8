package prove

import (
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// backup runs the script of the compose file once.
func backup(t *testing.T, env ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", filepath.Join(root, "deploy/compose/backup/backup.sh"), "once")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// dumps returns the files of a folder.
func dumps(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// A dump of the backup service restores the data.
func TestBackupBringsBack(t *testing.T) {
	needPostgres(t)
	env := loadCompose(t, filepath.Join(root, "deploy/compose/simulators.env"), nil).environment("postgres", nil)
	_, from := startPostgres(t, env)
	_, to := startPostgres(t, env)
	programs := postgresPrograms(t)
	settings := func(port string) []string {
		return []string{
			"PATH=" + programs + ":" + os.Getenv("PATH"), "PGHOST=127.0.0.1", "PGPORT=" + port, "PGUSER=" + env["POSTGRES_USER"],
			"PGPASSWORD=" + env["POSTGRES_PASSWORD"], "PGDATABASE=postgres",
		}
	}
	psql := func(port, database, script string) string {
		cmd := exec.CommandContext(t.Context(), filepath.Join(programs, "psql"), "-X", "-q", "-A", "-t", "-d", database)
		cmd.Env, cmd.Stdin = settings(port), strings.NewReader(script)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		return strings.TrimSpace(string(out))
	}
	psql(from, "postgres", "CREATE DATABASE temporal;")
	psql(from, "temporal", "CREATE TABLE executions (id int); INSERT INTO executions SELECT generate_series(1, 1000);")

	dir := t.TempDir()
	for i := range 3 { // an older one is deleted
		old := filepath.Join(dir, "temporal-2026010"+string(rune('1'+i))+"T020000Z.sql.gz")
		require.NoError(t, os.WriteFile(old, nil, 0o600))
	}
	out, err := backup(t, append(settings(from), "BACKUP_DIR="+dir, "BACKUP_KEEP=2")...)
	require.NoError(t, err, out)
	names := dumps(t, dir)
	require.Len(t, names, 2)
	require.Equal(t, "temporal-20260103T020000Z.sql.gz", names[0])

	file, err := os.Open(filepath.Join(dir, names[1]))
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	zipped, err := gzip.NewReader(file)
	require.NoError(t, err)
	script, err := io.ReadAll(zipped)
	require.NoError(t, err)
	psql(to, "postgres", string(script)) // it warns that the restoring superuser cannot be dropped, and continues
	require.Equal(t, "1000", psql(to, "temporal", "SELECT count(*) FROM executions;"))
}

// An interrupted dump is not kept as a backup, and deletes none.
func TestBackupThatBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("gzip"); err != nil {
		t.Skip("gzip is not installed")
	}
	programs, dir := t.TempDir(), t.TempDir()
	//nolint:gosec // a program
	require.NoError(t, os.WriteFile(filepath.Join(programs, "pg_dumpall"),
		[]byte("#!/bin/sh\necho 'CREATE DATABASE temporal;'\nexit 1\n"), 0o700))
	kept := filepath.Join(dir, "temporal-20260101T020000Z.sql.gz")
	require.NoError(t, os.WriteFile(kept, nil, 0o600))
	out, err := backup(t, "PATH="+programs+":"+os.Getenv("PATH"), "BACKUP_DIR="+dir, "BACKUP_KEEP=1")
	require.Error(t, err)
	require.Contains(t, out, "nothing was written")
	require.Equal(t, []string{filepath.Base(kept)}, dumps(t, dir))
}

func TestBackupRefusesWrongSettings(t *testing.T) {
	t.Parallel()
	for setting, want := range map[string]string{
		"BACKUP_KEEP=0": "say how many dumps to keep", "BACKUP_KEEP=many": "say how many",
		"BACKUP_AT=2am": "an hour and a minute", "BACKUP_AT=24:00": "an hour",
	} {
		out, err := backup(t, setting, "BACKUP_DIR="+t.TempDir())
		require.Error(t, err, setting)
		require.Contains(t, out, want, setting)
	}
}

// The wait ends at the configured time, even if that has just passed, and also for hours with a leading zero.
func TestBackupWaitsForItsTime(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(filepath.Join(root, "deploy/compose/backup/backup.sh"))
	require.NoError(t, err)
	functions, _, found := strings.Cut(string(content), `if [ "${1:-}" = once ]`)
	require.True(t, found)
	for _, at := range []string{"00:00", "08:09", "23:59"} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", functions+"\nwait_for")
		cmd.Env = append(os.Environ(), "BACKUP_AT="+at)
		before := time.Now().UTC()
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		pause, err := time.ParseDuration(strings.TrimSpace(string(out)) + "s")
		require.NoError(t, err)
		begins, err := time.Parse("15:04", at)
		require.NoError(t, err)
		require.Greater(t, pause, time.Duration(0), at)
		require.LessOrEqual(t, pause, 24*time.Hour, at)
		late := before.Add(pause).Sub(before.Truncate(24 * time.Hour).Add(time.Duration(begins.Hour())*time.Hour +
			time.Duration(begins.Minute())*time.Minute))
		require.Less(t, (late+24*time.Hour+time.Second)%(24*time.Hour), 2*time.Second+time.Since(before),
			"%s: %s too late, or too early", at, late)
	}
}
