package prove

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	packed "helm.sh/helm/v4/pkg/chart/v2/util"
	helm "helm.sh/helm/v4/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
)

// chartDir is the Helm chart.
var chartDir = filepath.Join(root, "deploy/helm/wechat-c4c")

type values = map[string]any

// render renders the chart as "helm template" does, by the same library.
func render(t *testing.T, path string, with values) (string, error) {
	t.Helper()
	chart, err := loader.Load(path)
	require.NoError(t, err)
	release := common.ReleaseOptions{Name: "shop", Namespace: "service", IsInstall: true, Revision: 1}
	given, err := chartutil.ToRenderValues(chart, with, release, common.DefaultCapabilities)
	if err != nil {
		return "", err
	}
	files, err := helm.Render(chart, given)
	if err != nil {
		return "", err
	}
	var all bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasSuffix(name, ".yaml") && strings.TrimSpace(files[name]) != "" {
			all.WriteString("---\n" + files[name] + "\n")
		}
	}
	return all.String(), nil
}

// chart renders the chart and reads the manifests.
func chart(t *testing.T, with values) manifests {
	t.Helper()
	text, err := render(t, chartDir, with)
	require.NoError(t, err)
	return decodeManifests(t, []byte(text))
}

// base returns the manifests that the chart is made of.
func base(t *testing.T) manifests {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "deploy/kubernetes/base/*.yaml"))
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		if filepath.Base(file) != "kustomization.yaml" {
			all.WriteString("---\n" + string(content) + "\n")
		}
	}
	return decodeManifests(t, []byte(all.String()))
}

var cloud = values{
	"settings": values{
		"TEMPORAL_ADDRESS": "eu-central-1.aws.api.temporal.io:7233", "TEMPORAL_NAMESPACE": "wechat-c4c.a1b2c",
		"WECHAT_C4C_C4C_MAX_PARALLEL": 6,
	},
	"temporalAPIKey": values{"secret": "wechat-c4c-temporal"},
	"ingress":        values{"host": "service.example.com", "className": "nginx"},
	"podMonitor":     true,
}

func TestChartIsValid(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]values{
		"nothing said": nil, "Temporal Cloud": cloud,
		"a claim for the spool": {"spool": values{"claim": true, "storageClassName": "fast"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chart(t, with).check(false)
		})
	}
}

func TestChartIsFreeOfComplaints(t *testing.T) {
	t.Parallel()
	for _, message := range lint.RunAll(chartDir, cloud, "service").Messages {
		require.NotContains(t, []int{2, 3}, message.Severity, message.Error()) // warnings, errors
	}
}

// With default values the chart installs the manifests as they are, except for image and labels.
func TestChartInstallsTheManifests(t *testing.T) {
	t.Parallel()
	got, want := chart(t, nil), base(t)
	pods := got.pods()
	require.Len(t, want.pods(), 4)
	for name, pod := range want.pods() {
		require.Contains(t, pods, name)
		own := pods[name]
		for _, containers := range [][]corev1.Container{own.Spec.InitContainers, own.Spec.Containers} {
			for i := range containers {
				require.Regexp(t, `^ghcr\.io/.*:0\.1\.0$`, containers[i].Image)
				containers[i].Image, containers[i].ImagePullPolicy = "wechat-c4c", ""
			}
		}
		require.Equal(t, pod.Spec, own.Spec, name)
		require.Equal(t, pod.Labels, own.Labels, name)
	}
	for name, one := range of[*networkingv1.NetworkPolicy](want) {
		require.Equal(t, one.Spec, of[*networkingv1.NetworkPolicy](got)[name].Spec)
	}
	for name, one := range of[*policyv1.PodDisruptionBudget](want) {
		require.Equal(t, one.Spec, of[*policyv1.PodDisruptionBudget](got)[name].Spec)
	}
	for name, one := range of[*autoscalingv2.HorizontalPodAutoscaler](want) {
		require.Equal(t, one.Spec, of[*autoscalingv2.HorizontalPodAutoscaler](got)[name].Spec)
	}
	for name, one := range of[*corev1.Service](want) {
		require.Equal(t, one.Spec, of[*corev1.Service](got)[name].Spec)
	}
	require.Len(t, got.objects, len(want.objects)+2, "and the settings")
}

func TestChartTakesItsValues(t *testing.T) {
	t.Parallel()
	digest := "sha256:" + strings.Repeat("ab", 32)
	with := maps.Clone(cloud)
	with["image"] = values{"repository": "registry.example.com/connector", "digest": digest,
		"pullSecrets": []any{values{"name": "pull"}}}
	with["spool"] = values{"claim": true, "size": "5Gi", "storageClassName": "fast"}
	with["api"] = values{"minReplicas": 3, "maxReplicas": 4, "resources": values{"limits": values{"memory": "1Gi"}}}
	with["worker-wechat"] = values{"replicas": 5}
	with["secretFiles"] = values{
		"WECHAT_C4C_ACCOUNT_SHOP_WECHAT_APP_SECRET_FILE": "/run/secrets/wechat-c4c/SHOP_APP_SECRET"}
	with["networkPolicies"] = false
	m := chart(t, with)
	for name, pod := range m.pods() {
		for _, c := range append(pod.Spec.InitContainers, pod.Spec.Containers...) {
			require.Equal(t, "registry.example.com/connector@"+digest, c.Image, name)
			require.Equal(t, "wechat-c4c-temporal", c.Env[0].ValueFrom.SecretKeyRef.Name, name)
		}
		require.Equal(t, "pull", pod.Spec.ImagePullSecrets[0].Name, name)
	}
	settings := of[*corev1.ConfigMap](m)["wechat-c4c"].Data
	require.Equal(t, "6", settings["WECHAT_C4C_C4C_MAX_PARALLEL"], "the value goes before the manifest's")
	require.Equal(t, "/var/spool/wechat-c4c", settings["WECHAT_C4C_SPOOL_DIR"], "what is not said is the manifest's")
	files := of[*corev1.ConfigMap](m)["wechat-c4c-secret-files"].Data
	require.Contains(t, files, "WECHAT_C4C_ACCOUNT_SHOP_WECHAT_APP_SECRET_FILE")
	require.Contains(t, files, "WECHAT_C4C_CODEC_KEYS_FILE")

	api := of[*appsv1.StatefulSet](m)["api"]
	claim := api.Spec.VolumeClaimTemplates[0]
	require.Equal(t, []any{"spool", "fast", "5Gi"}, []any{claim.Name, *claim.Spec.StorageClassName,
		claim.Spec.Resources.Requests.Storage().String()})
	require.Equal(t, "1Gi", api.Spec.Template.Spec.Containers[0].Resources.Limits.Memory().String())
	scaler := of[*autoscalingv2.HorizontalPodAutoscaler](m)["api"].Spec
	require.Equal(t, []any{"StatefulSet", int32(3), int32(4)}, []any{scaler.ScaleTargetRef.Kind, *scaler.MinReplicas,
		scaler.MaxReplicas})
	require.EqualValues(t, 5, *of[*appsv1.Deployment](m)["worker-wechat"].Spec.Replicas)
	require.Empty(t, of[*networkingv1.NetworkPolicy](m))
	ingress := of[*networkingv1.Ingress](m)["wechat-c4c"].Spec
	require.Equal(t, []any{"nginx", "service.example.com"}, []any{*ingress.IngressClassName, ingress.Rules[0].Host})
}

// Pods of a Deployment restart when a setting changes.
func TestChartRestartsPodsForASetting(t *testing.T) {
	t.Parallel()
	of := func(with values) string { return chart(t, with).pods()["api"].Annotations["checksum/settings"] }
	require.NotEmpty(t, of(nil))
	require.Equal(t, of(nil), of(nil))
	require.NotEqual(t, of(nil), of(values{"settings": values{"WECHAT_C4C_LOG_LEVEL": "debug"}}))
	require.NotEqual(t, of(nil), of(values{"secretFiles": values{"WECHAT_C4C_X_FILE": "/x"}}))
}

func TestChartRefusesWrongValues(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		with values
		want string
	}{
		"unknown value": {values{"replicas": 3}, "replicas"},
		"unknown role":  {values{"worker-foo": values{}}, "worker-foo"},
		"secret among settings": {values{"settings": values{"WECHAT_C4C_C4C_PASSWORD": "x"}},
			"settings.WECHAT_C4C_C4C_PASSWORD is a secret"},
		"setting of nobody":      {values{"settings": values{"MAX_PARALLEL": "8"}}, "MAX_PARALLEL"},
		"digest that is none":    {values{"image": values{"digest": "latest"}}, "digest"},
		"replicas of autoscaled": {values{"api": values{"replicas": 3}}, "api.minReplicas and api.maxReplicas"},
		"range upside down":      {values{"api": values{"minReplicas": 20}}, "raise maxReplicas"},
		"no replicas":            {values{"worker-c4c": values{"replicas": 0}}, "minimum"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := render(t, chartDir, test.with)
			require.ErrorContains(t, err, test.want)
		})
	}
}

// A packed chart contains the manifests, although its folder only links to them.
func TestPackedChartIsWhole(t *testing.T) {
	t.Parallel()
	chart, err := loader.Load(chartDir)
	require.NoError(t, err)
	file, err := packed.Save(chart, t.TempDir())
	require.NoError(t, err)
	inFolder, err := render(t, chartDir, cloud)
	require.NoError(t, err)
	fromFile, err := render(t, file, cloud)
	require.NoError(t, err)
	require.Equal(t, inFolder, fromFile)
}
