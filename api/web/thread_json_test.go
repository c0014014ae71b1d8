package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// threadItem is a thread's item as a client reads it.
type threadItem struct {
	Text string
	HTML *string
}

// threadOf reads a thread as a client does.
func threadOf(t *testing.T, b *browser) []threadItem {
	t.Helper()
	res := b.get("/web/get?entity=ticket&id=71")
	require.Equal(t, http.StatusOK, res.StatusCode)
	var got struct{ Data struct{ Items []threadItem } }
	require.NoError(t, json.Unmarshal([]byte(res.body), &got))
	for _, item := range got.Data.Items {
		require.NotNil(t, item.HTML, item.Text)
	}
	return got.Data.Items
}

// A client that shows a thread itself gets each item's text, and as HTML the lines that the page shows.
func TestThreadAsHTML(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.said = []string{
		"one\ntwo & three 13800138000",
		`<p>see</p><p><a href="https://a.example/x?a=1&amp;b=2">the offer</a></p>`,
		"Which?\n[1] Yes\n[2] No",
	}
	b := f.signIn(alice)
	items := threadOf(t, b)
	var got []string
	for _, item := range items {
		got = append(got, *item.HTML)
	}
	require.Equal(t, []string{
		"It &lt;b&gt;squeals&lt;/b&gt;<br>loudly",
		`Please come tomorrow: <a href="https://a.example/way" rel="noopener noreferrer">the way</a>`,
		`one<br>two &amp; three <a href="tel:13800138000" rel="noopener noreferrer">13800138000</a>`,
		`see<br><a href="https://a.example/x?a=1&amp;b=2" rel="noopener noreferrer">the offer</a>`,
		"Which?<br>[1] Yes<br>[2] No",
	}, got)
	require.Equal(t, "It <b>squeals</b>\nloudly", items[0].Text, "the text stays a text")
	page := b.get("/web/tickets/71").body
	for _, line := range got[:3] {
		require.Contains(t, page, ">"+line+"</div>")
	}
}

// Whatever people write, the HTML has no element but line breaks and links, and no link but to the web or a telephone.
func TestThreadAsHTMLUnderAttack(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.backend.said = []string{
		`<script>alert(1)</script>`,
		`&lt;script&gt;alert(1)&lt;/script&gt;`,
		`<p>x</p><img src=x onerror=alert(1)>`,
		`a < b <svg/onload=alert(1)> c`,
		`<a href="javascript:alert(1)">x</a>`,
		`<p><a href=" &#106;avascript:alert(1)">x</a></p>`,
		`<a href="data:text/html,<script>alert(1)</script>">x</a>`,
		`[x](javascript:alert(1))`,
		`<a href="https://a.example/" onmouseover="alert(1)">x</a>`,
		`<p><a href="https://a.example/?q=&quot;onmouseover=&quot;alert(1)">x</a> y</p>`,
		`<p><a href='https://a.example/?q="><script>alert(1)</script>'>x</a> y</p>`,
		`https://a.example/'onmouseover='alert(1) and https://a.example/"onmouseover="alert(1)`,
		`<p><a href="https://a.example/">&lt;img src=x onerror=alert(1)&gt;</a> y</p>`,
		"https://a.example/\u2028<script>alert(1)</script>",
	}
	links := 0
	for _, item := range threadOf(t, f.signIn(alice)) {
		tokens := html.NewTokenizer(strings.NewReader(*item.HTML))
		for tokens.Next() != html.ErrorToken {
			token := tokens.Token()
			switch token.Type {
			case html.TextToken:
			case html.EndTagToken:
				require.Equal(t, "a", token.Data, *item.HTML)
			case html.StartTagToken:
				if token.Data == "br" {
					require.Empty(t, token.Attr, *item.HTML)
					continue
				}
				links++
				require.Equal(t, "a", token.Data, *item.HTML)
				require.Len(t, token.Attr, 2, *item.HTML)
				require.Equal(t, "href", token.Attr[0].Key)
				require.Regexp(t, "^(https?://|tel:)", token.Attr[0].Val, *item.HTML)
				require.Equal(t, html.Attribute{Key: "rel", Val: "noopener noreferrer"}, token.Attr[1])
			default:
				t.Errorf("%v in %s", token, *item.HTML)
			}
		}
	}
	require.Greater(t, links, 5, "links to the web stay")
}
