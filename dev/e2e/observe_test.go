package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// deploy is the folder of dashboards and alert rules.
const deploy = "../../deploy"

// query is a query of a dashboard or an alert.
type query struct{ where, text string }

// dashboardQueries reads the panels' queries.
func dashboardQueries(t *testing.T) []query {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(deploy, "grafana/dashboards/*.json"))
	require.NoError(t, err)
	require.Len(t, files, 3)
	uids := map[string]bool{}
	var all []query
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		var board struct {
			UID        string `json:"uid"`
			Templating struct {
				List []struct{ Type, Definition string }
			}
			Panels []struct {
				Title   string `json:"title"`
				Targets []struct{ Expr string }
			} `json:"panels"`
		}
		require.NoError(t, json.Unmarshal(content, &board), file)
		require.False(t, uids[board.UID], "two dashboards have the uid %s", board.UID)
		uids[board.UID] = true
		require.NotEmpty(t, board.Panels)
		for _, v := range board.Templating.List {
			if v.Type == "query" { // the choices are read from a metric
				metric, label, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(v.Definition, "label_values("), ")"), ", ")
				all = append(all, query{filepath.Base(file), "count by (" + label + ") (" + metric + ")"})
			}
		}
		for _, panel := range board.Panels {
			require.NotEmpty(t, panel.Targets, panel.Title)
			for _, target := range panel.Targets {
				text := strings.ReplaceAll(target.Expr, "$__rate_interval", "1m")
				all = append(all, query{filepath.Base(file) + ": " + panel.Title, text})
			}
		}
	}
	return all
}

// rules reads the alerts as Prometheus does, which checks expressions, durations and templates.
func rules(t *testing.T) []rulefmt.Rule {
	t.Helper()
	groups, problems := rulefmt.ParseFile(filepath.Join(deploy, "prometheus/alerts.yml"), false)
	require.Empty(t, problems)
	var all []rulefmt.Rule
	for _, group := range groups.Groups {
		all = append(all, group.Rules...)
	}
	require.NotEmpty(t, all)
	return all
}

// byPrometheus are metrics that Prometheus writes, not the connector.
var byPrometheus = map[string]bool{"up": true}

// Labels that Prometheus adds to what it scrapes.
var addedLabels = []string{"job", "instance", "le"}

// series holds the labels of each scraped metric.
type series map[string]map[string]bool

var sample = regexp.MustCompile(`(?m)^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? `)
var label = regexp.MustCompile(`([a-zA-Z_][a-zA-Z0-9_]*)="`)

func (s series) scrape(t *testing.T, addr string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/metrics", nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	for _, found := range sample.FindAllSubmatch(body, -1) {
		name := string(found[1])
		if s[name] == nil {
			s[name] = map[string]bool{}
		}
		for _, l := range label.FindAllSubmatch(found[2], -1) {
			s[name][string(l[1])] = true
		}
	}
}

// check returns an error that names the metrics or labels of a query that do not exist.
func (s series) check(text string) error {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return err
	}
	var names []string
	var problem error
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok || byPrometheus[selector.Name] {
			return nil
		}
		names = append(names, selector.Name)
		if s[selector.Name] == nil {
			problem = fmt.Errorf("there is no metric %s", selector.Name)
			return nil
		}
		for _, matcher := range selector.LabelMatchers {
			if name := matcher.Name; name != labels.MetricName && !s.hasLabel(selector.Name, name) {
				problem = fmt.Errorf("%s has no label %s", selector.Name, name)
			}
		}
		return nil
	})
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		aggregation, ok := node.(*parser.AggregateExpr)
		if !ok || aggregation.Without {
			return nil
		}
		for _, name := range aggregation.Grouping {
			if !slices.ContainsFunc(names, func(metric string) bool { return s.hasLabel(metric, name) }) && len(names) > 0 &&
				problem == nil {
				problem = fmt.Errorf("%v have no label %s", names, name)
			}
		}
		return nil
	})
	return problem
}

func (s series) hasLabel(metric, name string) bool {
	return s[metric][name] || slices.Contains(addedLabels, name)
}

// A dashboard that queries a missing metric shows nothing, and such an alert never fires: both look healthy.
func TestDashboardsAndAlertsNameWhatExists(t *testing.T) {
	t.Parallel()
	s := newStack(t, withSettings(func(c *config.Config) { c.TellNumber = true }))
	// A story that produces all metrics: a message, an answer, and failing calls.
	ticket := s.withTicket("oAlice")
	s.agentReplies(ticket.ID, "on my way", nil)
	s.waitForRead("oAlice", "on my way")
	s.c4c.faults(rule{Match: "SocialMediaActivityBundleMaintainRequestsync", Kind: "errcode", Errcode: 110, Times: 1})
	s.say("oAlice", "refused")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateNeedsAttention, 1)
	conversation := s.workflows(`WorkflowType = "Conversation"`)[0].GetExecution().GetWorkflowId()
	require.NoError(t, s.client.SignalWorkflow(t.Context(), conversation, "", workflows.SignalReport, "does not fit"))
	_, err := s.client.ExecuteWorkflow(t.Context(),
		client.StartWorkflowOptions{ID: "unknown", TaskQueue: workflows.TaskQueue}, "Unknown")
	require.NoError(t, err)
	defer func() { _ = s.client.TerminateWorkflow(context.WithoutCancel(t.Context()), "unknown", "", "test") }()

	got := series{}
	s.waitFor("the worker's count of open syncs", func() bool {
		got.scrape(t, s.Settings().InternalAddr)
		got.scrape(t, s.WorkerAddr())
		return got["wechat_c4c_syncs_open"] != nil && got["wechat_c4c_token_remaining_seconds"] != nil &&
			got["temporal_workflow_task_execution_failed_total"] != nil && got["temporal_corrupted_signals_total"] != nil
	})
	for _, q := range dashboardQueries(t) {
		require.NoError(t, got.check(q.text), "%s: %s", q.where, q.text)
	}
	for _, alert := range rules(t) {
		require.NoError(t, got.check(alert.Expr), "alert %s: %s", alert.Alert, alert.Expr)
		require.LessOrEqual(t, alert.For, model.Duration(30*60e9), alert.Alert)
	}
}

// The check itself must notice missing metrics and labels.
func TestChecksOfQueriesNotice(t *testing.T) {
	t.Parallel()
	s := series{"wechat_c4c_webhooks_total": {"sender": true}}
	for text, want := range map[string]string{
		`sum(rate(wechat_c4c_webhooks_total[5m]))`:                   "",
		`sum by (job) (rate(wechat_c4c_webhooks_total[5m]))`:         "",
		`sum(rate(wechat_c4c_webhook_total[5m]))`:                    "there is no metric wechat_c4c_webhook_total",
		`wechat_c4c_webhooks_total{result="ok"}`:                     "has no label result",
		`sum by (outcome) (rate(wechat_c4c_webhooks_total[5m]))`:     "have no label outcome",
		`sum(rate(wechat_c4c_webhooks_total[5m])`:                    "unclosed left parenthesis",
		`wechat_c4c_webhooks_total / on() vector(1)`:                 "",
		`up{job="x"} == 0 or absent(wechat_c4c_webhooks_total) == 1`: "",
	} {
		err := s.check(text)
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, want, text)
	}
}
