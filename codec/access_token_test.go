package codec_test

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/codec"
)

const audience = "temporal-ui"

// issuer is an OpenID Connect issuer with one key, or after a rotation another one.
type issuer struct {
	url   string
	key   atomic.Pointer[rsa.PrivateKey]
	asked atomic.Int32
	keys  atomic.Int32 // how often the keys were asked for
	down  atomic.Bool
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{}
	i.rotate(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /realm/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.asked.Add(1)
		if i.down.Load() {
			http.Error(w, "maintenance", http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": i.url, "jwks_uri": i.url + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}})
	})
	mux.HandleFunc("GET /realm/keys", func(w http.ResponseWriter, _ *http.Request) {
		i.keys.Add(1)
		public := i.key.Load().PublicKey
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]string{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID(&public),
			"n": encode64(public.N.Bytes()), "e": encode64(big.NewInt(int64(public.E)).Bytes()),
		}}})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.url = server.URL + "/realm"
	return i
}

func (i *issuer) rotate(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return i.key.Swap(key)
}

func encode64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func keyID(key *rsa.PublicKey) string { return encode64(key.N.Bytes()[:8]) }

// claims of a person who may read, changed.
func (i *issuer) claims(changes map[string]any) map[string]any {
	claims := map[string]any{
		"iss": i.url, "aud": []string{"account", audience}, "sub": "operator-1", "iat": time.Now().Unix(),
		"exp":          time.Now().Add(time.Minute).Unix(),
		"roles":        []string{"reader", "wechat-operators"},
		"realm_access": map[string]any{"roles": []string{"nested-operators"}}, "https://example.com/role": "lead",
	}
	maps.Copy(claims, changes)
	return claims
}

func unsigned(t *testing.T, header, claims map[string]any) string {
	t.Helper()
	parts := make([]string, 0, 2)
	for _, part := range []any{header, claims} {
		encoded, err := json.Marshal(part)
		require.NoError(t, err)
		parts = append(parts, encode64(encoded))
	}
	return strings.Join(parts, ".")
}

func signed(t *testing.T, key *rsa.PrivateKey, claims map[string]any) string {
	t.Helper()
	content := unsigned(t, map[string]any{"alg": "RS256", "typ": "at+jwt", "kid": keyID(&key.PublicKey)}, claims)
	sum := sha256.Sum256([]byte(content))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	require.NoError(t, err)
	return content + "." + encode64(signature)
}

func (i *issuer) options(t *testing.T, claim string, log *bytes.Buffer) codec.HandlerOptions {
	t.Helper()
	tokens, err := codec.NewAccessTokens(codec.AccessTokensOptions{
		Issuer: i.url, Audience: audience, Claim: claim, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	require.NoError(t, err)
	return codec.HandlerOptions{Token: token, AccessTokens: tokens, Origin: uiOrigin}
}

func TestAccessTokens(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	hour := time.Hour
	at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	confused := func(t *testing.T) string { // signed with the public key as if it were a shared secret
		content := unsigned(t, map[string]any{"alg": "HS256", "kid": keyID(&i.key.Load().PublicKey)}, i.claims(nil))
		mac := hmac.New(sha256.New, x509.MarshalPKCS1PublicKey(&i.key.Load().PublicKey))
		mac.Write([]byte(content))
		return content + "." + encode64(mac.Sum(nil))
	}
	for _, tt := range []struct {
		name   string
		token  func(*testing.T) string
		status int
	}{
		{"right", func(t *testing.T) string { return signed(t, i.key.Load(), i.claims(nil)) }, http.StatusOK},
		{"one audience", func(t *testing.T) string {
			return signed(t, i.key.Load(), i.claims(map[string]any{"aud": audience}))
		}, http.StatusOK},
		{"the static token", func(*testing.T) string { return token }, http.StatusOK},
		{"another audience", func(t *testing.T) string {
			return signed(t, i.key.Load(), i.claims(map[string]any{"aud": "shop"}))
		}, http.StatusUnauthorized},
		{"no audience", func(t *testing.T) string { return signed(t, i.key.Load(), i.claims(map[string]any{"aud": nil})) },
			http.StatusUnauthorized},
		{"another issuer", func(t *testing.T) string {
			return signed(t, i.key.Load(), i.claims(map[string]any{"iss": "https://login.example.com"}))
		}, http.StatusUnauthorized},
		{"expired", func(t *testing.T) string { return signed(t, i.key.Load(), i.claims(map[string]any{"exp": at(-hour)})) },
			http.StatusUnauthorized},
		{"no expiry", func(t *testing.T) string { return signed(t, i.key.Load(), i.claims(map[string]any{"exp": nil})) },
			http.StatusUnauthorized},
		{"not yet", func(t *testing.T) string { return signed(t, i.key.Load(), i.claims(map[string]any{"nbf": at(hour)})) },
			http.StatusUnauthorized},
		{"another key", func(t *testing.T) string { return signed(t, foreign, i.claims(nil)) }, http.StatusUnauthorized},
		{"not signed", func(t *testing.T) string { return unsigned(t, map[string]any{"alg": "none"}, i.claims(nil)) + "." },
			http.StatusUnauthorized},
		{"public key as secret", confused, http.StatusUnauthorized},
		{"changed", func(t *testing.T) string {
			parts := strings.Split(signed(t, i.key.Load(), i.claims(nil)), ".")
			parts[1] = strings.Split(unsigned(t, nil, i.claims(map[string]any{"sub": "somebody else"})), ".")[1]
			return strings.Join(parts, ".")
		}, http.StatusUnauthorized},
		{"without the role", func(t *testing.T) string {
			return signed(t, i.key.Load(), i.claims(map[string]any{"roles": []string{"reader"}}))
		}, http.StatusForbidden},
		{"without roles", func(t *testing.T) string {
			return signed(t, i.key.Load(), i.claims(map[string]any{"roles": nil}))
		}, http.StatusForbidden},
		{"no token", func(*testing.T) string { return "" }, http.StatusUnauthorized},
		{"not a JWT", func(*testing.T) string { return "opaque" }, http.StatusUnauthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			_, url := setup(t, i.options(t, "roles=wechat-operators", &log))
			presented := tt.token(t)
			res, body := call(t, http.MethodPost, url+"/decode", "{}", map[string]string{"Authorization": "Bearer " + presented,
				"Origin": uiOrigin})
			require.Equal(t, tt.status, res.StatusCode, body)
			require.NotContains(t, body+log.String(), "operator-1")
			if presented != "" {
				require.NotContains(t, body+log.String(), presented)
			}
			require.Equal(t, tt.status == http.StatusUnauthorized, res.Header.Get("WWW-Authenticate") != "")
		})
	}
}

// Temporal UI sends the ID token along, which is what can be checked where access tokens are opaque.
func TestIdentityTokenBesideAnOpaqueAccessToken(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var log bytes.Buffer
	_, url := setup(t, i.options(t, "", &log))
	identity := signed(t, i.key.Load(), i.claims(map[string]any{"aud": audience}))
	for name, tt := range map[string]struct {
		access, identity string
		status           int
	}{
		"opaque":              {"ya29.opaque", identity, http.StatusOK},
		"neither":             {"ya29.opaque", "also.opaque", http.StatusUnauthorized},
		"no access token":     {"", identity, http.StatusUnauthorized},
		"of another audience": {signed(t, i.key.Load(), i.claims(map[string]any{"aud": "graph"})), identity, http.StatusOK},
		"identity of another": {"ya29.opaque", signed(t, i.key.Load(), i.claims(map[string]any{"aud": "shop"})),
			http.StatusUnauthorized},
		"access token is fine": {signed(t, i.key.Load(), i.claims(nil)), "opaque", http.StatusOK},
	} {
		res, _ := call(t, http.MethodPost, url+"/decode", "{}", map[string]string{"Authorization": "Bearer " + tt.access,
			"Authorization-Extras": tt.identity})
		require.Equal(t, tt.status, res.StatusCode, name)
	}
	res, _ := call(t, http.MethodOptions, url+"/decode", "",
		map[string]string{"Origin": uiOrigin,
			"Access-Control-Request-Headers": "authorization,authorization-extras,content-type,x-namespace"})
	require.Contains(t, res.Header.Get("Access-Control-Allow-Headers"), "Authorization-Extras")
}

func TestClaims(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	for claim, status := range map[string]int{
		"": http.StatusOK, "sub=operator-1": http.StatusOK, "roles=reader": http.StatusOK,
		"realm_access.roles=nested-operators": http.StatusOK, "https://example.com/role=lead": http.StatusOK,
		"roles=read": http.StatusForbidden, "realm_access=nested-operators": http.StatusForbidden,
		"realm_access.groups=nested-operators": http.StatusForbidden, "roles.deep=reader": http.StatusForbidden,
		"exp=1": http.StatusForbidden,
	} {
		t.Run(claim, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			_, url := setup(t, i.options(t, claim, &log))
			res, _ := call(t, http.MethodPost, url+"/decode", "{}",
				map[string]string{"Authorization": "Bearer " + signed(t, i.key.Load(), i.claims(nil))})
			require.Equal(t, status, res.StatusCode)
		})
	}
}

func TestKeysOfTheIssuerChange(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var log bytes.Buffer
	_, url := setup(t, i.options(t, "", &log))
	status := func(key *rsa.PrivateKey) int {
		res, _ := call(t, http.MethodPost, url+"/decode", "{}",
			map[string]string{"Authorization": "Bearer " + signed(t, key, i.claims(nil))})
		return res.StatusCode
	}
	require.Equal(t, http.StatusOK, status(i.key.Load()))
	i.rotate(t)
	require.Equal(t, http.StatusOK, status(i.key.Load()), "an unknown key is looked up")
	require.EqualValues(t, 1, i.asked.Load(), "where the keys are is asked once")
}

// TestInventedTokensDoNotTroubleTheIssuer: each names a key that nobody knows.
func TestInventedTokensDoNotTroubleTheIssuer(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var log bytes.Buffer
	_, url := setup(t, i.options(t, "", &log))
	status := func(key *rsa.PrivateKey) int {
		res, _ := call(t, http.MethodPost, url+"/decode", "{}",
			map[string]string{"Authorization": "Bearer " + signed(t, key, i.claims(nil))})
		return res.StatusCode
	}
	require.Equal(t, http.StatusOK, status(i.key.Load()))
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for range 50 {
		require.Equal(t, http.StatusUnauthorized, status(foreign))
	}
	require.LessOrEqual(t, i.keys.Load(), int32(4))
	require.Equal(t, http.StatusOK, status(i.key.Load()), "known keys need no issuer")
}

func TestIssuerThatIsDown(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.down.Store(true)
	var log bytes.Buffer
	_, url := setup(t, i.options(t, "", &log))
	for range 3 {
		res, body := call(t, http.MethodPost, url+"/decode", "{}",
			map[string]string{"Authorization": "Bearer " + signed(t, i.key.Load(), i.claims(nil))})
		require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
		require.NotContains(t, body, i.url)
	}
	require.EqualValues(t, 1, i.asked.Load(), "an issuer that is down is left alone for a while")
	require.Equal(t, 1, strings.Count(log.String(), "cannot be reached"))
	res, _ := call(t, http.MethodPost, url+"/decode", "{}", map[string]string{"Authorization": "Bearer " + token})
	require.Equal(t, http.StatusOK, res.StatusCode, "the static token needs no issuer")
}

func TestAccessTokensOnly(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var log bytes.Buffer
	o := i.options(t, "", &log)
	o.Token = ""
	_, url := setup(t, o)
	res, _ := call(t, http.MethodPost, url+"/decode", "{}", nil)
	require.Equal(t, http.StatusUnauthorized, res.StatusCode, "an issuer alone is a lock as well")
	res, _ = call(t, http.MethodPost, url+"/decode", "{}", map[string]string{"Authorization": "Bearer "})
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
}

func TestNewAccessTokens(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]codec.AccessTokensOptions{
		"no issuer":         {Audience: audience},
		"no audience":       {Issuer: "https://login.example.com"},
		"claim, no value":   {Issuer: "https://login.example.com", Audience: audience, Claim: "roles"},
		"claim, empty name": {Issuer: "https://login.example.com", Audience: audience, Claim: "=operators"},
	} {
		_, err := codec.NewAccessTokens(o)
		require.ErrorContains(t, err, "codec:", name)
	}
}
