package prove

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

// block returns a document's first shell block that contains a text.
func block(t *testing.T, document, contains string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, document))
	require.NoError(t, err)
	for _, found := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(content), -1) {
		if strings.Contains(found[1], contains) {
			return found[1]
		}
	}
	require.Fail(t, "there is no such block", "%s: %s", document, contains)
	return ""
}

// chosen holds values for the choices that docs/deploy/compose.md leaves to its reader.
var chosen = strings.NewReplacer(
	"the AppSecret", "0123456789abcdef0123456789abcdef", "the token", "atokenofthistest",
	"the EncodingAESKey", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq", "the password", "a long password of this test")

// writeSettings follows docs/deploy/compose.md: it makes .env from .env.example, and the secrets with the page's own
// commands, except those that change the owner.
func writeSettings(t *testing.T, dir string) (envFile, secrets string) {
	t.Helper()
	example, err := os.ReadFile(filepath.Join(root, ".env.example"))
	require.NoError(t, err)
	text := strings.NewReplacer("POSTGRES_PASSWORD=\n", "POSTGRES_PASSWORD=a+pass/word\n", "GRAFANA_PASSWORD=\n",
		"GRAFANA_PASSWORD=another\n").Replace(string(example))
	envFile = filepath.Join(dir, ".env")
	require.NoError(t, os.WriteFile(envFile, []byte(text), 0o600))

	var commands []string
	for line := range strings.SplitSeq(block(t, "docs/deploy/compose.md", "secrets/shared/codec_keys"), "\n") {
		if !strings.Contains(line, "sudo") {
			commands = append(commands, chosen.Replace(strings.TrimSpace(line)))
		}
	}
	shell := exec.CommandContext(t.Context(), "sh", "-euc", strings.Join(commands, "\n"))
	shell.Dir = dir
	out, err := shell.CombinedOutput()
	require.NoError(t, err, string(out))
	return envFile, filepath.Join(dir, "secrets")
}

// secret reads a secret's file as the connector does.
func secret(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return strings.TrimRight(string(content), "\n")
}

// Once the folder belongs to another user, the reader's shell cannot list it any more.
func TestSecretsAreGivenAwayLast(t *testing.T) {
	t.Parallel()
	_, after, given := strings.Cut(block(t, "docs/deploy/compose.md", "secrets/shared/codec_keys"),
		"sudo chown -R 65532:65532 secrets")
	require.True(t, given)
	require.NotContains(t, after, "secrets/")
}

// rolesOf are the roles of the services of the compose file.
var rolesOf = map[string][]config.Role{
	"api": {config.RoleAPI}, "worker": worker.RoleAll.Secrets(), "bootstrap": {config.RoleWorkflows},
}

// Each container gets only the secrets that it uses.
func TestContainersGetTheirSecretsAlone(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	envFile, secrets := writeSettings(t, t.TempDir())
	c := loadCompose(t, envFile, []string{"ENV_FILE=" + envFile, "SECRETS_DIR=" + secrets})
	for name, roles := range rolesOf {
		env := c.environment(name, nil)
		for _, f := range config.Fields() {
			path, named := env[f.Name+"_FILE"]
			if !f.Secret || !named {
				continue
			}
			_, err := os.Stat(path)
			there := err == nil
			shared := f.UsedBy(config.RoleAPI) && f.UsedBy(config.RoleWorkflows, config.RoleWeChat, config.RoleC4C)
			require.Equal(t, f.UsedBy(roles...) || shared, there, "%s of %s", f.Name, name)
		}
	}
}

// Following the page yields complete settings: .env.example, the secrets, nothing else.
func TestSettingsOfTheDocumentsAreComplete(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	envFile, secrets := writeSettings(t, t.TempDir())
	c := loadCompose(t, envFile, []string{"ENV_FILE=" + envFile, "SECRETS_DIR=" + secrets})
	require.Equal(t, "a+pass/word", c.environment("temporal", nil)["POSTGRES_PWD"])
	for name, roles := range rolesOf {
		load(t, c.environment(name, nil), roles...)
	}
	_, key, _ := strings.Cut(secret(t, secrets, "shared/codec_keys"), ":")
	decoded, err := base64.StdEncoding.DecodeString(key)
	require.NoError(t, err)
	require.Len(t, decoded, 32)
}
