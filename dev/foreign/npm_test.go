package foreign

import (
	"crypto/sha256"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
)

// oldestNode is the first release of Node with the test runner used here.
const oldestNode = 18

// clients is a folder with the clients from npm and the tests that use them. If a tool is missing on this machine the
// test is skipped; if the lock file does not fit it fails.
func clients(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("fetches clients from npm")
	}
	for _, command := range []string{"node", "npm"} {
		if _, err := exec.LookPath(command); err != nil {
			t.Skipf(
				"%s is not installed: C4C's simulator is not held against the clients from npm (needs Node %d or later with npm)",
				command, oldestNode)
		}
	}
	version, err := exec.CommandContext(t.Context(), "node", "--version").Output()
	require.NoError(t, err)
	major, _, _ := strings.Cut(strings.TrimPrefix(string(version), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		t.Skipf("Node is %s: C4C's simulator is not held against the clients from npm (needs Node %d or later)",
			strings.TrimSpace(string(version)), oldestNode)
	}
	lock, err := os.ReadFile("npm/package-lock.json")
	require.NoError(t, err)
	sum := sha256.Sum256(lock)
	dir, err := filepath.Abs(fmt.Sprintf("../.state/npm-%x", sum[:8]))
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o755))
	for _, pattern := range []string{"*.mjs", "wsdl"} {
		old, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(t, err)
		for _, name := range old {
			require.NoError(t, os.RemoveAll(name))
		}
	}
	for _, name := range []string{"package.json", "package-lock.json"} {
		_ = os.Remove(filepath.Join(dir, name)) // it may be left over from another run
	}
	require.NoError(t, os.CopyFS(dir, os.DirFS("npm")))
	complete := filepath.Join(dir, "node_modules", ".complete")
	if _, err := os.Stat(complete); err == nil {
		return dir
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
		"--loglevel=error")
	install.Dir = dir
	said, err := install.CombinedOutput()
	if err != nil {
		require.NotRegexp(t, `EUSAGE|EINTEGRITY|ETARGET`, string(said))
		t.Skipf("npm cannot fetch the clients: C4C's simulator is not held against them: %s", said)
	}
	require.NoError(t, os.WriteFile(complete, nil, 0o600))
	return dir
}

var (
	passed  = regexp.MustCompile(`(?m)^# pass ([0-9]+)$`)
	skipped = regexp.MustCompile(`(?m)^# (?:skipped|todo|cancelled|fail) [^0]`)
)

// drive runs the tests of a file against a tenant.
func drive(t *testing.T, dir, file string, tests int, sim *c4csim.Simulator) {
	t.Helper()
	server := httptest.NewServer(sim)
	t.Cleanup(func() {
		server.Close()
		require.NoError(t, sim.Close())
	})
	run := exec.CommandContext(t.Context(), "node", "--test", "--test-reporter=tap", file)
	run.Dir = dir
	run.Env = append(os.Environ(), "C4C_URL="+server.URL, "C4C_USER="+c4csim.DevUser, "C4C_PASSWORD="+c4csim.DevPassword,
		"NO_PROXY=127.0.0.1")
	out, err := run.CombinedOutput()
	require.NoError(t, err, string(out))
	require.NotRegexp(t, skipped, string(out))
	count := passed.FindSubmatch(out)
	require.NotNil(t, count, string(out))
	require.Equal(t, strconv.Itoa(tests), string(count[1]), string(out))
}

// TestODataClientOfNPM: @odata/client reads, filters, expands, writes and batches, with every kind of session.
func TestODataClientOfNPM(t *testing.T) {
	dir := clients(t)
	for _, kind := range []string{c4csim.SessionFull, c4csim.SessionXSRF, c4csim.SessionNone} {
		t.Run(kind, func(t *testing.T) {
			sim := c4csim.New(c4csim.Options{TicketDelay: c4csim.NoDelay, Seed: 1})
			switched := httptest.NewRecorder()
			sim.ServeHTTP(switched, httptest.NewRequest("POST", "/_sim/switches",
				strings.NewReader(`{"session_kind":"`+kind+`","error_language":"en"}`)))
			require.Equal(t, 200, switched.Code, switched.Body)
			drive(t, dir, "odata.test.mjs", 6, sim)
		})
	}
}

// TestSOAPClientOfNPM: from a WSDL, npm's soap writes requests that the services accept, in both versions of SOAP, and
// reads their answers.
func TestSOAPClientOfNPM(t *testing.T) {
	drive(t, clients(t), "soap.test.mjs", 6, c4csim.New(c4csim.Options{TicketDelay: c4csim.NoDelay, Seed: 1}))
}

// TestLockOfNPM: every package has a version and a checksum, and none has the address of a registry.
func TestLockOfNPM(t *testing.T) {
	lock, err := os.ReadFile("npm/package-lock.json")
	require.NoError(t, err)
	require.NotContains(t, string(lock), "://")
	require.NotContains(t, string(lock), `"resolved"`)
	require.Equal(t, strings.Count(string(lock), `"node_modules/`), strings.Count(string(lock), `"integrity": "sha512-`))
}
