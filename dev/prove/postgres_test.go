package prove

import (
	"context"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// postgresPrograms returns the folder of initdb and postgres, on PATH or where Debian puts them.
func postgresPrograms(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb",
		"/opt/homebrew/opt/postgresql*/bin/initdb"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return filepath.Dir(found[len(found)-1])
		}
	}
	path, err := exec.LookPath("initdb")
	require.NoError(t, err, "PostgreSQL's server programs are missing (Debian: apt-get install postgresql)")
	return filepath.Dir(path)
}

// unprivileged is the user that PostgreSQL runs as: it refuses to run as root.
func unprivileged(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	known, err := user.Lookup("postgres")
	require.NoError(t, err, "PostgreSQL does not run as root, and there is no user postgres to run it as")
	uid, err := strconv.ParseUint(known.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(known.Gid, 10, 32)
	require.NoError(t, err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// startPostgres makes a cluster as the image of the compose file does (one superuser with a password) and runs it with
// PostgreSQL's defaults: a commit is on the disk.
func startPostgres(t *testing.T, env map[string]string) (*service, string) {
	t.Helper()
	programs, as := postgresPrograms(t), unprivileged(t)
	//nolint:usetesting // another user runs it, who may not enter the test's folder
	dir, err := os.MkdirTemp("", "prove-postgres-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	password := filepath.Join(dir, "password")
	require.NoError(t, os.WriteFile(password, []byte(env["POSTGRES_PASSWORD"]), 0o600))
	if as != nil {
		require.NoError(t, os.Chown(dir, int(as.Uid), int(as.Gid)))
		require.NoError(t, os.Chown(password, int(as.Uid), int(as.Gid)))
	}
	data := filepath.Join(dir, "data")
	initdb := exec.CommandContext(t.Context(), filepath.Join(programs, "initdb"), "-D", data, "-U", env["POSTGRES_USER"],
		"--pwfile", password, "-A", "scram-sha-256", "-E", "UTF8", "--locale", "C")
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	initdb.Dir = "/"
	out, err := initdb.CombinedOutput()
	require.NoError(t, err, string(out))

	addr, port := free(t)
	database := run(t, program{
		name: "postgres",
		command: []string{filepath.Join(programs, "postgres"), "-D", data, "-p", port, "-k", "", "-c",
			"listen_addresses=127.0.0.1"},
		env: os.Environ(), as: as,
		health: func(ctx context.Context) error {
			return exec.CommandContext(ctx, filepath.Join(programs, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", port, "-d",
				"postgres", "-U", env["POSTGRES_USER"]).Run()
		},
	})
	database.ready()
	_, port, err = net.SplitHostPort(addr)
	require.NoError(t, err)
	return database, port
}
