package deploy_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// secretsOf are the secrets of a deployment's example that a role uses.
func secretsOf(t *testing.T, roles ...config.Role) []string {
	t.Helper()
	var names []string
	example := all(`(?m)^WECHAT_C4C_(\w+)_FILE=`, read(t, "deploy/kubernetes/base/secret-files.env"))
	for _, f := range config.Fields() {
		if name := strings.TrimPrefix(f.Name, config.Prefix); f.Secret && f.UsedBy(roles...) &&
			slices.Contains(example, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Each pod gets the secrets that its role uses, out of the objects that the page has made.
func TestPodsGetTheirSecretsAlone(t *testing.T) {
	t.Parallel()
	objects := map[string][]string{}
	page := strings.ReplaceAll(read(t, "docs/deploy/kubernetes.md"), "\\\n", " ")
	for _, command := range regexp.MustCompile(`create secret generic (\S+)(.*)`).FindAllStringSubmatch(page, -1) {
		objects[command[1]] = all(`--from-literal=([A-Z0-9_]+)=`, command[2])
	}
	for name, role := range map[string]config.Role{
		"api": config.RoleAPI, "worker-workflows": config.RoleWorkflows, "worker-wechat": config.RoleWeChat,
		"worker-c4c": config.RoleC4C,
	} {
		file := "deploy/kubernetes/base/" + name + ".yaml"
		volume := at(t, parse(t, file, []byte(read(t, file)))[0], "spec", "template", "spec", "volumes", 0)
		require.Equal(t, "secrets", at(t, volume, "name"), name)
		var mounted []string
		for i := range at(t, volume, "projected", "sources").([]any) {
			secret := at(t, volume, "projected", "sources", i, "secret").(map[string]any)
			keys := objects[secret["name"].(string)]
			require.NotEmpty(t, keys, "%s: the page makes no secret %s", name, secret["name"])
			if secret["items"] != nil {
				keys = nil
				for j := range secret["items"].([]any) {
					keys = append(keys, at(t, secret["items"], j, "key").(string))
				}
			}
			mounted = append(mounted, keys...)
		}
		slices.Sort(mounted)
		require.Equal(t, secretsOf(t, role), mounted, name)
	}
}

// The table of the threat model is what the settings say.
func TestThreatModelSaysWhoUsesWhichSecret(t *testing.T) {
	t.Parallel()
	_, table, found := strings.Cut(read(t, "docs/security.md"), "### Which role needs which secret\n")
	require.True(t, found)
	for _, f := range config.Fields() {
		if !f.Secret {
			continue
		}
		var users []string
		for _, role := range config.Roles {
			if f.UsedBy(role) {
				users = append(users, string(role))
			}
		}
		require.Contains(t, table, fmt.Sprintf("| `%s` | %s |", strings.TrimPrefix(f.Name, config.Prefix),
			strings.Join(users, ", ")))
	}
}
