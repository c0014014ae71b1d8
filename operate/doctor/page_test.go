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
		{"http://\x7f", "good", "the address cannot be used", Fail},
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

// A certificate that is about to end, or that no authority vouches for, is noticed before followers and C4C meet it.
func TestCertificateOfTheHostIsSeenFromOutside(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler()) // the page's answer has nothing to do with its certificate
	t.Cleanup(server.Close)
	until := server.Certificate().NotAfter
	look := func(o PageOptions) Finding {
		report := Examine(t.Context(), Page(o), 5*time.Second, nil)
		require.Len(t, report.Findings, 1)
		require.Equal(t, "certificate of the host", report.Findings[0].Check)
		return report.Findings[0]
	}
	at := func(before time.Duration) func() time.Time { return func() time.Time { return until.Add(-before) } }
	o := PageOptions{URL: server.URL, HTTPClient: server.Client(), Now: at(15 * 24 * time.Hour)}
	found := look(o)
	require.Equal(t, OK, found.Verdict, found)
	require.Contains(t, found.Detail, "valid until "+until.UTC().Format(time.DateTime))
	o.Now = at(13 * 24 * time.Hour)
	found = look(o)
	require.Equal(t, Warn, found.Verdict, found)
	require.Contains(t, found.Detail, "UTC only")
	require.Contains(t, found.Remedy, "Renew it")

	found = look(PageOptions{URL: server.URL})
	require.Equal(t, Fail, found.Verdict, "an authority that nobody knows")
	require.Contains(t, found.Detail, "certificate")
}
