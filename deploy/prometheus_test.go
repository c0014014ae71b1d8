package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every alert rings for what it is there for, by Prometheus' own program.
func TestAlertsRing(t *testing.T) {
	t.Parallel()
	const cases = "deploy/prometheus/alerts_test.yml"
	text := read(t, cases)
	for _, alert := range all(`- alert: (\w+)`, read(t, "deploy/prometheus/alerts.yml")) {
		require.True(t, strings.Contains(text, `alertname="`+alert+`"`), "%s has no case in %s", alert, cases)
	}
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("promtool is not installed (Debian: apt-get install prometheus)")
	}
	atRoot()
	out, err := exec.CommandContext(t.Context(), "promtool", "test", "rules", cases).CombinedOutput()
	require.NoError(t, err, string(out))
}

// Who is on call in China reads the same in Chinese, with the same values.
func TestAlertsAreSaidInBothLanguages(t *testing.T) {
	t.Parallel()
	rules := strings.Split(read(t, "deploy/prometheus/alerts.yml"), "- alert: ")[1:]
	require.NotEmpty(t, rules)
	for _, rule := range rules {
		name, _, _ := strings.Cut(rule, "\n")
		for _, annotation := range []string{"summary", "description"} {
			english := all(`(?m)^ +`+annotation+`: "(.*)"$`, rule)
			chinese := all(`(?m)^ +`+annotation+`_zh: "(.*)"$`, rule)
			require.Len(t, chinese, len(english), "%s: %s and %s_zh", name, annotation, annotation)
			for i := range english {
				require.ElementsMatch(t, all(`({{[^}]+}})`, english[i]), all(`({{[^}]+}})`, chinese[i]), "%s: the values of %s",
					name, annotation)
				require.Regexp(t, `\p{Han}`, chinese[i], name)
			}
		}
		require.Contains(t, rule, "summary: ", name)
	}
}

// An alert leads whoever it wakes to the page that says what to do.
func TestEveryAlertHasItsRunbook(t *testing.T) {
	t.Parallel()
	const page = "docs/alerts.md"
	runbook := read(t, page)
	rules := strings.Split(read(t, "deploy/prometheus/alerts.yml"), "- alert: ")[1:]
	require.NotEmpty(t, rules)
	for _, rule := range rules {
		name, _, _ := strings.Cut(rule, "\n")
		require.Contains(t, rule, "/"+page+"#"+strings.ToLower(name)+"\n", "the runbook_url of %s", name)
		require.True(t, strings.Contains(runbook, "\n## "+name+"\n"), "%s has no section ## %s", page, name)
		require.Regexp(t, `severity: (page|warn)}`, rule, name)
	}
}

// Who reads the Chinese words of an alert is led to the Chinese page, where there is one.
func TestChineseAlertsLinkToChinesePages(t *testing.T) {
	t.Parallel()
	atRoot()
	links := 0
	for _, words := range all(`(?m)^ +\w+_zh: "(.*)"$`, read(t, "deploy/prometheus/alerts.yml")) {
		for _, page := range all(`/blob/main/([^\s#"]+)`, words) {
			links++
			require.FileExists(t, page, words)
			chinese := "docs/zh/" + filepath.Base(page)
			if _, err := os.Stat(chinese); err == nil {
				require.Equal(t, chinese, page, words)
			}
		}
	}
	require.NotZero(t, links)
}

// The configuration is read where it is mounted in the compose file.
func TestPrometheusReadsItsConfiguration(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("promtool is not installed (Debian: apt-get install prometheus)")
	}
	dir := t.TempDir()
	for _, name := range []string{"prometheus.yml", "alerts.yml"} {
		text := strings.ReplaceAll(read(t, "deploy/prometheus/"+name), "/etc/prometheus/", dir+"/")
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	atRoot()
	out, err := exec.CommandContext(t.Context(), "promtool", "check", "config",
		filepath.Join(dir, "prometheus.yml")).CombinedOutput()
	require.NoError(t, err, string(out))
}
