package doctor

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDomainFilesAreFetchedFromOutside(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/MP_verify_good.txt":
			fmt.Fprint(w, "good")
		case "/MP_verify_page.txt":
			fmt.Fprint(w, "<html>welcome</html>")
		case "/MP_verify_moved.txt":
			http.Redirect(w, r, "/MP_verify_good.txt", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, tt := range []struct {
		url, code, detail string
		verdict           Verdict
	}{
		{server.URL, "good", "served at " + server.URL + "/MP_verify_good.txt", OK},
		{server.URL + "/", "good", "served at " + server.URL + "/MP_verify_good.txt", OK},
		{server.URL, "page", "other content than the setting says (20 bytes instead of 4)", Fail},
		{server.URL, "moved", "leads elsewhere (status 302)", Fail},
		{server.URL, "missing", "answers 404", Fail},
		{gone.URL, "good", "cannot be fetched", Fail},
		{"https://\x7f", "good", "the address cannot be used", Fail},
	} {
		t.Run(tt.detail, func(t *testing.T) {
			t.Parallel()
			checks := Page(PageOptions{URL: tt.url, Files: map[string]string{"MP_verify_" + tt.code + ".txt": tt.code}})
			report := Examine(t.Context(), checks, 5*time.Second, nil)
			require.Len(t, report.Findings, 1)
			found := report.Findings[0]
			require.Equal(t, tt.verdict, found.Verdict, found)
			require.Contains(t, found.Detail, tt.detail)
			require.Equal(t, tt.verdict == Fail, found.Remedy != "")
			require.Equal(t, SystemPage, found.System)
		})
	}
	require.Empty(t, Page(PageOptions{URL: server.URL}))
	require.Empty(t, Page(PageOptions{Files: map[string]string{"MP_verify_good.txt": "good"}}))
}
