package deploy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

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
		"host": "service.example.com", "temporal-address": "temporal.example.com:7233", "wechat-app-id": "wxaaaaaaaaaaaaaaaa",
		"wechat-original-id": "gh_aaaaaaaaaaaa",
		"wechat-token":       "atokenofthistest", "wechat-aes-key": strings.Repeat("A", 43),
		"codec-keys": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
		"c4c-url":    "https://my000000.crm.ondemand.com", "c4c-channel-id": "WECHAT",
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
		_, role, isWorker := strings.Cut(command, "--role ")
		if !isWorker {
			role = string(config.RoleAPI)
		}
		cfg, warnings, err := config.Load(environ, config.Role(role))
		require.NoError(t, err)
		require.Empty(t, warnings)
		for _, f := range config.Fields() {
			given := slices.ContainsFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, f.Name+"=") })
			require.True(t, f.UsedBy(config.Role(role)) || !given, "%s has no use for %s", name, f.Name)
		}
		require.Less(t, cfg.StopTimeout, cloudFoundryGrace)
		require.Equal(t, ":8081", cfg.InternalAddr, "workers bring the api files there")
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
