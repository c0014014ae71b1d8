package c4csim

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTokensAreHardToGet: a request that is not exactly right is refused in the words of RFC 6749, and OData accepts
// only issued tokens.
func TestTokensAreHardToGet(t *testing.T) {
	t.Parallel()
	sim := New(Options{OAuth: &OAuthClient{ID: "_client", Secret: "secret", Scope: "S", Issuer: "idp", User: "U",
		Alone: true}})
	server := httptest.NewServer(sim)
	t.Cleanup(func() { require.NoError(t, sim.Close()); server.Close() })
	right := url.Values{"grant_type": {samlBearer}, "client_id": {"_client"}, "scope": {"S"},
		"assertion": {base64.RawURLEncoding.EncodeToString([]byte("<x/>"))}}
	for _, tt := range []struct {
		name, secret, field, value, code string
		status                           int
	}{
		{"a wrong secret", "guess", "", "", "invalid_client", 401},
		{"another grant", "secret", "grant_type", "client_credentials", "unsupported_grant_type", 400},
		{"another client", "secret", "client_id", "_other", "invalid_request", 400},
		{"another scope", "secret", "scope", "ALL", "invalid_scope", 400},
		{"no assertion", "secret", "assertion", "", "invalid_grant", 400},
		{"no Base64", "secret", "assertion", "%%", "invalid_grant", 400},
		{"unsigned", "secret", "", "", "invalid_grant", 400},
	} {
		form := url.Values{}
		for name := range right {
			form.Set(name, right.Get(name))
		}
		if tt.field != "" {
			form.Set(tt.field, tt.value)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+oauthPath,
			strings.NewReader(form.Encode()))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth("_client", tt.secret)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, tt.status, res.StatusCode, tt.name)
	}
	for _, proof := range []string{"Bearer guess", "Bearer ",
		"Basic " + base64.StdEncoding.EncodeToString([]byte(DevUser+":"+DevPassword))} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
			server.URL+"/sap/c4c/odata/v1/c4codataapi/IndividualCustomerCollection?$format=json", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", proof)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, http.StatusUnauthorized, res.StatusCode, proof)
	}
}
