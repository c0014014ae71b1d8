package prove

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// foreign are the kinds that Kubernetes itself does not define.
var foreign = map[string]bool{"ScaledObject": true, "PodMonitor": true}

// manifests are the objects of an overlay, as Kubernetes reads them.
type manifests struct {
	t       *testing.T
	objects []runtime.Object
}

// loadManifests builds an overlay and reads it.
func loadManifests(t *testing.T, overlay string) manifests {
	t.Helper()
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Skip("kubectl is not installed")
	}
	built, err := exec.CommandContext(t.Context(), "kubectl", "kustomize",
		filepath.Join(root, "deploy/kubernetes/overlays", overlay)).Output()
	require.NoError(t, err)
	return decodeManifests(t, built)
}

// decodeManifests reads YAML with Kubernetes' own types, which reject an unknown field, a duplicate field, and a value
// of the wrong type.
func decodeManifests(t *testing.T, built []byte) manifests {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, autoscalingv2.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		require.NoError(t, add(scheme))
	}
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme,
		json.SerializerOptions{Yaml: true, Strict: true})
	m := manifests{t: t}
	documents := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(built)))
	defer func() { _ = documents.Close() }()
	text := make([]byte, len(built))
	for {
		n, err := documents.Read(text)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if onlyComments(text[:n]) { // what remains of a disabled object's template
			continue
		}
		object, kind, err := strict.Decode(text[:n], nil, nil)
		if kind != nil && foreign[kind.Kind] {
			continue
		}
		require.NoError(t, err, "%s", text[:n])
		m.objects = append(m.objects, object)
	}
	require.NotEmpty(t, m.objects)
	return m
}

func onlyComments(document []byte) bool {
	for line := range bytes.Lines(document) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' && !bytes.Equal(line, []byte("---")) {
			return false
		}
	}
	return true
}

// of returns the objects of one kind by name.
func of[T metav1.Object](m manifests) map[string]T {
	found := map[string]T{}
	for _, object := range m.objects {
		if one, ok := object.(T); ok {
			found[one.GetName()] = one
		}
	}
	return found
}

// pods returns the pod templates of all workloads by name, ours and those of the demonstration.
func (m manifests) pods() map[string]corev1.PodTemplateSpec {
	m.t.Helper()
	pods := map[string]corev1.PodTemplateSpec{}
	for name, d := range of[*appsv1.Deployment](m) {
		pods[name] = d.Spec.Template
		requireSelects(m.t, d.Spec.Selector, d.Spec.Template)
	}
	for name, s := range of[*appsv1.StatefulSet](m) {
		pods[name] = s.Spec.Template
		requireSelects(m.t, s.Spec.Selector, s.Spec.Template)
		require.Contains(m.t, of[*corev1.Service](m), s.Spec.ServiceName)
	}
	return pods
}

func requireSelects(t *testing.T, selector *metav1.LabelSelector, pod corev1.PodTemplateSpec) {
	t.Helper()
	by, err := metav1.LabelSelectorAsSelector(selector)
	require.NoError(t, err)
	require.True(t, by.Matches(labels.Set(pod.Labels)), "%s does not select %v", by, pod.Labels)
}

// selected returns the names of the pods that a selector chooses.
func selected(pods map[string]corev1.PodTemplateSpec, by labels.Selector) []string {
	var names []string
	for name, pod := range pods {
		if by.Matches(labels.Set(pod.Labels)) {
			names = append(names, name)
		}
	}
	return names
}

// Kubernetes accepts every object, and everything that an object refers to exists.
func TestManifestsAreValid(t *testing.T) {
	t.Parallel()
	for _, overlay := range []string{"temporal", "temporal-cloud", "simulators", "next"} {
		t.Run(overlay, func(t *testing.T) {
			t.Parallel()
			m := loadManifests(t, overlay)
			m.check(overlay == "next")
		})
	}
}

// check requires everything that an object refers to to exist.
func (m manifests) check(beside bool) {
	m.t.Helper()
	t, pods := m.t, m.pods()
	for name, pod := range pods {
		m.checkPod(name, pod.Spec, beside)
	}
	for name, service := range of[*corev1.Service](m) {
		reached := selected(pods, labels.SelectorFromSet(service.Spec.Selector))
		require.Len(t, reached, 1, "service %s", name)
		for _, port := range service.Spec.Ports {
			require.True(t, port.TargetPort.StrVal == "" || hasPort(pods[reached[0]].Spec, port.TargetPort.StrVal),
				"service %s: no port %s", name, port.TargetPort.StrVal)
		}
	}
	for name, budget := range of[*policyv1.PodDisruptionBudget](m) {
		by, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
		require.NoError(t, err)
		require.Equal(t, []string{name}, selected(pods, by))
		require.Equal(t, 1, budget.Spec.MaxUnavailable.IntValue(), "%s: a node with its only pod can be drained", name)
	}
	for name, scaler := range of[*autoscalingv2.HorizontalPodAutoscaler](m) {
		replicas, there := m.replicas(scaler.Spec.ScaleTargetRef)
		require.True(t, there, "autoscaler %s", name)
		require.Nil(t, replicas, "%s: a number would undo the autoscaler's with every apply", name)
	}
	for name, ingress := range of[*networkingv1.Ingress](m) {
		backend := ingress.Spec.Rules[0].HTTP.Paths[0].Backend.Service
		require.Equal(t, "api", backend.Name, "ingress %s", name)
		require.Equal(t, "public", backend.Port.Name, "ingress %s: nothing but the public port", name)
	}
}

// replicas returns the number of replicas that a workload sets; nil: none.
func (m manifests) replicas(of autoscalingv2.CrossVersionObjectReference) (replicas *int32, there bool) {
	for _, object := range m.objects {
		switch o := object.(type) {
		case *appsv1.Deployment:
			if of.Kind == "Deployment" && o.Name == of.Name {
				return o.Spec.Replicas, true
			}
		case *appsv1.StatefulSet:
			if of.Kind == "StatefulSet" && o.Name == of.Name {
				return o.Spec.Replicas, true
			}
		}
	}
	return nil, false
}

// checkPod requires everything that a pod refers to to exist, and enough time for the pod to stop. With beside, objects
// that exist already are not part of the overlay.
func (m manifests) checkPod(name string, pod corev1.PodSpec, beside bool) {
	m.t.Helper()
	maps, accounts := of[*corev1.ConfigMap](m), of[*corev1.ServiceAccount](m)
	if pod.ServiceAccountName != "" && !beside {
		require.Contains(m.t, accounts, pod.ServiceAccountName, name)
	}
	volumes := map[string]bool{}
	if set, ok := of[*appsv1.StatefulSet](m)[name]; ok {
		for _, claim := range set.Spec.VolumeClaimTemplates {
			volumes[claim.Name] = true
		}
	}
	for _, volume := range pod.Volumes {
		volumes[volume.Name] = true
	}
	for _, c := range append(pod.InitContainers, pod.Containers...) {
		for _, from := range c.EnvFrom {
			require.Contains(m.t, maps, from.ConfigMapRef.Name, name)
		}
		mounted := map[string]bool{}
		for _, mount := range c.VolumeMounts {
			require.True(m.t, volumes[mount.Name], "%s: no volume %s", name, mount.Name)
			mounted[mount.MountPath] = true
		}
		require.False(m.t, *c.SecurityContext.AllowPrivilegeEscalation, name)
		require.Equal(m.t, []corev1.Capability{"ALL"}, c.SecurityContext.Capabilities.Drop, name)
		for _, probe := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
			if probe != nil && probe.HTTPGet != nil {
				require.True(m.t, hasPort(pod, probe.HTTPGet.Port.StrVal), "%s: no port %s", name, probe.HTTPGet.Port.StrVal)
			}
		}
		if arguments := strings.Join(c.Args, " "); arguments == "api" || arguments == "worker --role c4c" {
			require.True(m.t, mounted["/tmp"], "%s keeps files there for a moment", name)
		}
	}
	if c := pod.Containers[0]; c.Lifecycle != nil {
		// WECHAT_C4C_STOP_TIMEOUT, the last traces
		stop := time.Duration(c.Lifecycle.PreStop.Sleep.Seconds)*time.Second + 30*time.Second + 3*time.Second
		require.Greater(m.t, time.Duration(*pod.TerminationGracePeriodSeconds)*time.Second, stop, name)
	}
}

func hasPort(pod corev1.PodSpec, name string) bool {
	for _, port := range pod.Containers[0].Ports {
		if port.Name == name {
			return true
		}
	}
	return false
}
