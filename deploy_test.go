package wechatc4c_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// deployments are all files that somebody deploys with.
func deployments(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{"docker-compose.yml": read(t, "docker-compose.yml"), ".env.example": read(t, ".env.example")}
	require.NoError(t, filepath.WalkDir("deploy", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[name] = read(t, name)
		}
		return err
	}))
	return files
}

// A misspelt setting would only be a warning in a log.
func TestDeploymentsUseSettingsThatExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, f := range config.Fields() {
		known[f.Name] = true
		known[f.Name+"_FILE"] = f.Secret
		if own := config.AccountVariable("shop", f.Name); !f.Process { // the second account of the example
			known[own], known[own+"_FILE"] = true, f.Secret
		}
	}
	used := 0
	for name, text := range deployments(t) {
		for _, setting := range all(`(WECHAT_C4C_[A-Z0-9_]+)`, text) {
			require.True(t, known[setting], "%s: %s is no setting", name, setting)
			used++
		}
	}
	require.Greater(t, used, 100)
}

// parse reads every document of a YAML file.
func parse(t *testing.T, name string, text []byte) []map[string]any {
	t.Helper()
	var found []map[string]any
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document map[string]any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return found
		}
		require.NoError(t, err, name)
		found = append(found, document)
	}
}

// at goes down a document: a name enters a map, a number a list.
func at(t *testing.T, value any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, ok := value.(map[string]any)
			require.True(t, ok, "%v of %v", step, value)
			value = m[step]
		case int:
			list, ok := value.([]any)
			require.True(t, ok && len(list) > step, "%v of %v", step, value)
			value = list[step]
		}
	}
	return value
}

func TestDeploymentsAreYAMLWithPinnedImages(t *testing.T) {
	t.Parallel()
	image := regexp.MustCompile(`(?m)^\s*(?:- )?image: (\S+)`)
	for name, text := range deployments(t) {
		if !strings.HasSuffix(name, ".yml") && !strings.HasSuffix(name, ".yaml") {
			continue
		}
		require.NotEmpty(t, parse(t, name, []byte(text)), name)
		for _, found := range image.FindAllStringSubmatch(text, -1) {
			ours := strings.HasPrefix(found[1], "wechat-c4c") || strings.Contains(found[1], "CONNECTOR_IMAGE")
			require.True(t, ours || strings.Contains(found[1], ":"), "%s: image %s has no version", name, found[1])
			require.NotContains(t, found[1], ":latest", name)
		}
	}
}

// The scratch image has what the health check and the platforms call; the ignore file lets every package through.
func TestImageIsBuiltFromAllPackages(t *testing.T) {
	t.Parallel()
	dockerfile, ignore := read(t, "deploy/Dockerfile"), read(t, "deploy/Dockerfile.dockerignore")
	require.Contains(t, dockerfile, `CMD ["/wechat-c4c", "health"]`)
	require.Contains(t, dockerfile, "ARG GO_VERSION="+all(`(?m)^go (\S+)$`, read(t, "go.mod"))[0])
	for folder := range importRules {
		if !strings.HasPrefix(folder, "dev") {
			require.Contains(t, ignore, "\n!"+folder+"\n")
		}
	}
	for _, folder := range []string{"wechatsim", "c4csim", "simulators"} {
		require.Contains(t, ignore, "\n!dev/"+folder+"\n")
	}
}

// stopTimeout is how long a process may take to stop.
func stopTimeout(t *testing.T) time.Duration {
	t.Helper()
	for _, f := range config.Fields() {
		if f.Name == config.Prefix+"STOP_TIMEOUT" {
			d, err := time.ParseDuration(f.Default)
			require.NoError(t, err)
			return d
		}
	}
	return 0
}

func TestComposeFitsTheConnector(t *testing.T) {
	t.Parallel()
	services := at(t, parse(t, "docker-compose.yml", []byte(read(t, "docker-compose.yml")))[0], "services")
	for _, name := range []string{"api", "worker"} {
		service := at(t, services, name)
		grace, err := time.ParseDuration(at(t, service, "stop_grace_period").(string))
		require.NoError(t, err)
		require.Greater(t, grace, stopTimeout(t), name)
		require.Equal(t, name, at(t, service, "command", 0))
		require.Equal(t, true, at(t, service, "read_only"))
		require.Equal(t, "service_completed_successfully", at(t, service, "depends_on", "bootstrap", "condition"))
	}
	require.Contains(t, at(t, services, "api", "tmpfs", 0), "/tmp:", "the page keeps files there for a moment")
	require.Contains(t, at(t, services, "worker", "deploy", "replicas"), config.Prefix+"C4C_WORKERS")
	for _, published := range all(`(?m)^      - (\S+:\d+)(?: |$)`, read(t, "docker-compose.yml")) {
		require.Regexp(t, `^(127\.0\.0\.1:|\$\{API_PORT:-127\.0\.0\.1:)`, published, "nothing is published to strangers")
	}
}

// kustomize builds an overlay. It is skipped where kubectl is not installed.
func kustomize(t *testing.T, overlay string) map[string]map[string]any {
	t.Helper()
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Skip("kubectl is not installed")
	}
	built, err := exec.CommandContext(t.Context(), "kubectl", "kustomize", filepath.Join("deploy/kubernetes/overlays", overlay)).Output()
	require.NoError(t, err)
	objects := map[string]map[string]any{}
	for _, object := range parse(t, overlay, built) {
		name, _, _ := strings.Cut(at(t, object, "metadata", "name").(string), "-secret-files-")
		if object["kind"] == "ConfigMap" {
			name = regexp.MustCompile(`-[a-z0-9]{10}$`).ReplaceAllString(at(t, object, "metadata", "name").(string), "")
		}
		objects[object["kind"].(string)+"/"+name] = object
	}
	return objects
}

func TestKubernetesFitsTheConnector(t *testing.T) {
	t.Parallel()
	roles := map[string][]any{
		"Deployment/api":              {"api"},
		"Deployment/worker-workflows": {"worker", "--role", "workflows"},
		"Deployment/worker-wechat":    {"worker", "--role", "wechat"},
		"StatefulSet/worker-c4c":      {"worker", "--role", "c4c"},
	}
	for _, overlay := range []string{"temporal", "temporal-cloud", "simulators"} {
		t.Run(overlay, func(t *testing.T) {
			t.Parallel()
			objects := kustomize(t, overlay)
			for name, args := range roles {
				require.Contains(t, objects, name)
				pod := at(t, objects[name], "spec", "template", "spec")
				require.Equal(t, args, at(t, pod, "containers", 0, "args"))
				require.Greater(t, time.Duration(at(t, pod, "terminationGracePeriodSeconds").(int))*time.Second, stopTimeout(t)+10*time.Second)
				require.Equal(t, true, at(t, pod, "containers", 0, "securityContext", "readOnlyRootFilesystem"))
				require.Equal(t, true, at(t, pod, "securityContext", "runAsNonRoot"))
				require.Equal(t, "/readyz", at(t, pod, "containers", 0, "readinessProbe", "httpGet", "path"))
			}
			api := at(t, objects["Deployment/api"], "spec", "template", "spec")
			require.Contains(t, at(t, api, "containers", 0, "volumeMounts"), map[string]any{"name": "files", "mountPath": "/tmp"}, "the page keeps files there for a moment")
			settings := at(t, objects["ConfigMap/wechat-c4c"], "data").(map[string]any)
			require.Equal(t, settings[config.Prefix+"C4C_WORKERS"], strconv.Itoa(at(t, objects["StatefulSet/worker-c4c"], "spec", "replicas").(int)),
				"the share of parallel calls follows the number of pods")
			require.NotContains(t, objects, "HorizontalPodAutoscaler/worker-c4c")
			if scaled, ok := objects["ScaledObject/worker-wechat"]; ok {
				asks := at(t, scaled, "spec", "triggers", 0, "metadata").(map[string]any)
				require.Equal(t, workflows.QueueWeChat, asks["taskQueue"])
				require.Equal(t, settings["TEMPORAL_ADDRESS"], asks["endpoint"])
				require.Equal(t, settings["TEMPORAL_NAMESPACE"], asks["namespace"])
				require.NotContains(t, at(t, objects["Deployment/worker-wechat"], "spec"), "replicas", "a number would undo the autoscaler's with every apply")
			}
			loads(t, settings, at(t, objects["ConfigMap/wechat-c4c-secret-files"], "data").(map[string]any))
		})
	}
}

// The next build runs beside the former one: nothing of it may replace what stands, or take a second share of the webhooks.
func TestKubernetesRunsTheNextBuildBeside(t *testing.T) {
	t.Parallel()
	standing, next := kustomize(t, "temporal"), kustomize(t, "next")
	names := map[string]bool{}
	for name, object := range next {
		require.NotContains(t, standing, name)
		require.Contains(t, []string{"ConfigMap", "Service", "Deployment", "StatefulSet"}, object["kind"])
		names[name] = true
	}
	settings := at(t, next["ConfigMap/wechat-c4c-1-1-0"], "data").(map[string]any)
	build := settings["TEMPORAL_WORKER_BUILD_ID"].(string)
	for _, name := range []string{"Deployment/worker-workflows-1-1-0", "Deployment/worker-wechat-1-1-0", "StatefulSet/worker-c4c-1-1-0"} {
		require.True(t, names[name], name)
		pod := at(t, next[name], "spec", "template", "spec")
		require.Equal(t, "registry.example.com/wechat-c4c:"+build, at(t, pod, "containers", 0, "image"))
		require.Equal(t, build, at(t, next[name], "spec", "selector", "matchLabels", "wechat-c4c/build"), "no pod of the former build is taken over")
		require.Equal(t, "wechat-c4c", at(t, pod, "serviceAccountName"))
		require.Equal(t, "wechat-c4c", at(t, pod, "volumes", 0, "secret", "secretName"))
	}
	half, err := strconv.Atoi(settings[config.Prefix+"C4C_MAX_PARALLEL"].(string))
	require.NoError(t, err)
	require.Less(t, 2*half, 10, "both builds together stay below what C4C allows")
	loads(t, settings, at(t, next["ConfigMap/wechat-c4c-secret-files-1-1-0"], "data").(map[string]any))
}

// loads proves that the settings of a deployment are valid once its secrets are there.
func loads(t *testing.T, settings, secretFiles map[string]any) {
	t.Helper()
	dir := t.TempDir()
	var environ []string
	for name, value := range settings {
		environ = append(environ, name+"="+value.(string))
	}
	for name, path := range secretFiles {
		setting, isFile := strings.CutSuffix(name, "_FILE")
		if !isFile {
			environ = append(environ, name+"="+path.(string))
			continue
		}
		content := "a secret of this test that is long enough"
		switch strings.TrimPrefix(setting, config.Prefix) {
		case "WECHAT_TOKEN":
			content = "atokenofthistest"
		case "WECHAT_AES_KEY":
			content = strings.Repeat("A", 43)
		case "CODEC_KEYS":
			content = "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
		}
		file := filepath.Join(dir, filepath.Base(path.(string)))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		environ = append(environ, name+"="+file)
	}
	_, warnings, err := config.Load(environ)
	require.NoError(t, err)
	require.Empty(t, warnings)
}

// cloudFoundryGrace is what an application has between SIGTERM and SIGKILL.
const cloudFoundryGrace = 10 * time.Second

func TestCloudFoundryFitsTheConnector(t *testing.T) {
	t.Parallel()
	page := read(t, "docs/deploy/cloudfoundry.md")
	text := read(t, "deploy/cloudfoundry/manifest.yml")
	variables := map[string]string{}
	for _, name := range all(`(?m)^   ([a-z0-9-]+): `, page) {
		variables[name] = "a-secret-of-this-test-that-is-long-enough"
	}
	for name, value := range map[string]string{
		"host": "service.example.com", "temporal-address": "temporal.example.com:7233", "wechat-app-id": "wxaaaaaaaaaaaaaaaa", "wechat-original-id": "gh_aaaaaaaaaaaa",
		"wechat-token": "atokenofthistest", "wechat-aes-key": strings.Repeat("A", 43), "codec-keys": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
		"c4c-url": "https://my000000.crm.ondemand.com", "c4c-channel-id": "WECHAT",
	} {
		require.Contains(t, variables, name, "vars.yml of the page lacks %s", name)
		variables[name] = value
	}
	for _, name := range all(`\(\(([a-z0-9-]+)\)\)`, text) {
		require.Contains(t, variables, name, "vars.yml of the page lacks %s", name)
		text = strings.ReplaceAll(text, "(("+name+"))", variables[name])
	}
	manifest := parse(t, "manifest", []byte(text))[0]
	commands := map[string]bool{}
	for i := range at(t, manifest, "applications").([]any) {
		app := at(t, manifest, "applications", i)
		command, name := at(t, app, "command").(string), at(t, app, "name").(string)
		commands[command] = true
		require.Contains(t, page, name)
		var environ []string
		for variable, value := range at(t, app, "env").(map[string]any) {
			environ = append(environ, variable+"="+value.(string))
		}
		cfg, warnings, err := config.Load(environ)
		require.NoError(t, err)
		require.Empty(t, warnings)
		require.Less(t, cfg.StopTimeout, cloudFoundryGrace)
		require.Equal(t, ":8081", cfg.InternalAddr, "workers bring the api files there")
		if strings.HasSuffix(command, "--role c4c") {
			require.Equal(t, at(t, app, "instances"), cfg.C4C.Workers)
		}
		if strings.HasSuffix(command, "--role workflows") {
			require.Equal(t, "512M", at(t, app, "memory"), "as docs/deploy/sizing.md says of the default cache")
		}
	}
	require.Contains(t, page, "cf add-network-policy wechat-c4c-worker-c4c wechat-c4c-api --protocol tcp --port 8081")
	require.Equal(t, map[string]bool{
		"./wechat-c4c api": true, "./wechat-c4c worker --role workflows": true,
		"./wechat-c4c worker --role wechat": true, "./wechat-c4c worker --role c4c": true,
	}, commands)
}

// Every alert rings for what it is there for, by Prometheus' own program.
func TestAlertsRing(t *testing.T) {
	t.Parallel()
	const cases = "deploy/prometheus/alerts_test.yml"
	text := read(t, cases)
	for _, alert := range all(`- alert: (\w+)`, read(t, "deploy/prometheus/alerts.yml")) {
		require.Contains(t, text, `alertname="`+alert+`"`, "%s has no case in %s", alert, cases)
	}
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("promtool is not installed (Debian: apt-get install prometheus)")
	}
	out, err := exec.CommandContext(t.Context(), "promtool", "test", "rules", cases).CombinedOutput()
	require.NoError(t, err, string(out))
}

// The configuration is read where it is mounted in the compose file.
func TestPrometheusReadsItsConfiguration(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("promtool is not installed (Debian: apt-get install prometheus)")
	}
	dir := t.TempDir()
	for _, name := range []string{"prometheus.yml", "alerts.yml"} {
		text := strings.ReplaceAll(read(t, "deploy/prometheus/"+name), "/etc/prometheus/", dir+"/")
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	out, err := exec.CommandContext(t.Context(), "promtool", "check", "config", filepath.Join(dir, "prometheus.yml")).CombinedOutput()
	require.NoError(t, err, string(out))
}

// A tag of somebody else's action may be moved to other code; Dependabot brings the next commit with its version.
func TestWorkflowsArePinnedAndCallTheMakefile(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(".github/workflows/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	targets := all(`(?m)^([a-z-]+):`, read(t, "Makefile"))
	for _, name := range files {
		text := read(t, name)
		require.NotEmpty(t, parse(t, name, []byte(text))[0]["permissions"], "%s takes all permissions", name)
		for _, action := range all(`uses: (.+)`, text) {
			require.Regexp(t, `^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`, action, name)
		}
		called := all(`run: make ([a-z -]+)`, text)
		require.NotEmpty(t, called, name)
		for _, command := range called {
			for target := range strings.FieldsSeq(command) {
				require.Contains(t, targets, target, name)
			}
		}
	}
}
