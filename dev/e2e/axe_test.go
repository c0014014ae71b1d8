package e2e

import (
	"context"
	_ "embed"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// axe is axe-core 4.10.3 as Deque publishes it: https://github.com/dequelabs/axe-core. It knows the rules of WCAG.
//
//go:embed testdata/axe-core/axe.min.js
var axe string

// askAxe is an expression that returns every violation axe-core finds on the page, however minor, with its rule and
// element.
const askAxe = `axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations
	.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + ": " + n.html.slice(0, 160))))`

// violations returns what axe-core finds wrong with the page in a tab.
func violations(t *testing.T, tab context.Context) []string {
	t.Helper()
	there, err := chromedp.Run(tab, chromedp.Evaluate[bool](`typeof axe == "object"`))
	require.NoError(t, err)
	expression := askAxe
	if !there {
		expression = axe + ";" + askAxe
	}
	var answer struct {
		Result struct {
			Value []string `json:"value"`
		} `json:"result"`
		Exception map[string]any `json:"exceptionDetails"`
	}
	require.NoError(t, chromedp.Do(tab, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		call := map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}
		return target.Call(ctx, "Runtime.evaluate", call, &answer)
	})))
	require.Empty(t, answer.Exception)
	return answer.Result.Value
}

// TestAxeIsAsked: axe-core finds a violation.
func TestAxeIsAsked(t *testing.T) {
	t.Parallel()
	tab := browser(t)(320, 640)
	require.NoError(t, chromedp.Do(tab, chromedp.Navigate("data:text/html,<body><p style='color:%23bbb'>pale</p><input>"+
		"<img src='data:,'><button></button>")))
	found := map[string]bool{}
	for _, said := range violations(t, tab) {
		rule, _, _ := strings.Cut(said, ": ")
		found[rule] = true
	}
	for _, rule := range []string{
		"button-name", "color-contrast", "document-title", "html-has-lang", "image-alt", "label", "landmark-one-main",
		"region",
	} {
		require.True(t, found[rule], "%s is not among %v", rule, found)
	}
}
