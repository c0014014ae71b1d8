package deploy_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// kustomize builds an overlay. It is skipped where kubectl is not installed.
func kustomize(t *testing.T, overlay string) map[string]map[string]any {
	t.Helper()
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Skip("kubectl is not installed")
	}
	atRoot()
	built, err := exec.CommandContext(t.Context(), "kubectl", "kustomize",
		filepath.Join("deploy/kubernetes/overlays", overlay)).Output()
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
				require.Greater(t, time.Duration(at(t, pod, "terminationGracePeriodSeconds").(int))*time.Second, stopTimeout(t)+
					10*time.Second)
				require.Equal(t, true, at(t, pod, "containers", 0, "securityContext", "readOnlyRootFilesystem"))
				require.Equal(t, true, at(t, pod, "securityContext", "runAsNonRoot"))
				require.Equal(t, "/readyz", at(t, pod, "containers", 0, "readinessProbe", "httpGet", "path"))
			}
			api := at(t, objects["Deployment/api"], "spec", "template", "spec")
			require.Contains(t, at(t, api, "containers", 0, "volumeMounts"),
				map[string]any{"name": "files", "mountPath": "/tmp"}, "the page keeps files there for a moment")
			settings := at(t, objects["ConfigMap/wechat-c4c"], "data").(map[string]any)
			spool := map[string]any{"name": "spool", "mountPath": settings[config.Prefix+"SPOOL_DIR"]}
			require.Contains(t, at(t, api, "containers", 0, "volumeMounts"), spool,
				"what was acknowledged outlives the container")
			require.NotContains(t, objects, "HorizontalPodAutoscaler/worker-c4c")
			if scaled, ok := objects["ScaledObject/worker-wechat"]; ok {
				asks := at(t, scaled, "spec", "triggers", 0, "metadata").(map[string]any)
				require.Equal(t, workflows.QueueWeChat, asks["taskQueue"])
				require.Equal(t, settings["TEMPORAL_ADDRESS"], asks["endpoint"])
				require.Equal(t, settings["TEMPORAL_NAMESPACE"], asks["namespace"])
				require.NotContains(t, at(t, objects["Deployment/worker-wechat"], "spec"), "replicas",
					"a number would undo the autoscaler's with every apply")
			}
			loads(t, settings, at(t, objects["ConfigMap/wechat-c4c-secret-files"], "data").(map[string]any))
		})
	}
}

// The next build runs beside the former one: nothing of it may replace existing objects, or take a second share of the
// webhooks.
func TestKubernetesRunsTheNextBuildBeside(t *testing.T) {
	t.Parallel()
	current, next := kustomize(t, "temporal"), kustomize(t, "next")
	names := map[string]bool{}
	for name, object := range next {
		require.NotContains(t, current, name)
		require.Contains(t, []string{"ConfigMap", "Service", "Deployment", "StatefulSet"}, object["kind"])
		names[name] = true
	}
	settings := at(t, next["ConfigMap/wechat-c4c-1-1-0"], "data").(map[string]any)
	build := settings["TEMPORAL_WORKER_BUILD_ID"].(string)
	for _, name := range []string{"Deployment/worker-workflows-1-1-0", "Deployment/worker-wechat-1-1-0",
		"StatefulSet/worker-c4c-1-1-0"} {
		require.True(t, names[name], name)
		pod := at(t, next[name], "spec", "template", "spec")
		require.Equal(t, "ghcr.io/wechat-c4c/wechat-c4c:"+build, at(t, pod, "containers", 0, "image"))
		require.Equal(t, build, at(t, next[name], "spec", "selector", "matchLabels", "wechat-c4c/build"),
			"no pod of the former build is taken over")
		require.Equal(t, "wechat-c4c", at(t, pod, "serviceAccountName"))
		require.Equal(t, "wechat-c4c", at(t, pod, "volumes", 0, "projected", "sources", 0, "secret", "name"))
	}
	require.Equal(t, at(t, current["ConfigMap/wechat-c4c"], "data", config.Prefix+"C4C_MAX_PARALLEL"),
		settings[config.Prefix+"C4C_MAX_PARALLEL"], "both builds share the calls, and the least cap counts")
	loads(t, settings, at(t, next["ConfigMap/wechat-c4c-secret-files-1-1-0"], "data").(map[string]any))
}

// Who applies a release's manifests gets the image of that release.
func TestDeploymentsNameTheRelease(t *testing.T) {
	t.Parallel()
	chart := read(t, "deploy/helm/wechat-c4c/Chart.yaml")
	version := all(`(?m)^version: (\S+)$`, chart)
	require.Len(t, version, 1)
	require.Equal(t, version, all(`(?m)^appVersion: (\S+)$`, chart))
	for _, overlay := range []string{"temporal", "temporal-cloud"} {
		require.Equal(t, version,
			all(`newName: ghcr\.io/wechat-c4c/wechat-c4c, newTag: (\S+)\}`,
				read(t, "deploy/kubernetes/overlays/"+overlay+"/kustomization.yaml")), overlay)
	}
	if released := all(`(?m)^## v?(\d\S+)`, read(t, "CHANGELOG.md")); len(released) > 0 {
		require.Equal(t, released[0], version[0], "Chart.yaml and the overlays name CHANGELOG.md's newest release")
	}
}
