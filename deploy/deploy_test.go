// Package deploy_test holds the files that deploy the connector against the connector.
package deploy_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// atRoot has names of files begin at the repository's root. It is called while tests run, not before: what TestMain
// does is not known to the cache of test results, which then would not notice that a file has changed.
var atRoot = sync.OnceFunc(func() {
	if err := os.Chdir(".."); err != nil {
		panic(err)
	}
})

func read(t *testing.T, name string) string {
	t.Helper()
	atRoot()
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(content)
}

// all finds what the pattern's group matches.
func all(pattern, text string) []string {
	var found []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

// deployments are all files that somebody deploys with.
func deployments(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{"docker-compose.yml": read(t, "docker-compose.yml"),
		".env.example": read(t, ".env.example")}
	atRoot()
	require.NoError(t, filepath.WalkDir("deploy", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && !strings.HasSuffix(name, ".go") {
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
		template := strings.Contains(name, "/templates/") // YAML when Helm has rendered it: dev/prove reads that
		if template || !strings.HasSuffix(name, ".yml") && !strings.HasSuffix(name, ".yaml") {
			continue
		}
		require.NotEmpty(t, parse(t, name, []byte(text)), name)
		for _, found := range image.FindAllStringSubmatch(text, -1) {
			ours := strings.HasPrefix(found[1], "wechat-c4c") || strings.Contains(found[1], "_IMAGE:-wechat-c4c")
			require.True(t, ours || strings.Contains(found[1], ":"), "%s: image %s has no version", name, found[1])
			require.NotContains(t, found[1], ":latest", name)
		}
	}
}

// byTag are the images whose digest the operator looks up, with the setting that takes it.
var byTag = map[string]string{
	"temporalio/server": "TEMPORAL_SERVER_DIGEST", "temporalio/admin-tools": "TEMPORAL_ADMIN_TOOLS_DIGEST",
	"temporalio/ui": "TEMPORAL_UI_VERSION", "prom/prometheus": "PROMETHEUS_VERSION",
	"prom/alertmanager": "ALERTMANAGER_VERSION", "nginx": "NGINX_VERSION",
}

// A tag may be moved to other bytes. What is not named by its digest can be, and the document says how.
func TestImagesAreNamedByDigest(t *testing.T) {
	t.Parallel()
	digest := regexp.MustCompile(`@sha256:[0-9a-f]{64}\}?$`)
	tags := map[string]bool{}
	pinned := 0
	for _, image := range all(`(?m)^\s*image: (\S+)`, read(t, "docker-compose.yml")) {
		switch name, version, _ := strings.Cut(image, ":"); {
		case strings.HasPrefix(name, "wechat-c4c") || strings.Contains(image, "_IMAGE:-wechat-c4c"):
		case digest.MatchString(version):
			pinned++
		default:
			require.Contains(t, byTag, name, "%s is named by its tag", image)
			require.Contains(t, version, "${"+byTag[name], image)
			require.Contains(t, read(t, "docs/deploy/compose.md"), byTag[name]+"=")
			tags[name] = true
		}
	}
	require.Equal(t, 3, pinned)
	require.Len(t, tags, len(byTag))
	for _, base := range all(`(?m)^FROM (?:--platform=\S+ )?(\S+) AS`, read(t, "deploy/Dockerfile")) {
		if argument, ok := strings.CutPrefix(base, "${"); ok {
			require.Regexp(t, `(?m)^ARG `+strings.TrimSuffix(argument, "}")+`=\S+@sha256:[0-9a-f]{64}$`,
				read(t, "deploy/Dockerfile"))
		}
	}
}

// The scratch image has what the health check and the platforms call; the ignore file lets every package through.
func TestImageIsBuiltFromAllPackages(t *testing.T) {
	t.Parallel()
	dockerfile, ignore := read(t, "deploy/Dockerfile"), read(t, "deploy/Dockerfile.dockerignore")
	require.Contains(t, dockerfile, `CMD ["/wechat-c4c", "health"]`)
	version := all(`(?m)^go (\S+)$`, read(t, "go.mod"))[0]
	images := all(`(?m)^ARG GO_IMAGE=(\S+)$`, dockerfile)
	require.Len(t, images, 1)
	require.Regexp(t, "^golang:"+regexp.QuoteMeta(version)+"-bookworm@sha256:[0-9a-f]{64}$", images[0])
	require.Equal(t, []string{images[0], images[0]}, all(`GO_IMAGE: \$\{GO_IMAGE:-(\S+)\}`, read(t, "docker-compose.yml")))
	packages := 0
	atRoot()
	require.NoError(t, filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		folder, _, below := strings.Cut(filepath.ToSlash(name), "/")
		if below && folder != "dev" && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			require.Contains(t, ignore, "\n!"+folder+"\n", name)
			packages++
		}
		return err
	}))
	require.Positive(t, packages)
	for _, folder := range []string{"wechatsim", "c4csim", "simulators"} {
		require.Contains(t, ignore, "\n!dev/"+folder+"\n")
	}
}

// What an image is built from can come from elsewhere: in mainland China the usual hosts do not answer.
func TestImageIsBuiltFromAnyMirror(t *testing.T) {
	t.Parallel()
	dockerfile, china := read(t, "deploy/Dockerfile"), read(t, "docs/china.md")
	stages := map[string]bool{"scratch": true, "${GO_IMAGE}": true}
	froms := regexp.MustCompile(`(?m)^FROM (?:--platform=\S+ )?(\S+) AS (\S+)$`).FindAllStringSubmatch(dockerfile, -1)
	require.Len(t, froms, strings.Count("\n"+dockerfile, "\nFROM "))
	for _, from := range froms {
		require.True(t, stages[from[1]], "%s comes from a fixed registry", from[1])
		stages[from[2]] = true
	}
	before, _, _ := strings.Cut(dockerfile, "go mod download")
	for _, argument := range []string{"GO_IMAGE", "GOPROXY", "GOSUMDB"} {
		require.Contains(t, before, "\nARG "+argument+"=", "set before modules are fetched")
		require.Contains(t, china, argument+"=")
		require.Equal(t, 2, strings.Count(read(t, "docker-compose.yml"), " "+argument+": ${"+argument+":-"),
			"both images of compose")
	}
	require.Contains(t, before, "GOPROXY=${GOPROXY} GOSUMDB=${GOSUMDB}")
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
	tmp := all(`^/tmp:size=(\d+)m,`, at(t, services, "api", "tmpfs", 0).(string))
	require.Len(t, tmp, 1, "the page keeps files there for a moment")
	size, err := strconv.Atoi(tmp[0])
	require.NoError(t, err)
	require.Less(t, config.Development().Fixed.FilesRoom, size, "there is room for what the page lets in")
	spool := at(t, services, "api", "environment", config.Prefix+"SPOOL_DIR").(string)
	require.Contains(t, at(t, services, "api", "volumes"), "spool:"+spool, "what was acknowledged outlives the container")
	require.Contains(t, read(t, "deploy/Dockerfile"), "--chown=65532:65532 /out/spool "+spool,
		"the volume belongs to the user of the process")
	require.Equal(t, "${WORKERS:-1}", at(t, services, "worker", "deploy", "replicas"))
	for _, published := range all(`(?m)^      - (\S+:\d+)(?: |$)`, read(t, "docker-compose.yml")) {
		require.Regexp(t, `^(127\.0\.0\.1:|\$\{API_PORT:-127\.0\.0\.1:|80:80$|443:443$)`, published,
			"nothing is published to strangers but the proxy")
	}
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
