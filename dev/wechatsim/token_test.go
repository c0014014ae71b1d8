package wechatsim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func (r *rig) classic() string {
	r.t.Helper()
	q := url.Values{"grant_type": {"client_credential"}, "appid": {DefaultAppID}, "secret": {DefaultAppSecret}}
	_, data, _ := r.do(get, "/cgi-bin/token?"+q.Encode(), nil)
	var out reply
	require.NoError(r.t, json.Unmarshal(data, &out))
	token, _ := out["access_token"].(string)
	require.NotEmpty(r.t, token)
	return token
}

func (r *rig) codeOf(token string) int {
	r.t.Helper()
	return r.apiWith(token, get, "/cgi-bin/getcallbackip", nil).code()
}

func TestStableTokenNormalMode(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	first := r.stable(false)
	require.EqualValues(t, 7200, first["expires_in"])
	r.advance("100m")
	again := r.stable(false)
	require.Equal(t, first["access_token"], again["access_token"])
	require.InDelta(t, 1200, again["expires_in"], 2)

	r.advance("16m") // 4 minutes remain: it rotates, and both work
	next := r.stable(false)
	require.NotEqual(t, first["access_token"], next["access_token"])
	require.Zero(t, r.codeOf(first["access_token"].(string)))
	require.Zero(t, r.codeOf(next["access_token"].(string)))
	r.advance("5m")
	require.Equal(t, 42001, r.codeOf(first["access_token"].(string)))
}

func TestStableTokenForceRefresh(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	old := r.stable(false)["access_token"].(string)
	forced := r.stable(true)["access_token"].(string)
	require.NotEqual(t, old, forced)
	require.Equal(t, 40001, r.codeOf(old), "a forced refresh kills the old token at once")
	require.Equal(t, forced, r.stable(true)["access_token"], "closer than 30 s does not refresh")
	for range 19 {
		r.advance("31s")
		next := r.stable(true)["access_token"].(string)
		require.NotEqual(t, forced, next)
		forced = next
	}
	r.advance("31s")
	require.Equal(t, 45009, r.stable(true).code(), "the 21st of a day")
	require.Equal(t, forced, r.stable(false)["access_token"])
	r.advance("24h")
	require.Zero(t, r.stable(true).code())
}

func TestClassicTokenOverlapsAndIsIsolated(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	stable := r.stable(false)["access_token"].(string)
	first := r.classic()
	second := r.classic()
	require.NotEqual(t, first, second)
	require.Zero(t, r.codeOf(first))
	r.advance("5m1s")
	require.Equal(t, 40001, r.codeOf(first))
	require.Zero(t, r.codeOf(second))
	require.Zero(t, r.codeOf(stable), "the two token APIs do not touch each other")
	r.stable(true)
	require.Zero(t, r.codeOf(second))
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	body := func(change string, value any) map[string]any {
		in := map[string]any{"grant_type": "client_credential", "appid": DefaultAppID, "secret": DefaultAppSecret}
		in[change] = value
		return in
	}
	tests := []struct {
		name, method string
		body         any
		want         int
	}{
		{"grant type", post, body("grant_type", "x"), 40002},
		{"no appid", post, body("appid", ""), 41002},
		{"no secret", post, body("secret", ""), 41004},
		{"appid", post, body("appid", "wx1"), 40013},
		{"secret", post, body("secret", "wrong"), 40125},
		{"no json", post, "grant_type=client_credential", 47001},
		{"empty body", post, nil, 44002},
		{"method", get, nil, 43002},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, data, _ := r.do(tt.method, "/cgi-bin/stable_token", tt.body)
			var out reply
			require.NoError(t, json.Unmarshal(data, &out))
			require.Equal(t, tt.want, out.code())
		})
	}
	require.Equal(t, 41001, r.codeOf(""))
	require.Equal(t, 40014, r.codeOf("short"))
	require.Equal(t, 40001, r.codeOf("92_"+r.sim.text(133)))
	r.set(map[string]any{"secret_frozen": true})
	require.Equal(t, 40243, r.stable(false).code())
	r.set(map[string]any{"secret_frozen": false, "ip_whitelist": []string{"203.0.113.9"}})
	out := r.stable(false)
	require.Equal(t, 40164, out.code())
	require.Contains(t, out["errmsg"], "127.0.0.1")
}

func TestRevokedToken(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	dead := r.stable(false)["access_token"].(string)
	control[map[string]any](r, post, "/_sim/tokens/revoke", nil)
	require.Equal(t, 40001, r.codeOf(dead))
	fresh := r.stable(false)["access_token"].(string)
	require.NotEqual(t, dead, fresh)

	control[map[string]any](r, post, "/_sim/tokens/revoke", map[string]any{"sticky": true})
	require.Equal(t, fresh, r.stable(false)["access_token"], "sticky: normal mode repeats the dead token")
	require.Equal(t, 40001, r.codeOf(fresh))
	forced := r.stable(true)["access_token"].(string)
	require.Zero(t, r.codeOf(forced))
	require.Equal(t, forced, r.stable(false)["access_token"])
}

func TestQuota(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	const path = "/cgi-bin/getcallbackip"
	r.set(map[string]any{"quotas": map[string]int{path: 2}})
	require.Zero(t, r.api(get, path, nil).code())
	require.Zero(t, r.api(get, path, nil).code())
	require.Equal(t, 45009, r.api(get, path, nil).code())
	quota := r.api(post, "/cgi-bin/openapi/quota/get", map[string]any{"cgi_path": path})
	require.Equal(t, map[string]any{"daily_limit": 2.0, "used": 2.0, "remain": 0.0}, quota["quota"])
	require.Equal(t, 76021, r.api(post, "/cgi-bin/openapi/quota/get", map[string]any{"cgi_path": "/nothing"}).code())
	require.Equal(t, 40013, r.api(post, "/cgi-bin/clear_quota", map[string]any{"appid": "wx1"}).code())
	for range 10 {
		require.Zero(t, r.api(post, "/cgi-bin/clear_quota", map[string]any{"appid": DefaultAppID}).code())
	}
	require.Equal(t, 48006, r.api(post, "/cgi-bin/clear_quota", map[string]any{"appid": DefaultAppID}).code())
	require.Zero(t, r.api(get, path, nil).code())
}

func TestMethodsPathsAndPermissions(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	require.Equal(t, 43002, r.api(get, "/cgi-bin/message/custom/send", nil).code())
	require.Equal(t, 43001, r.api(post, "/cgi-bin/getcallbackip", nil).code())
	require.Equal(t, 40066, r.api(get, "/cgi-bin/no/such", nil).code())
	status, _, _ := r.do(get, "/elsewhere", nil)
	require.Equal(t, http.StatusNotFound, status)

	tests := []struct {
		path, method string
		body         any
		allowed      []AccountType
	}{
		{"/cgi-bin/getcallbackip", get, nil, []AccountType{SubscriptionUnverified, SubscriptionVerified, ServiceUnverified,
			ServiceVerified}},
		{"/cgi-bin/message/custom/send", post, map[string]any{}, []AccountType{SubscriptionVerified, ServiceVerified}},
		{"/cgi-bin/user/get", get, nil, []AccountType{SubscriptionVerified, ServiceVerified}},
		{"/cgi-bin/media/get", get, nil, []AccountType{SubscriptionVerified, ServiceVerified}},
		{"/cgi-bin/menu/get", get, nil, []AccountType{SubscriptionVerified, ServiceUnverified, ServiceVerified}},
		{"/cgi-bin/menu/addconditional", post, map[string]any{}, []AccountType{SubscriptionVerified, ServiceVerified}},
		{"/cgi-bin/qrcode/create", post, map[string]any{}, []AccountType{ServiceVerified}},
		{"/cgi-bin/message/template/send", post, map[string]any{}, []AccountType{ServiceVerified}},
		{"/sns/oauth2/access_token", get, nil, []AccountType{ServiceVerified}},
	}
	for _, account := range []AccountType{SubscriptionUnverified, SubscriptionVerified, ServiceUnverified,
		ServiceVerified} {
		r.set(map[string]any{"account_type": account})
		for _, tt := range tests {
			refused := r.api(tt.method, tt.path, tt.body).code() == 48001
			permitted := false
			for _, a := range tt.allowed {
				permitted = permitted || a == account
			}
			require.Equal(t, !permitted, refused, "%s as %s", tt.path, account)
		}
	}
}
