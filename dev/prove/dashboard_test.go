package prove

import (
	"encoding/json"
	"fmt"
	"html"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// board is a dashboard as Grafana loads it.
type board struct {
	Title  string  `json:"title"`
	Panels []panel `json:"panels"`
}

type panel struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	GridPos struct{ X, Y, W, H int }
	Targets []struct {
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
	} `json:"targets"`
	FieldConfig struct{ Defaults struct{ Unit string } }
	lines       []drawn
}

// drawn is a panel's line with its legend.
type drawn struct {
	line
	legend string
}

// quiet lists the panels that stay empty in normal operation.
var quiet = map[string]bool{"WeChat's quotas used up": true}

// A real Prometheus scrapes the processes, loads the alert rules, and answers every panel's query with values. Where
// SCREENSHOTS names a folder, the answers are drawn there: by this test, because Grafana is in no package of Debian.
func TestDashboardsShowTheConnector(t *testing.T) {
	l := newLandscape(t, "")
	api := l.start("api", l.binary, nil, "api")
	workers := fleet{}
	targets := map[string][]string{"wechat-c4c-api": {variable(api.env, "WECHAT_C4C_INTERNAL_ADDR")},
		"temporal": {l.metrics}}
	for _, role := range []string{"workflows", "wechat", "c4c"} {
		workers[role] = l.start("worker "+role, l.binary, nil, "worker", "--role", role)
		targets["wechat-c4c-worker"] = append(targets["wechat-c4c-worker"],
			variable(workers[role].env, "WECHAT_C4C_INTERNAL_ADDR"))
	}
	p := startPrometheus(t, targets)
	began := time.Now()
	l.tellAStory(p, api, workers)
	ended := time.Now()

	bad, rules := p.unhealthy()
	require.Empty(t, bad)
	require.Positive(t, rules)
	var rows [][]string
	files, err := filepath.Glob(filepath.Join(root, "deploy/grafana/dashboards/*.json"))
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		var b board
		require.NoError(t, json.Unmarshal(content, &b))
		series := 0
		for i := range b.Panels {
			b.Panels[i].ask(p, began, ended)
			series += len(b.Panels[i].lines)
			require.True(t, quiet[b.Panels[i].Title] || len(b.Panels[i].lines) > 0, "%s: %s shows nothing", b.Title,
				b.Panels[i].Title)
		}
		rows = append(rows, []string{b.Title, fmt.Sprint(len(b.Panels)), fmt.Sprint(series)})
		b.draw(t, strings.TrimSuffix(filepath.Base(file), ".json"), began, ended)
	}
	publish(fmt.Sprintf("Dashboards and a real Prometheus, which loads %d alert rules", rules),
		[]string{"dashboard", "panels", "lines in them"}, rows)
}

// tellAStory fills a minute with everything that the panels show: traffic, a temporary failure of C4C, a killed worker,
// a used-up window, a message that C4C refuses.
func (l *landscape) tellAStory(p prometheus, api *service, workers fleet) {
	l.t.Helper()
	for _, s := range workers {
		s.ready()
	}
	api.ready()
	f := l.follow(6)
	f.during(60)
	l.c4c.call(http.MethodPost, "/faults",
		map[string]any{"seed": 1,
			"rules": []map[string]any{{"match": "/sap", "kind": "http", "status": 503, "probability": 0.7}}}, nil)
	f.during(60)
	l.c4c.call(http.MethodPost, "/faults", map[string]any{"seed": 1, "rules": []map[string]any{
		{"match": "SocialMediaActivityBundleMaintainRequestsync", "kind": "errcode", "errcode": 110, "times": 2},
	}}, nil)
	f.during(60)
	workers["c4c"].kill()
	workers["c4c"].ready()
	f.during(90)
	for range 8 { // more than the window allows
		l.c4c.call(http.MethodPost, "/tickets/"+l.tickets()[0].ID+"/replies",
			map[string]any{"text": "answer", "author_name": "Chen Li"}, nil)
	}
	parked := fmt.Sprintf("wechat_c4c_syncs_open{state=%q} > 0", workflows.StateNeedsAttention)
	untilEvery(l.t, time.Second, patience, func() string { return "Prometheus answers " + parked }, func() bool {
		now := time.Now()
		return len(p.between(parked, now.Add(-2*time.Second), now)) > 0
	})
	f.stop()
}

// chosenByNobody matches the variables of a dashboard; without a choice they mean "all".
var chosenByNobody = regexp.MustCompile(`"\$[a-z]+"`)

// ask queries a panel's lines as Grafana would.
func (p *panel) ask(from prometheus, began, ended time.Time) {
	for _, target := range p.Targets {
		asked := chosenByNobody.ReplaceAllString(strings.ReplaceAll(target.Expr, "$__rate_interval", rateInterval), `".*"`)
		for _, found := range from.between(asked, began, ended) {
			legend := regexp.MustCompile(`\{\{(\w+)\}\}`).ReplaceAllStringFunc(target.LegendFormat, func(name string) string {
				return found.Metric[strings.Trim(name, "{}")]
			})
			p.lines = append(p.lines, drawn{found, strings.TrimSpace(legend)})
		}
	}
	slices.SortFunc(p.lines, func(a, b drawn) int { return strings.Compare(a.legend, b.legend) })
}

// draw takes a picture of the board if pictures are wanted.
func (b board) draw(t *testing.T, name string, began, ended time.Time) {
	t.Helper()
	folder := os.Getenv("SCREENSHOTS")
	chromium, err := exec.LookPath("chromium")
	if folder == "" || err != nil {
		return
	}
	const column, row = 56, 30
	var page strings.Builder
	page.WriteString(
		`<!doctype html><meta charset="utf-8"><style>body{margin:0;background:#f4f5f5;font:12px sans-serif;color:#24292e}` +
			`h1{font-size:16px;margin:12px 14px 4px}.p{position:absolute;background:#fff;border:1px solid #d8d9da;border-radius:3px;box-sizing:border-box;padding:6px 8px;overflow:hidden}` +
			`.t{font-weight:600}.l{font-size:10px;line-height:13px;overflow:hidden;height:26px}.s{display:inline-block;margin-right:24px;font-size:26px;margin-top:14px}.s small{font-size:11px;display:block;color:#6e7276}</style>`)
	fmt.Fprintf(&page, "<h1>%s</h1>", html.EscapeString(b.Title))
	height := 0
	for _, p := range b.Panels {
		g := p.GridPos
		height = max(height, (g.Y+g.H)*row)
		fmt.Fprintf(&page, `<div class="p" style="left:%dpx;top:%dpx;width:%dpx;height:%dpx"><div class="t">%s</div>%s</div>`,
			8+g.X*column, 36+g.Y*row, g.W*column-6, g.H*row-6, html.EscapeString(p.Title),
			p.content(g.W*column-22, g.H*row-64, began, ended))
	}
	file := filepath.Join(t.TempDir(), name+".html")
	require.NoError(t, os.WriteFile(file, []byte(page.String()), 0o600))
	picture := filepath.Join(folder, "dashboard_"+name+".png")
	out, err := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu",
		"--hide-scrollbars", "--user-data-dir="+t.TempDir(),
		fmt.Sprintf("--window-size=%d,%d", 24*column+16, height+44), "--screenshot="+picture, "file://"+file).CombinedOutput()
	require.NoError(t, err, string(out))
}

var colours = []string{"#3274d9", "#e0752d", "#37872d", "#c4162a", "#8f3bb8", "#b8860b", "#1f78c1", "#0a8a8a",
	"#c15c17", "#6d1f62"}

// content returns a panel's figures or lines as HTML.
func (p panel) content(width, height int, began, ended time.Time) string {
	var out strings.Builder
	if p.Type == "stat" {
		for _, l := range p.lines {
			_, value := l.point(len(l.Values) - 1)
			fmt.Fprintf(&out, `<span class="s">%s<small>%s</small></span>`, shown(value, p.FieldConfig.Defaults.Unit),
				html.EscapeString(l.legend))
		}
		return out.String()
	}
	top := 0.0
	for _, l := range p.lines {
		for i := range l.Values {
			if _, value := l.point(i); !math.IsNaN(value) && !math.IsInf(value, 0) {
				top = max(top, value)
			}
		}
	}
	top = max(top*1.1, 1e-9)
	span := ended.Sub(began).Seconds()
	fmt.Fprintf(&out, `<svg width="%d" height="%d" style="display:block;margin-top:3px">`, width, height)
	for i := range 3 {
		y := float64(height-2) * float64(i) / 2
		fmt.Fprintf(&out,
			`<line x1="0" x2="%d" y1="%.1f" y2="%.1f" stroke="#e4e5e6"/><text x="0" y="%.1f" font-size="9" fill="#6e7276">%s</text>`,
			width, y+1, y+1, math.Max(9, y-2), shown(top*(1-float64(i)/2), p.FieldConfig.Defaults.Unit))
	}
	var legend strings.Builder
	for n, l := range p.lines {
		colour := colours[n%len(colours)]
		var path strings.Builder
		move := "M"
		for i := range l.Values {
			at, value := l.point(i)
			if math.IsNaN(value) || math.IsInf(value, 0) {
				move = "M"
				continue
			}
			fmt.Fprintf(&path, "%s%.1f %.1f", move, (at-float64(began.Unix()))/span*float64(width),
				float64(height-1)-value/top*float64(height-2))
			move = "L"
		}
		fmt.Fprintf(&out, `<path d="%s" fill="none" stroke="%s" stroke-width="1.3"/>`, path.String(), colour)
		fmt.Fprintf(&legend, `<span style="color:%s">▬ %s</span>&ensp;`, colour, html.EscapeString(l.legend))
	}
	fmt.Fprintf(&out, `</svg><div class="l">%s</div>`, legend.String())
	return out.String()
}

// shown writes a value with its unit.
func shown(value float64, unit string) string {
	number := func(v float64) string { return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".") }
	switch {
	case unit == "bytes":
		return number(value/1e6) + " MB"
	case unit == "s" && value < 1:
		return number(value*1000) + " ms"
	case unit == "s" && value >= 120:
		return number(value/60) + " min"
	case unit == "s":
		return number(value) + " s"
	case unit == "reqps", unit == "ops":
		return number(value) + "/s"
	}
	return number(value)
}

func TestShown(t *testing.T) {
	t.Parallel()
	for want, given := range map[string]struct {
		value float64
		unit  string
	}{
		"33 MB": {33e6, "bytes"}, "250 ms": {0.25, "s"}, "1.5 s": {1.5, "s"}, "110 min": {6600, "s"}, "0.5/s": {0.5, "reqps"},
		"7": {7, "short"},
	} {
		require.Equal(t, want, shown(given.value, given.unit))
	}
}
