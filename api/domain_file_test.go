package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
)

// at requests a path, exactly as given, on a host.
func (f *fixture) at(t *testing.T, method, host, path string) (int, http.Header, string) {
	t.Helper()
	req := httptest.NewRequest(method, "/", nil)
	var err error
	req.URL, err = url.ParseRequestURI(path)
	require.NoError(t, err)
	req.Host = host
	rec := httptest.NewRecorder()
	f.handler.ServeHTTP(rec, req)
	return rec.Code, rec.Header(), rec.Body.String()
}

func TestDomainFilesAreServedAtTheRoot(t *testing.T) {
	t.Parallel()
	f := setup(t, withPage, func(o *api.Options) {
		o.DomainFiles = []api.DomainFile{{Name: "MP_verify_a1B2.txt", Content: "a1B2"},
			{Name: "MP_verify_c3D4.txt", Content: "other"}}
	})
	for _, tt := range []struct {
		method, path string
		status       int
		body         string
	}{
		{http.MethodGet, "/MP_verify_a1B2.txt", http.StatusOK, "a1B2"},
		{http.MethodGet, "/MP_verify_c3D4.txt?a=b", http.StatusOK, "other"},
		{http.MethodHead, "/MP_verify_a1B2.txt", http.StatusOK, "a1B2"}, // net/http omits the body
		{http.MethodPost, "/MP_verify_a1B2.txt", http.StatusMethodNotAllowed, "method not allowed\n"},
		{http.MethodGet, "/MP_verify_unknown.txt", http.StatusNotFound, "not found\n"},
		{http.MethodGet, "/MP_verify_a1B2.txt/", http.StatusNotFound, "not found\n"},
		{http.MethodGet, "/MP_verify_A1B2.TXT", http.StatusNotFound, "not found\n"},
		{http.MethodGet, "/sub/MP_verify_a1B2.txt", http.StatusNotFound, "not found\n"},
		{http.MethodGet, "/../MP_verify_a1B2.txt", http.StatusNotFound, "not found\n"},
		{http.MethodGet, "/MP_verify_a1B2.txt/../../etc/passwd", http.StatusNotFound, "not found\n"},
		{http.MethodGet, "/MP_verify_..%2f..%2fetc%2fpasswd", http.StatusNotFound, "not found\n"},
		{http.MethodGet, "/MP_verify_a1B2.txt%00", http.StatusNotFound, "not found\n"},
		{http.MethodGet, "/MP_verify_*.txt", http.StatusNotFound, "not found\n"},
	} {
		status, header, body := f.at(t, tt.method, "service.example.com", tt.path)
		require.Equal(t, tt.status, status, tt.path)
		require.Equal(t, tt.body, body, tt.path)
		require.Equal(t, "text/plain; charset=UTF-8", header.Get("Content-Type"), tt.path)
	}
}

func TestDomainFilesBelongToTheirHost(t *testing.T) {
	t.Parallel()
	files := func(o *api.Options, code string) {
		o.DomainFiles = []api.DomainFile{{Name: "MP_verify_" + code + ".txt", Content: code}}
	}
	served := func(f *fixture, host, code string) bool {
		status, _, body := f.at(t, http.MethodGet, host, "/MP_verify_"+code+".txt")
		require.Equal(t, status == http.StatusOK, body == code, "%s %s: %d %q", host, code, status, body)
		return status == http.StatusOK
	}
	f := setupAccounts(t, func(shop, mall *api.Options) {
		withPage(shop)
		withPage(mall)
		mall.Web.URL = "https://mall.example.com"
		files(shop, "ofShop")
		files(mall, "ofMall")
	})
	require.True(t, served(f, "service.example.com", "ofShop"))
	require.False(t, served(f, "service.example.com", "ofMall"))
	require.True(t, served(f, "mall.example.com", "ofMall"))
	require.False(t, served(f, "mall.example.com", "ofShop"))

	f = setupAccounts(t, func(shop, mall *api.Options) {
		withPage(shop)
		files(shop, "ofShop")
		files(mall, "ofMall")
	})
	require.True(t, served(f, "service.example.com", "ofShop"))
	require.True(t, served(f, "service.example.com", "ofMall"), "an account without a page shares the first one's host")
}
