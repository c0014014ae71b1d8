package prove

import (
	"encoding/pem"
	"log/slog"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

// landscape is a company's installation: PostgreSQL, Temporal, WeChat, C4C, and the settings of the connector for it.
type landscape struct {
	t                  *testing.T
	compose            compose
	postgres, temporal *service
	postgresPort       string
	addr, metrics      string // Temporal's frontend, and its metrics
	client             client.Client
	wechat, c4c        control
	wechatURL, c4cURL  string
	authority          string // file with the certificate of WeChat and C4C
	apiAddr, apiPort   string
	binary             string // the connector
}

// newLandscape starts everything except the connector, and prepares the namespace with the job bootstrap.
func newLandscape(t *testing.T, dynamic string) *landscape {
	t.Helper()
	needPostgres(t)
	o, err := buildTemporal()
	require.NoError(t, err)
	l := &landscape{t: t, binary: build(t, "1.0.0")}
	envFile, secrets := writeSettings(t, t.TempDir())
	l.compose = loadCompose(t, envFile, []string{"ENV_FILE=" + envFile, "SECRETS_DIR=" + secrets})
	l.postgres, l.postgresPort = startPostgres(t, l.compose.environment("postgres", nil))
	makeSchema(t, l.compose, o, l.postgresPort)
	l.temporal, l.addr, l.metrics = startTemporal(t, l.compose, o, l.postgresPort, dynamic)
	l.apiAddr, l.apiPort = free(t)
	l.simulate(secrets)
	t.Log(once(t, l.environment("bootstrap", nil), l.binary, l.compose.service("bootstrap").Command[0]))
	l.client, err = client.DialContext(t.Context(),
		client.Options{HostPort: l.addr, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	require.NoError(t, err)
	t.Cleanup(l.client.Close)
	return l
}

// simulate runs WeChat and C4C with the secrets from the settings, over TLS: production refuses anything else.
func (l *landscape) simulate(secrets string) {
	env := l.compose.environment("api", nil)
	wechat := wechatsim.New(wechatsim.Options{
		AppID: env["WECHAT_C4C_WECHAT_APP_ID"], OriginalID: env["WECHAT_C4C_WECHAT_ORIGINAL_ID"],
		AppSecret: secret(l.t, secrets, "shared/wechat_app_secret"), Token: secret(l.t, secrets, "api/wechat_token"),
		EncodingAESKey: secret(l.t, secrets, "api/wechat_aes_key"), CallbackURL: "http://" + l.apiAddr + "/wechat",
		Seed: 1, RetryPause: time.Second, ReceiptDelay: wechatsim.NoDelay,
	})
	c4c := c4csim.New(c4csim.Options{
		User: env["WECHAT_C4C_C4C_USER"], Password: secret(l.t, secrets, "worker/c4c_password"),
		ChannelID:   env["WECHAT_C4C_C4C_CHANNEL_ID"],
		WebhookUser: c4csim.DevWebhookUser, WebhookPassword: secret(l.t, secrets, "api/c4c_webhook_password"),
		MashupURL: "http://" + l.apiAddr + "/c4c/wechat", Seed: 1,
	})
	toWeChat, toC4C := httptest.NewTLSServer(wechat), httptest.NewTLSServer(c4c)
	l.t.Cleanup(func() {
		_ = wechat.Close()
		_ = c4c.Close()
		toWeChat.CloseClientConnections()
		toC4C.CloseClientConnections()
		toWeChat.Close()
		toC4C.Close()
	})
	l.wechat, l.c4c, l.wechatURL, l.c4cURL = control{l.t, wechat}, control{l.t, c4c}, toWeChat.URL, toC4C.URL
	l.authority = filepath.Join(l.t.TempDir(), "authority.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: toWeChat.Certificate().Raw})
	require.NoError(l.t, os.WriteFile(l.authority, certificate, 0o600))
}

// environment returns the environment of a connector's service, with the addresses of this landscape. more holds the
// variables that an operator sets for one process.
func (l *landscape) environment(service string, more map[string]string) []string {
	l.t.Helper()
	internal, _ := free(l.t)
	env := l.compose.environment(service, map[string]string{
		"TEMPORAL_ADDRESS": l.addr, "WECHAT_C4C_PUBLIC_ADDR": l.apiAddr, "WECHAT_C4C_INTERNAL_ADDR": internal,
		"WECHAT_C4C_C4C_URL": l.c4cURL,
	})
	env["WECHAT_C4C_WECHAT_API_URL"] = l.wechatURL
	env["SSL_CERT_FILE"] = l.authority
	maps.Copy(env, more)
	return environ(env)
}

// variable returns one variable of an environment.
func variable(env []string, name string) string {
	for _, pair := range env {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// start runs the api or a worker as the compose file does, with more arguments.
func (l *landscape) start(name, binary string, more map[string]string, arguments ...string) *service {
	l.t.Helper()
	env := l.environment(arguments[0], more)
	require.Equal(l.t, l.compose.service(arguments[0]).Command[0], arguments[0])
	return run(l.t, program{
		name: name, command: append([]string{binary}, arguments...), env: env,
		health: answers("http://" + variable(env, "WECHAT_C4C_INTERNAL_ADDR") + "/readyz"),
	})
}

// operator runs a command as "docker compose exec worker" would.
func (l *landscape) operator(binary string, more map[string]string, arguments ...string) string {
	l.t.Helper()
	return once(l.t, l.environment("worker", more), append([]string{binary}, arguments...)...)
}

// releases holds the built binaries by version.
var releases struct {
	sync.Mutex
	built map[string]string
}

// nextBuild is the version with different workflows: its conversations call GetVersion first. A conversation that began
// earlier continues as it began; one that continues as new records the marker.
const (
	nextBuild  = "1.1.0"
	nextChange = "next-build"
)

// build builds the connector as "make release" does.
func build(t *testing.T, version string) string {
	t.Helper()
	releases.Lock()
	defer releases.Unlock()
	if releases.built == nil {
		releases.built = map[string]string{}
	}
	if path := releases.built[version]; path != "" {
		return path
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	for _, flag := range []string{"CGO_ENABLED=0", "-trimpath", "-s -w -buildid="} {
		require.Contains(t, string(makefile), flag, "the release is built in another way")
	}
	path := filepath.Join(root, "dev/.state/bin/official", "wechat-c4c-"+version)
	args := []string{
		"env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-buildvcs=false", "-o", path,
		"-ldflags", "-s -w -buildid= -X github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app.Version=" + version,
	}
	if version == nextBuild {
		args = append(args, "-overlay", overlay(t))
	}
	_, err = output(root, append(args, "./cmd/wechat-c4c")...)
	require.NoError(t, err)
	require.Contains(t, once(t, nil, path, "version"), "wechat-c4c "+version)
	releases.built[version] = path
	return path
}

// overlay changes one workflow for a build, as the next release might.
func overlay(t *testing.T) string {
	t.Helper()
	source := filepath.Join(root, "workflows/conversation.go")
	content, err := os.ReadFile(source)
	require.NoError(t, err)
	const head = "func (w *Workflows) Conversation(ctx workflow.Context, in ConversationInput) error {\n"
	require.Contains(t, string(content), head)
	dir := t.TempDir()
	changed := filepath.Join(dir, "conversation.go")
	text := strings.Replace(string(content), head, head+"\tworkflow.GetVersion(ctx, \""+nextChange+
		"\", workflow.DefaultVersion, 1)\n", 1)
	require.NoError(t, os.WriteFile(changed, []byte(text), 0o600))
	file := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"Replace":{"`+source+`":"`+changed+`"}}`), 0o600))
	return file
}
