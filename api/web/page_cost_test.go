package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFirstView prints the cost of the first view on a slow network.
func TestFirstView(t *testing.T) {
	t.Parallel()
	b := setup(t).signIn(alice)
	home := b.get("/web/")
	total, requests := len(home.body), 1
	for _, asset := range regexp.MustCompile(`"(/web/assets/[^"]+)"`).FindAllStringSubmatch(home.body, -1) {
		res := b.get(asset[1])
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Regexp(t, `\.[0-9a-f]{16}\.(css|js)$`, asset[1])
		require.Contains(t, res.Header.Get("Cache-Control"), "immutable")
		total, requests = total+len(res.body), requests+1
		if strings.HasSuffix(asset[1], ".js") {
			require.Less(t, strings.Count(res.body, "\n"), 500)
		}
	}
	t.Logf("the first view has %d bytes in %d requests", total, requests)
	require.Less(t, total, 50_000)
	require.Equal(t, 3, requests)
}

// pageBudget is the server's time limit for a page.
const pageBudget = 5 * time.Millisecond

// BenchmarkPages measures the server's time for each page, without C4C's, and its share of the budget.
func BenchmarkPages(b *testing.B) {
	f := setup(b)
	f.backend.long = 100
	for _, path := range []string{
		"/web/", "/web/new", "/web/tickets", "/web/tickets/71", "/web/account", "/web/privacy",
		"/web/received?key=ABCDEFGHIJKLMNOP",
		"/web/get?entity=ticket&id=71", "/web/assets/" + cssName(b, f),
	} {
		b.Run(path, func(b *testing.B) {
			signed := f.signIn(alice)
			req := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
			for _, cookie := range signed.client.Jar.Cookies(mustURL(b, f.url)) {
				req.AddCookie(cookie)
			}
			for b.Loop() {
				f.advance(200 * time.Millisecond) // the rate that one follower is allowed
				res := httptest.NewRecorder()
				f.echo.ServeHTTP(res, req)
				if res.Code != http.StatusOK {
					b.Fatal(res.Code)
				}
			}
			each := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(each)/float64(pageBudget), "of-5ms")
		})
	}
}

func cssName(t testing.TB, f *fixture) string {
	t.Helper()
	name := regexp.MustCompile(`/web/assets/(page\.[0-9a-f]+\.css)`).FindStringSubmatch(f.signIn(alice).get("/web/").body)
	require.Len(t, name, 2)
	return name[1]
}

func mustURL(t testing.TB, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u
}
