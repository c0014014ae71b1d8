package deploy_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// dashboard is what a test needs of a dashboard as Grafana loads it.
type dashboard struct {
	Templating struct{ List []variable }
	Panels     []struct {
		Title      string
		Datasource struct{ UID string }
		Targets    []struct {
			Expr       string
			Datasource struct{ UID string }
		}
	}
}

type variable struct {
	Name, Label, Type, Definition, AllValue string
	Query                                   any
	IncludeAll, Multi                       bool
}

// withoutAccount are the metrics without an account: of a process, or of what is measured before the account is known.
var withoutAccount = []string{
	"wechat_c4c_spool_waiting", "wechat_c4c_spool_age_seconds", "wechat_c4c_webhook_duration_seconds_bucket",
	"wechat_c4c_webhook_age_seconds_bucket",
}

// One Grafana shows several installations: each panel asks the data source, the account, the namespace of Temporal and
// the job that are chosen. All of them, unless somebody chooses.
func TestDashboardsAskForWhatIsChosen(t *testing.T) {
	t.Parallel()
	atRoot()
	files, err := filepath.Glob("deploy/grafana/dashboards/*.json")
	require.NoError(t, err)
	require.Len(t, files, 3)
	for _, file := range files {
		var board dashboard
		require.NoError(t, json.Unmarshal([]byte(read(t, file)), &board), file)
		offered := map[string]variable{}
		for _, v := range board.Templating.List {
			require.NotEmpty(t, v.Label, "%s: %s", file, v.Name)
			offered[v.Name] = v
			if v.Type == "datasource" {
				require.Equal(t, "prometheus", v.Query, file)
				continue
			}
			require.True(t, v.IncludeAll && v.Multi, "%s: %s", file, v.Name)
			require.Regexp(t, `^label_values\(.+, `+v.Name+`\)$`, v.Definition, file)
			require.Contains(t, []string{".*", "wechat-c4c.*"}, v.AllValue, "%s: all of %s", file, v.Name)
		}
		require.Equal(t, "datasource", offered["datasource"].Type, file)
		asked := map[string]bool{}
		for _, panel := range board.Panels {
			require.Equal(t, "${datasource}", panel.Datasource.UID, "%s: %s", file, panel.Title)
			for _, target := range panel.Targets {
				require.Equal(t, "${datasource}", target.Datasource.UID, "%s: %s", file, panel.Title)
				for _, name := range all(`=~"\$([a-z]+)"`, target.Expr) {
					require.Contains(t, offered, name, "%s: %s", file, panel.Title)
					asked[name] = true
				}
				for _, selector := range all(`((?:wechat_c4c|temporal|process|go)_[a-z_]+(?:\{[^}]*\})?)`, target.Expr) {
					require.NoError(t, chosen(selector), "%s: %s", file, panel.Title)
				}
			}
		}
		for name := range offered {
			require.True(t, asked[name] || name == "datasource", "%s: no panel asks for %s", file, name)
		}
	}
	require.Error(t, chosen(`wechat_c4c_syncs_open{job=~"$job"}`), "a panel that shows all accounts is noticed")
}

// chosen says which choice a selector leaves out.
func chosen(selector string) error {
	metric, _, _ := strings.Cut(selector, "{")
	wanted := []string{`job=~"$job"`}
	switch {
	case strings.HasPrefix(metric, "temporal_"):
		wanted = append(wanted, `namespace=~"$namespace"`)
	case strings.HasPrefix(metric, "wechat_c4c_") && !slices.Contains(withoutAccount, metric):
		wanted = append(wanted, `account=~"$account"`)
	}
	for _, matcher := range wanted {
		if !strings.Contains(selector, matcher) {
			return fmt.Errorf("%s leaves out %s", selector, matcher)
		}
	}
	return nil
}
