package operate_test

import (
	"bytes"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// Each view opens by a link of this very installation.
func TestViews(t *testing.T) {
	t.Parallel()
	found, err := operate.ViewsOf("https://ui.example/", "shop.a1b2", wording.English)
	require.NoError(t, err)
	require.Len(t, found.Views, 9)
	for _, view := range found.Views {
		link, err := url.Parse(view.Link)
		require.NoError(t, err)
		require.Equal(t, "/namespaces/shop.a1b2/workflows", link.Path)
		require.Equal(t, url.Values{"query": {view.Query}, "savedQuery": {view.Name}}, link.Query())
		require.NotContains(t, view.Link, "+")
	}
	require.Contains(t, found.Script, `const namespace = "shop.a1b2"`)

	var out bytes.Buffer
	require.NoError(t, found.WriteTable(&out))
	require.Contains(t, out.String(), "Needs attention  https://ui.example/namespaces/shop.a1b2/workflows?query=SyncState%20%3D%20")
	require.Contains(t, out.String(), found.Script)
}

// A namespace's name is a text of the script, whatever it is.
func TestViewsQuoteTheNamespace(t *testing.T) {
	t.Parallel()
	found, err := operate.ViewsOf("https://ui.example", `a"; alert(1); "</script>`, wording.English)
	require.NoError(t, err)
	require.Contains(t, found.Script, `const namespace = "a\"; alert(1); \"\u003c/script\u003e"`)
}
