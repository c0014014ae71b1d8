package prove

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Runs cells of the chaos matrix with the compose file's Temporal on PostgreSQL. Every process is one of a pair.
// Nothing acknowledged may be lost, doubled or out of order.
func TestChaos(t *testing.T) {
	needPostgres(t)
	o, err := buildTemporal()
	require.NoError(t, err)
	envFile, secrets := writeSettings(t, t.TempDir())
	c := loadCompose(t, envFile, []string{"ENV_FILE=" + envFile, "SECRETS_DIR=" + secrets})
	_, port := startPostgres(t, c.environment("postgres", nil))
	makeSchema(t, c, o, port)
	temporal, addr, _ := temporalProgram(t, c, o, port, "")

	chaos := filepath.Join(t.TempDir(), "chaos")
	_, err = output(filepath.Join(root, "dev"), "go", "build", "-o", chaos, "./chaos")
	require.NoError(t, err)
	play := exec.CommandContext(t.Context(), chaos, "-server", strings.Join(temporal.command, " "), "-server-address",
		addr, "-cell", *cells)
	play.Dir, play.Env = filepath.Join(root, "dev"), append(os.Environ(), temporal.env...)
	out, err := play.CombinedOutput()
	t.Logf("\n%s", out)
	require.NoError(t, err)
}
