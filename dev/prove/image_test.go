package prove

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// container is a service of the compose file in a container of its image, on the network of this machine.
type container struct {
	*service
	name string
}

// engineOf returns the command of the container engine with arguments.
func engineOf(arguments ...string) []string { return append(strings.Fields(*engine), arguments...) }

// runOf returns the engine's command for a service, with user, file system, rights and volumes of the compose file.
func (l *landscape) runOf(service string, more map[string]string, flags []string, arguments ...string) []string {
	l.t.Helper()
	s := l.compose.service(service)
	require.True(l.t, s.ReadOnly, "the file system of %s", service)
	command := engineOf("run", "--rm", "--network=host", "--read-only", "--user="+s.User)
	for _, right := range s.CapDrop {
		command = append(command, "--cap-drop="+right)
	}
	for _, option := range s.SecurityOpt {
		command = append(command, "--security-opt="+option)
	}
	for _, folder := range s.Tmpfs {
		command = append(command, "--tmpfs="+folder)
	}
	for _, volume := range s.Volumes {
		mode := ":rw"
		if volume.ReadOnly {
			mode = ":ro"
		}
		command = append(command, "--volume="+volume.Source+":"+volume.Target+mode)
	}
	command = append(command, "--volume="+l.authority+":/authority.pem:ro")
	env := map[string]string{}
	for name, value := range s.Environment {
		if value != nil {
			env[name] = *value
		}
	}
	maps.Copy(env, more)
	for _, pair := range environ(env) {
		if !strings.HasPrefix(pair, "PATH=") {
			command = append(command, "--env="+pair)
		}
	}
	return append(append(append(command, flags...), *image), append(s.Command[:1:1], arguments...)...)
}

// inside returns the addresses of this landscape as variables of a container.
func (l *landscape) inside(internal string) map[string]string {
	return map[string]string{
		"TEMPORAL_ADDRESS": l.addr, "WECHAT_C4C_PUBLIC_ADDR": l.apiAddr, "WECHAT_C4C_INTERNAL_ADDR": internal,
		"WECHAT_C4C_C4C_URL": l.c4cURL, "WECHAT_C4C_WECHAT_API_URL": l.wechatURL, "SSL_CERT_FILE": "/authority.pem",
	}
}

// contain runs a service in a container until the test ends.
func (l *landscape) contain(name string, arguments ...string) container {
	l.t.Helper()
	internal, port := free(l.t)
	c := container{name: "prove-" + name + "-" + port}
	command := l.runOf(name, l.inside(internal), []string{"--name=" + c.name}, arguments...)
	c.service = run(l.t, program{name: name, command: command, env: os.Environ(),
		health: answers("http://" + internal + "/readyz")})
	return c
}

// Runs api, worker and bootstrap in containers of the image, as docker-compose.yml does: as nobody, without rights,
// with a read-only file system except /tmp, and with secrets in files that only they can read. A message becomes a
// ticket, an answer with a picture comes back, the image's health check passes, and they stop gracefully.
func TestImageRunsAsComposeSays(t *testing.T) {
	if *image == "" {
		t.Skip("-image names the image, -engine the container engine")
	}
	l := newLandscape(t, "")
	l.handOver()
	once(t, os.Environ(), l.runOf("bootstrap", l.inside("127.0.0.1:0"), nil)...)
	api, worker := l.contain("api"), l.contain("worker")
	for _, c := range []container{api, worker} {
		c.ready()
		once(t, os.Environ(), engineOf(append([]string{"exec", c.name}, healthCheck(t)...)...)...)
	}
	traffic := &traffic{l: l, tickets: map[string]string{}}
	alice := &record{follower: "oAlice"}
	l.wechat.call(http.MethodPost, "/followers/"+alice.follower+"/subscribe", nil, nil)
	traffic.records = append(traffic.records, alice)
	traffic.say(alice)
	until(t, patience, func() string { return "the message is a ticket" }, func() bool { return len(l.tickets()) == 1 })
	picture, err := os.ReadFile(filepath.Join(root, "docs/img/h5/link.png"))
	require.NoError(t, err)
	l.c4c.call(http.MethodPost, "/tickets/"+l.tickets()[0].ID+"/replies", map[string]any{
		"text": "see the picture", "author_name": "Chen Li",
		"attachments": []map[string]string{{"name": "link.png", "mime_type": "image/png",
			"content": base64.StdEncoding.EncodeToString(picture)}},
	}, nil)
	until(t, patience, func() string {
		return fmt.Sprintf("text and picture are on the phone: %v", l.shown(alice.follower))
	}, func() bool {
		kinds := l.shown(alice.follower)
		return kinds["text"] && kinds["image"]
	})
	for _, c := range []container{worker, api} {
		c.stop()
		require.NoError(t, c.err, "%s stops gracefully", c.name)
	}
}

// shown returns the types of the messages that agents and connector sent a follower.
func (l *landscape) shown(follower string) map[string]bool {
	l.t.Helper()
	var all []struct{ Kind, Type string }
	l.wechat.call(http.MethodGet, "/followers/"+follower+"/inbox", nil, &all)
	types := map[string]bool{}
	for _, message := range all {
		if message.Kind == "customer_service" {
			types[message.Type] = true
		}
	}
	return types
}

// handOver gives the secrets to the user of the image as docs/deploy/compose.md says, and the certificate for everybody
// to read.
func (l *landscape) handOver() {
	l.t.Helper()
	if os.Geteuid() != 0 {
		l.t.Skip("only root may give files away, as docs/deploy/compose.md does with sudo")
	}
	secrets := l.compose.service("api").Volumes[0].Source
	for line := range strings.SplitSeq(block(l.t, "docs/deploy/compose.md", "secrets/shared/codec_keys"), "\n") {
		if strings.Contains(line, "sudo") {
			shell := exec.CommandContext(l.t.Context(), "sh", "-euc", strings.ReplaceAll(line, "sudo ", ""))
			shell.Dir = filepath.Dir(filepath.Dir(secrets)) // of secrets/shared
			out, err := shell.CombinedOutput()
			require.NoError(l.t, err, string(out))
		}
	}
	require.NoError(l.t, os.Chmod(l.authority, 0o444))
}

// healthCheck returns the image's health check command.
func healthCheck(t *testing.T) []string {
	t.Helper()
	type check struct{ Test []string }
	var found []struct {
		Config      struct{ Healthcheck check } // docker
		Healthcheck check                       // podman
	}
	require.NoError(t, json.Unmarshal([]byte(once(t, os.Environ(), engineOf("image", "inspect", *image)...)), &found))
	test := append(found[0].Config.Healthcheck.Test, found[0].Healthcheck.Test...)
	require.Greater(t, len(test), 1, "the image has a health check")
	require.Equal(t, "CMD", test[0], "there is no shell")
	return test[1:]
}
