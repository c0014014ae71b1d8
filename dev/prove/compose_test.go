package prove

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// root is the repository's folder.
var root = func() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return dir
}()

// compose is docker-compose.yml as "docker compose config" reads it, by the same library.
type compose struct {
	t       *testing.T
	project *types.Project
	volumes string // folder that replaces the named volumes
}

// loadCompose reads the compose file with profiles and a file of variables, by default .env.
func loadCompose(t *testing.T, envFile string, environ []string, profiles ...string) compose {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{filepath.Join(root, "docker-compose.yml")},
		cli.WithWorkingDirectory(root),
		cli.WithEnv(environ), cli.WithEnvFiles(envFile), cli.WithDotEnv, cli.WithProfiles(profiles))
	require.NoError(t, err)
	project, err := options.LoadProject(context.WithoutCancel(t.Context()))
	require.NoError(t, err)
	project, err = project.WithServicesEnvironmentResolved(true)
	require.NoError(t, err)
	return compose{t, project, t.TempDir()}
}

// service returns a service of the compose file.
func (c compose) service(name string) types.ServiceConfig {
	c.t.Helper()
	service, err := c.project.GetService(name)
	require.NoError(c.t, err)
	return service
}

// environment returns what the service's process sees, with values replaced. Only what the compose file sets can be
// replaced, and paths inside the container become those of the volumes.
func (c compose) environment(name string, replaced map[string]string) map[string]string {
	c.t.Helper()
	service := c.service(name)
	env := map[string]string{}
	for variable, value := range service.Environment {
		if value != nil {
			env[variable] = c.outside(service, *value)
		}
	}
	for variable, value := range replaced {
		require.Contains(c.t, env, variable, "docker-compose.yml does not give %s to %s", variable, name)
		env[variable] = value
	}
	return env
}

// outside maps a container's path to this machine; a path outside the volumes stays.
func (c compose) outside(service types.ServiceConfig, path string) string {
	for _, volume := range service.Volumes {
		if path == volume.Target || strings.HasPrefix(path, volume.Target+"/") {
			source := volume.Source
			if volume.Type == types.VolumeTypeVolume {
				source = filepath.Join(c.volumes, source)
			}
			return source + strings.TrimPrefix(path, volume.Target)
		}
	}
	return path
}

// environ builds a process's environment: the PATH of this machine, then env, then more. The last value counts.
func environ(env map[string]string, more ...string) []string {
	all := map[string]string{"PATH": os.Getenv("PATH")}
	maps.Copy(all, env)
	for _, pair := range more {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	pairs := make([]string, 0, len(all))
	for name, value := range all {
		pairs = append(pairs, name+"="+value)
	}
	slices.Sort(pairs)
	return pairs
}

// The demo needs only files of the repository.
func TestComposeOfTheDemo(t *testing.T) {
	t.Parallel()
	c := loadCompose(t, filepath.Join(root, "deploy/compose/simulators.env"), nil, "simulators")
	for _, name := range []string{"api", "worker", "bootstrap"} {
		env := c.environment(name, nil)
		require.Empty(t, env["POSTGRES_PASSWORD"], "the database's password is no business of %s", name)
		require.Empty(t, env["GRAFANA_PASSWORD"], "Grafana's password is no business of %s", name)
		cfg, warnings, err := config.Load(environ(env))
		require.NoError(t, err)
		require.Empty(t, warnings)
		require.Equal(t, config.EnvDevelopment, cfg.Environment)
		require.Equal(t, "temporal:7233", env["TEMPORAL_ADDRESS"])
	}
	// Docker creates a missing folder for root alone: an account's secrets could not be written there later.
	for _, name := range []string{"api", "worker", "bootstrap"} {
		for _, volume := range c.service(name).Volumes {
			if volume.Type == types.VolumeTypeBind {
				require.DirExists(t, volume.Source)
			}
		}
	}
	require.NotNil(t, c.service("simulators").Build)
	require.Equal(t, types.ShellCommand{"sh", "/schema.sh"}, c.service("temporal-schema").Command)
	require.Equal(t, c.environment("temporal-schema", nil)["SQL_PLUGIN"], c.environment("temporal", nil)["DB"])
}

// Every variable of the compose file has a value in .env.example, except the two passwords that must be chosen.
func TestComposeWantsPasswords(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.env")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for missing, given := range map[string][]string{
		"POSTGRES_PASSWORD": {"GRAFANA_PASSWORD=a", "ENV_FILE=" + empty},
		"GRAFANA_PASSWORD":  {"POSTGRES_PASSWORD=a", "ENV_FILE=" + empty},
	} {
		options, err := cli.NewProjectOptions([]string{filepath.Join(root, "docker-compose.yml")},
			cli.WithWorkingDirectory(root),
			cli.WithEnv(given), cli.WithEnvFiles(empty), cli.WithDotEnv)
		require.NoError(t, err)
		_, err = options.LoadProject(t.Context())
		require.ErrorContains(t, err, "set "+missing+" in .env")
	}
}

func TestComposeOrdersTheStart(t *testing.T) {
	t.Parallel()
	c := loadCompose(t, filepath.Join(root, "deploy/compose/simulators.env"), nil)
	for _, need := range []struct{ who, whom, until string }{
		{"temporal-schema", "postgres", types.ServiceConditionHealthy},
		{"temporal", "temporal-schema", types.ServiceConditionCompletedSuccessfully},
		{"bootstrap", "temporal", types.ServiceConditionHealthy},
		{"api", "bootstrap", types.ServiceConditionCompletedSuccessfully},
		{"worker", "bootstrap", types.ServiceConditionCompletedSuccessfully},
	} {
		require.Equal(t, need.until, c.service(need.who).DependsOn[need.whom].Condition, "%s waits for %s", need.who,
			need.whom)
	}
	for _, name := range []string{"simulators", "proxy", "alertmanager", "backup"} {
		require.NotContains(t, c.project.ServiceNames(), name, "a profile brings it")
	}
	for name, service := range c.project.Services {
		for _, port := range service.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, "%s publishes a port to strangers", name)
		}
	}
}

func TestComposeScalesWorkers(t *testing.T) {
	t.Parallel()
	c := loadCompose(t, filepath.Join(root, "deploy/compose/simulators.env"), []string{"WORKERS=3"})
	require.Equal(t, 3, *c.service("worker").Deploy.Replicas)
}

// load proves that a connector with this environment would start without a warning.
func load(t *testing.T, env map[string]string, roles ...config.Role) config.Config {
	t.Helper()
	cfg, warnings, err := config.Load(environ(env), roles...)
	require.NoError(t, err)
	require.Empty(t, warnings)
	return cfg
}
