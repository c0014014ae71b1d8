package prove

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// prometheus is the service of the compose file: the same configuration, with addresses instead of names. It scrapes
// and evaluates every second.
type prometheus struct {
	*service
	t    *testing.T
	addr string
}

// scrapeInterval and rateInterval are short enough for a test.
const (
	scrapeInterval = "1s"
	rateInterval   = "8s"
)

// startPrometheus runs Prometheus with targets by job.
func startPrometheus(t *testing.T, targets map[string][]string) prometheus {
	t.Helper()
	path, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("prometheus is not installed (Debian: apt-get install prometheus)")
	}
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join(root, "deploy/prometheus/prometheus.yml"))
	require.NoError(t, err)
	configuration := strings.NewReplacer("/etc/prometheus", filepath.Join(root, "deploy/prometheus"), "_interval: 15s",
		"_interval: "+scrapeInterval).Replace(string(text))
	for job, addresses := range targets {
		// Replace the service discovery of a job with a list of addresses.
		discovery := regexp.MustCompile(`(- job_name: ` + job + `\n)(?:    .*\n)+`)
		require.Regexp(t, discovery, configuration, "prometheus.yml has no job %s", job)
		configuration = discovery.ReplaceAllString(configuration, fmt.Sprintf("${1}    static_configs: [{targets: [%s]}]\n",
			strings.Join(addresses, ", ")))
	}
	return runPrometheus(t, path, dir, configuration)
}

// runPrometheus runs the program with a configuration.
func runPrometheus(t *testing.T, path, dir, configuration string) prometheus {
	t.Helper()
	file := filepath.Join(dir, "prometheus.yml")
	require.NoError(t, os.WriteFile(file, []byte(configuration), 0o600))
	addr, _ := free(t)
	p := prometheus{t: t, addr: addr, service: run(t, prometheusProgram(path, file, dir, addr))}
	p.ready()
	return p
}

// Of all pods in Kubernetes, the job for a Prometheus in the cluster keeps ours, under the names that alerts and
// dashboards use. Here each address carries the labels that Kubernetes would give its pod.
func TestKubernetesJobFindsThePods(t *testing.T) {
	path, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("prometheus is not installed (Debian: apt-get install prometheus)")
	}
	metrics := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(w, "tried 1")
	}))
	t.Cleanup(metrics.Close)
	_, port, err := net.SplitHostPort(metrics.Listener.Addr().String())
	require.NoError(t, err)
	var pods strings.Builder
	for i, pod := range [][3]string{
		{"wechat-c4c", "api", "internal"}, {"wechat-c4c", "api", "public"}, {"wechat-c4c", "worker-c4c", "internal"},
		{"wechat-c4c", "worker-workflows", ""}, {"simulators", "", "internal"},
	} {
		fmt.Fprintf(&pods,
			"      - {targets: ['127.0.0.%d:%s'], labels: {__address__: '127.0.0.1:%s', __meta_kubernetes_pod_name: pod-%d, __meta_kubernetes_pod_label_app_kubernetes_io_name: %s, "+
				"__meta_kubernetes_pod_label_app_kubernetes_io_component: '%s', __meta_kubernetes_pod_container_port_name: '%s'}}\n", i+1, port, port, i, pod[0], pod[1], pod[2])
	}
	text, err := os.ReadFile(filepath.Join(root, "deploy/prometheus/kubernetes.yml"))
	require.NoError(t, err)
	discovery := regexp.MustCompile(`    kubernetes_sd_configs:\n(?:      .*\n)+`)
	require.Regexp(t, discovery, string(text))
	configuration := "global: {scrape_interval: " + scrapeInterval + "}\n" + discovery.ReplaceAllString(string(text),
		"    static_configs:\n"+pods.String())
	p := runPrometheus(t, path, t.TempDir(), configuration)

	var answer struct {
		Data struct {
			ActiveTargets []struct{ Labels map[string]string }
		}
	}
	until(t, patience, func() string { return fmt.Sprintf("pods are targets: %v", answer) }, func() bool {
		p.get("/api/v1/targets?state=active", &answer)
		return len(answer.Data.ActiveTargets) > 0
	})
	found := map[string]string{}
	for _, target := range answer.Data.ActiveTargets {
		found[target.Labels["pod"]] = target.Labels["job"]
	}
	require.Equal(t, map[string]string{"pod-0": "wechat-c4c-api", "pod-2": "wechat-c4c-worker-c4c"}, found)
}

func prometheusProgram(path, file, dir, addr string) program {
	return program{
		name: "prometheus", env: os.Environ(), health: answers("http://" + addr + "/-/ready"),
		command: []string{path, "--config.file=" + file, "--storage.tsdb.path=" + filepath.Join(dir, "data"),
			"--web.listen-address=" + addr},
	}
}

// line is one series of a query's result.
type line struct {
	Metric map[string]string `json:"metric"`
	Values [][2]any          `json:"values"`
}

// point returns one point of the series.
func (l line) point(i int) (at, value float64) {
	at, _ = l.Values[i][0].(float64)
	text, _ := l.Values[i][1].(string)
	_, _ = fmt.Sscan(text, &value)
	return at, value
}

// between returns a query's values over a period.
func (p prometheus) between(query string, from, to time.Time) []line {
	p.t.Helper()
	values := url.Values{"query": {query}, "start": {fmt.Sprint(from.Unix())}, "end": {fmt.Sprint(to.Unix())},
		"step": {"1"}}
	var answer struct {
		Status string
		Data   struct{ Result []line }
	}
	p.get("/api/v1/query_range?"+values.Encode(), &answer)
	require.Equal(p.t, "success", answer.Status, query)
	return answer.Data.Result
}

// unhealthy lists the rules that Prometheus could not evaluate, and counts all.
func (p prometheus) unhealthy() (bad []string, rules int) {
	p.t.Helper()
	var answer struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	p.get("/api/v1/rules", &answer)
	for _, group := range answer.Data.Groups {
		for _, rule := range group.Rules {
			if rules++; rule.Health != "ok" {
				bad = append(bad, rule.Name+": "+rule.Health+" "+rule.LastError)
			}
		}
	}
	return bad, rules
}

func (p prometheus) get(path string, into any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+path, nil)
	require.NoError(p.t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(p.t, err)
	defer func() { _ = res.Body.Close() }()
	require.NoError(p.t, json.NewDecoder(res.Body).Decode(into))
}
