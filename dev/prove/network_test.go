package prove

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// peer is one end of a connection: a pod in the connector's namespace or another one, or an address outside the
// cluster.
type peer struct {
	labels    map[string]string // of the pod; nil: no pod
	namespace map[string]string // labels of another namespace; nil: the connector's own
}

// ours is a pod of the connector.
func ours(component string) peer {
	return peer{labels: map[string]string{"app.kubernetes.io/name": "wechat-c4c",
		"app.kubernetes.io/component": component}}
}

// other is another pod in the connector's namespace.
func other(name string) peer { return peer{labels: map[string]string{"app.kubernetes.io/name": name}} }

// in is a pod in a namespace with a given access.
func in(access string) peer {
	return peer{labels: map[string]string{}, namespace: map[string]string{"wechat-c4c/access": access}}
}

var outside = peer{}

// matches reports whether a peer is one of those that a rule names; a rule that names none means everybody.
func matches(t *testing.T, p peer, named []networkingv1.NetworkPolicyPeer) bool {
	t.Helper()
	return len(named) == 0 || slices.ContainsFunc(named, func(n networkingv1.NetworkPolicyPeer) bool {
		require.Nil(t, n.IPBlock, "addresses are not compared here")
		if p.labels == nil || (n.NamespaceSelector == nil) != (p.namespace == nil) {
			return false
		}
		return selects(t, n.NamespaceSelector, p.namespace) && selects(t, n.PodSelector, p.labels)
	})
}

// selects reports whether a selector matches labels; a nil selector matches all.
func selects(t *testing.T, selector *metav1.LabelSelector, of map[string]string) bool {
	t.Helper()
	if selector == nil {
		return true
	}
	by, err := metav1.LabelSelectorAsSelector(selector)
	require.NoError(t, err)
	return by.Matches(labels.Set(of))
}

func opens(ports []networkingv1.NetworkPolicyPort, protocol corev1.Protocol, port int) bool {
	return len(ports) == 0 || slices.ContainsFunc(ports, func(p networkingv1.NetworkPolicyPort) bool {
		return *p.Protocol == protocol && p.Port.IntValue() == port
	})
}

// passes reports whether the policies allow a connection. A pod that policies select for a direction may do what any of
// them allows; a pod that none selects may do everything.
func (m manifests) passes(from, to peer, protocol corev1.Protocol, port int) bool {
	m.t.Helper()
	chosenFrom, out, chosenTo, into := false, false, false, false
	for _, policy := range of[*networkingv1.NetworkPolicy](m) {
		chooses := func(p peer) bool {
			return p.labels != nil && p.namespace == nil && selects(m.t, &policy.Spec.PodSelector, p.labels)
		}
		if chooses(from) && slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) {
			chosenFrom = true
			for _, rule := range policy.Spec.Egress {
				out = out || opens(rule.Ports, protocol, port) && matches(m.t, to, rule.To)
			}
		}
		if chooses(to) && slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeIngress) {
			chosenTo = true
			for _, rule := range policy.Spec.Ingress {
				into = into || opens(rule.Ports, protocol, port) && matches(m.t, from, rule.From)
			}
		}
	}
	return (out || !chosenFrom) && (into || !chosenTo)
}

// connection is a connection that an overlay's policies must allow or block.
type connection struct {
	name     string
	from, to peer
	protocol corev1.Protocol
	port     int
	passes   bool
}

func TestNetworkPolicies(t *testing.T) {
	t.Parallel()
	const tcp = corev1.ProtocolTCP
	always := []connection{
		{"followers by the ingress controller", in("ingress"), ours("api"), tcp, 8080, true},
		{"nobody by it to the internal port", in("ingress"), ours("api"), tcp, 8081, false},
		{"codec by its proxy", in("codec"), ours("api"), tcp, 8081, true},
		{"codec is the api's alone", in("codec"), ours("worker-c4c"), tcp, 8081, false},
		{"files of the page", ours("worker-c4c"), ours("api"), tcp, 8081, true},
		{"no files from others", ours("worker-wechat"), ours("api"), tcp, 8081, false},
		{"no stranger of the same namespace", other("debug"), ours("api"), tcp, 8080, false},
		{"no stranger to a worker", other("debug"), ours("worker-workflows"), tcp, 8081, false},
	}
	for _, component := range []string{"api", "worker-workflows", "worker-wechat", "worker-c4c"} {
		always = append(always,
			connection{component + " is scraped", in("monitoring"), ours(component), tcp, 8081, true},
			connection{component + " finds names", ours(component), in("kube-system"), corev1.ProtocolUDP, 53, true},
			connection{component + " calls WeChat and C4C", ours(component), outside, tcp, 443, true},
			connection{component + " calls Temporal", ours(component), in("temporal"), tcp, 7233, true},
			connection{component + " sends traces", ours(component), in("tracing"), tcp, 4318, true},
			connection{component + " calls nothing else", ours(component), outside, tcp, 80, false})
	}
	simulated := []connection{
		{"the simulators push", other("simulators"), ours("api"), tcp, 8080, true},
		{"the simulators see nothing internal", other("simulators"), ours("api"), tcp, 8081, false},
		{"logins", ours("api"), other("simulators"), tcp, 8090, true},
		{"tickets", ours("worker-c4c"), other("simulators"), tcp, 8091, true},
		{"Temporal", ours("worker-workflows"), other("temporal"), tcp, 7233, true},
	}
	for overlay, connections := range map[string][]connection{
		"temporal": always, "temporal-cloud": always, "simulators": append(slices.Clone(always), simulated...),
	} {
		t.Run(overlay, func(t *testing.T) {
			t.Parallel()
			m := loadManifests(t, overlay)
			for _, c := range connections {
				require.Equal(t, c.passes, m.passes(c.from, c.to, c.protocol, c.port), c.name)
			}
		})
	}
}
