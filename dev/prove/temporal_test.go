package prove

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// temporalModule is the module with Temporal's server, and its programs under the names they have in the images.
const temporalModule = "go.temporal.io/server"

var temporalPrograms = map[string]string{
	"temporal-server":   temporalModule + "/cmd/server",
	"temporal-sql-tool": temporalModule + "/cmd/tools/sql",
}

// official is the source of Temporal's server.
type official struct{ dir, version, programs string }

// buildTemporal builds the programs of the images temporalio/server and temporalio/admin-tools once, with the same
// flags as the development stack, so that their compiled packages are reused.
var buildTemporal = sync.OnceValues(func() (official, error) {
	module := filepath.Join(root, "dev/temporaldev")
	where, err := output(module, "go", "list", "-m", "-f", "{{.Dir}} {{.Version}}", temporalModule)
	if err != nil {
		return official{}, err
	}
	o := official{programs: filepath.Join(root, "dev/.state/bin/official")}
	o.dir, o.version, _ = strings.Cut(strings.TrimSpace(where), " ")
	for name, path := range temporalPrograms {
		if _, err := output(module, "go", "build", "-ldflags=-s -w", "-o", filepath.Join(o.programs, name),
			path); err != nil {
			return official{}, err
		}
	}
	return o, nil
})

// output runs a command in a folder.
func output(dir string, command ...string) (string, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", errors.New(strings.Join(command, " ") + ": " + string(failed.Stderr))
	}
	return string(out), err
}

// These tests prove something only for the version that the compose file runs.
func TestComposeRunsTheTemporalThatIsBuilt(t *testing.T) {
	t.Parallel()
	version, err := output(filepath.Join(root, "dev/temporaldev"), "go", "list", "-m", "-f", "{{.Version}}",
		temporalModule)
	require.NoError(t, err)
	c := loadCompose(t, filepath.Join(root, "deploy/compose/simulators.env"), nil)
	for _, name := range []string{"temporal", "temporal-schema"} {
		require.Regexp(t, regexp.QuoteMeta(":"+strings.TrimPrefix(strings.TrimSpace(version), "v"))+"$",
			c.service(name).Image)
	}
}

// makeSchema runs the job temporal-schema. path is the PATH with the image's programs.
func makeSchema(t *testing.T, c compose, o official, postgresPort string) {
	t.Helper()
	env := c.environment("temporal-schema", map[string]string{"SQL_HOST": "127.0.0.1", "SQL_PORT": postgresPort})
	command := c.service("temporal-schema").Command
	require.Len(t, command, 2)
	for range 2 { // it runs at every start
		once(t, environ(env, "TEMPORAL_SCHEMAS="+filepath.Join(o.dir, "schema/postgresql/v12"), "PATH="+o.programs+":"+
			os.Getenv("PATH")),
			command[0], c.outside(c.service("temporal-schema"), command[1]))
	}
}

// temporalPorts are ports that the image listens on and no client connects to by number.
var temporalPorts = []string{
	"FRONTEND_HTTP_PORT", "HISTORY_GRPC_PORT", "MATCHING_GRPC_PORT", "WORKER_GRPC_PORT",
	"FRONTEND_MEMBERSHIP_PORT", "HISTORY_MEMBERSHIP_PORT", "MATCHING_MEMBERSHIP_PORT", "WORKER_MEMBERSHIP_PORT",
}

// startTemporal runs the service temporal.
func startTemporal(t *testing.T, c compose, o official, postgresPort, dynamic string) (server *service, addr,
	metrics string) {
	t.Helper()
	p, addr, metrics := temporalProgram(t, c, o, postgresPort, dynamic)
	server = run(t, p)
	server.ready()
	return server, addr, metrics
}

// temporalProgram is the service temporal, with the image's own entrypoint. More dynamic configuration is added to that
// of the compose file.
func temporalProgram(t *testing.T, c compose, o official, postgresPort, dynamic string) (p program, addr,
	metrics string) {
	t.Helper()
	metrics, _ = free(t)
	replaced := map[string]string{"POSTGRES_SEEDS": "127.0.0.1", "DB_PORT": postgresPort, "BIND_ON_IP": "127.0.0.1",
		"PROMETHEUS_ENDPOINT": metrics}
	env := c.environment("temporal", replaced)
	if dynamic != "" {
		content, err := os.ReadFile(env["DYNAMIC_CONFIG_FILE_PATH"])
		require.NoError(t, err)
		env["DYNAMIC_CONFIG_FILE_PATH"] = filepath.Join(t.TempDir(), "dynamicconfig.yaml")
		require.NoError(t, os.WriteFile(env["DYNAMIC_CONFIG_FILE_PATH"], append(content, dynamic...), 0o600))
	}
	for _, name := range temporalPorts {
		_, env[name] = free(t)
	}
	addr, env["FRONTEND_GRPC_PORT"] = free(t)
	return program{
		name: "temporal", command: []string{"bash", filepath.Join(o.dir, "docker/scripts/sh/entrypoint.sh")},
		env:    environ(env, "PATH="+o.programs+":"+os.Getenv("PATH")),
		health: func(ctx context.Context) error { return serving(ctx, addr) },
	}, addr, metrics
}

// serving checks the health of Temporal's frontend.
func serving(ctx context.Context, addr string) error {
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	answer, err := grpc_health_v1.NewHealthClient(conn).Check(ctx,
		&grpc_health_v1.HealthCheckRequest{Service: "temporal.api.workflowservice.v1.WorkflowService"})
	if err == nil && answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		return errors.New(answer.GetStatus().String())
	}
	return err
}

// The server only logs a warning about an unknown key of the dynamic configuration.
func TestDynamicConfigurationIsKnown(t *testing.T) {
	t.Parallel()
	needPostgres(t)
	o, err := buildTemporal()
	require.NoError(t, err)
	path := filepath.Join(root, "deploy/temporal/dynamicconfig.yaml")
	out := once(t, os.Environ(), filepath.Join(o.programs, "temporal-server"), "validate-dynamic-config", path)
	require.Equal(t, path, strings.TrimSpace(out), "no error and no warning")
}
