package wechatsim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func authorizePath(redirect, scope, state string) string {
	return "/connect/oauth2/authorize?appid=" + DefaultAppID + "&redirect_uri=" + url.QueryEscape(redirect) +
		"&response_type=code&scope=" + scope + "&state=" + state
}

// codeFrom reads the code out of a redirect.
func codeFrom(t *testing.T, header http.Header) (code, state string) {
	t.Helper()
	target, err := url.Parse(header.Get("Location"))
	require.NoError(t, err)
	return target.Query().Get("code"), target.Query().Get("state")
}

func (r *rig) hold(openid string) {
	r.t.Helper()
	control[map[string]any](r, post, "/_sim/holder", map[string]any{"openid": openid})
}

func (r *rig) sns(path string, query url.Values) reply {
	r.t.Helper()
	status, data, _ := r.do(get, path+"?"+query.Encode(), nil)
	require.Equal(r.t, http.StatusOK, status)
	var out reply
	require.NoError(r.t, json.Unmarshal(data, &out))
	return out
}

func (r *rig) exchange(code string) reply {
	r.t.Helper()
	return r.sns("/sns/oauth2/access_token", url.Values{
		"appid": {DefaultAppID}, "secret": {DefaultAppSecret}, "code": {code}, "grant_type": {"authorization_code"},
	})
}

func TestOAuthBase(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.hold(anna)
	status, _, header := r.do(get, authorizePath("http://127.0.0.1:8080/web/?a=1", scopeBase, "st4te"), nil)
	require.Equal(t, http.StatusFound, status)
	require.True(t, strings.HasPrefix(header.Get("Location"), "http://127.0.0.1:8080/web/?a=1&code="))
	code, state := codeFrom(t, header)
	require.Equal(t, "st4te", state)

	token := r.exchange(code)
	require.Equal(t, anna, token["openid"])
	require.Equal(t, scopeBase, token["scope"])
	require.NotContains(t, token, "is_snapshotuser")
	require.Equal(t, 40163, r.exchange(code).code(), "a code works once")
	require.Equal(t, 40029, r.exchange("nonsense").code())
	require.Equal(t, 41008, r.exchange("").code())
	access := url.Values{"access_token": {token["access_token"].(string)}, "openid": {anna}}
	require.Equal(t, 48001, r.sns("/sns/userinfo", access).code(), "base scope has no profile")
	require.Zero(t, r.sns("/sns/auth", access).code())
	access.Set("openid", "oOther")
	require.Equal(t, 40003, r.sns("/sns/auth", access).code())
	require.Equal(t, 40001, r.apiWith(token["access_token"].(string)+strings.Repeat("x", 40), get,
		"/cgi-bin/getcallbackip", nil).code())
}

func TestOAuthConsent(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	control[summary](r, "PATCH", "/_sim/followers/"+anna, map[string]any{"nickname": "安<娜>"})
	r.hold(anna)
	path := authorizePath("http://127.0.0.1:8080/web/", scopeUserInfo, "s")
	status, page, header := r.do(get, path, nil)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, header.Get("Content-Type"), "text/html")
	require.Contains(t, string(page), "安&lt;娜&gt;")
	_, query, _ := strings.Cut(path, "?")
	decide := func(decision string) http.Header {
		form := url.Values{"query": {query}, "openid": {anna}, "decision": {decision}}
		status, _, header := r.do(post, "/connect/oauth2/confirm", form.Encode())
		require.Equal(t, http.StatusFound, status)
		return header
	}
	code, state := codeFrom(t, decide("deny"))
	require.Empty(t, code)
	require.Equal(t, "s", state)
	code, _ = codeFrom(t, decide("allow"))
	token := r.exchange(code)
	profile := r.sns("/sns/userinfo", url.Values{"access_token": {token["access_token"].(string)}, "openid": {anna}})
	require.Equal(t, "安<娜>", profile["nickname"])

	renewed := r.sns("/sns/oauth2/refresh_token", url.Values{"appid": {DefaultAppID}, "grant_type": {"refresh_token"},
		"refresh_token": {token["refresh_token"].(string)}})
	require.Equal(t, anna, renewed["openid"])
	require.NotEqual(t, token["access_token"], renewed["access_token"])
	r.advance("2h1s")
	require.Equal(t, 42001,
		r.sns("/sns/auth", url.Values{"access_token": {token["access_token"].(string)}, "openid": {anna}}).code())
	r.advance("720h")
	require.Equal(t, 42002,
		r.sns("/sns/oauth2/refresh_token", url.Values{"appid": {DefaultAppID}, "grant_type": {"refresh_token"},
			"refresh_token": {token["refresh_token"].(string)}}).code())
	require.Equal(t, 40030,
		r.sns("/sns/oauth2/refresh_token", url.Values{"appid": {DefaultAppID}, "grant_type": {"refresh_token"},
			"refresh_token": {"x"}}).code())
}

func TestOAuthCodeExpiresAndSnapshot(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.hold(anna)
	_, _, header := r.do(get, authorizePath("http://127.0.0.1/", scopeBase, ""), nil)
	code, _ := codeFrom(t, header)
	r.advance("5m")
	require.Equal(t, 42003, r.exchange(code).code())

	r.set(map[string]any{"snapshot_user": true})
	_, query, _ := strings.Cut(authorizePath("http://127.0.0.1/", scopeUserInfo, "s"), "?")
	_, _, header = r.do(post, "/connect/oauth2/confirm", url.Values{"query": {query}, "openid": {anna},
		"decision": {"allow"}}.Encode())
	code, _ = codeFrom(t, header)
	token := r.exchange(code)
	require.EqualValues(t, 1, token["is_snapshotuser"])
	require.NotEqual(t, anna, token["openid"])
}

func TestAuthorizeErrorsArePages(t *testing.T) {
	t.Parallel()
	good := authorizePath("http://127.0.0.1/", scopeBase, "s")
	tests := []struct {
		name, path, want string
		account          AccountType
	}{
		{"order", strings.Replace(good, "?appid="+DefaultAppID+"&", "?", 1) + "&appid=" + DefaultAppID, "10013",
			ServiceVerified},
		{"appid", strings.Replace(good, DefaultAppID, "wx1", 1), "10013", ServiceVerified},
		{"scope", strings.Replace(good, scopeBase, "all", 1), "10005", ServiceVerified},
		{"state", good + "%3C", "10013", ServiceVerified},
		{"foreign host", authorizePath("http://evil.example/", scopeBase, "s"), "10003", ServiceVerified},
		{"account type", good, "10005", SubscriptionVerified},
		{"nobody's phone", good, "10004", ServiceVerified},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, Options{AccountType: tt.account})
			status, page, header := r.do(get, tt.path, nil)
			require.Equal(t, http.StatusOK, status)
			require.Contains(t, string(page), tt.want)
			require.Empty(t, header.Get("Location"))
		})
	}
}

func TestAuthorizeKnowsThePhone(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	path := authorizePath("http://127.0.0.1/", scopeBase, "s")
	_, page, _ := r.do(get, path, nil)
	require.Contains(t, string(page), anna, "nobody in particular: the page asks whose phone it is")
	for _, by := range []string{"cookie", "header", "choice"} {
		target := path
		if by == "choice" {
			target += "&openid=" + anna
		}
		req, err := http.NewRequestWithContext(t.Context(), get, r.url+target, nil)
		require.NoError(t, err)
		switch by {
		case "cookie":
			req.AddCookie(&http.Cookie{Name: holderCookie, Value: anna})
		case "header":
			req.Header.Set("X-Sim-Openid", anna)
		}
		res, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		code, _ := codeFrom(t, res.Header)
		require.Equal(t, anna, r.exchange(code)["openid"], by)
	}
	r.set(map[string]any{"oauth_domain": "shop.example"})
	_, page, _ = r.do(get, path, nil)
	require.Contains(t, string(page), "10003")
}

func TestScriptTicket(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	first := r.api(get, "/cgi-bin/ticket/getticket?type=jsapi", nil)
	require.Equal(t, "ok", first["errmsg"])
	require.Equal(t, first["ticket"], r.api(get, "/cgi-bin/ticket/getticket?type=jsapi", nil)["ticket"])
	require.Equal(t, 40097, r.api(get, "/cgi-bin/ticket/getticket?type=x", nil).code())
	r.advance("2h1s")
	r.token = ""
	require.NotEqual(t, first["ticket"], r.api(get, "/cgi-bin/ticket/getticket?type=jsapi", nil)["ticket"])
}

func TestQRCode(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{Mode: ModePlain})
	create := func(body string) reply { return r.api(post, "/cgi-bin/qrcode/create", body) }
	for name, body := range map[string]string{
		"action":   `{"action_name":"QR"}`,
		"no scene": `{"action_name":"QR_STR_SCENE","action_info":{"scene":{}}}`,
		"long scene": `{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"` + strings.Repeat("x", 65) +
			`"}}}`,
		"zero id":     `{"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":0}}}`,
		"big id":      `{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":100001}}}`,
		"over 30 day": `{"expire_seconds":2592001,"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"x"}}}`,
	} {
		require.Equal(t, 40035, create(body).code(), name)
	}
	out := create(`{"expire_seconds":600,"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"c:100"}}}`)
	require.EqualValues(t, 600, out["expire_seconds"])
	ticket := out["ticket"].(string)
	status, data, header := r.do(get, "/cgi-bin/showqrcode?ticket="+url.QueryEscape(ticket), nil)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "image/jpg", header.Get("Content-Type"))
	require.Equal(t, "image/jpeg", http.DetectContentType(data))

	require.Equal(t, "success", r.event(anna, "scan", map[string]any{"ticket": ticket}).Result)
	require.Contains(t, r.pushes()[0].body, "<EventKey><![CDATA[qrscene_c:100]]></EventKey><Ticket><![CDATA["+ticket)
	r.event(anna, "scan", map[string]any{"ticket": ticket})
	require.Contains(t, r.pushes()[1].body, "<EventKey><![CDATA[c:100]]></EventKey>")
	r.advance("10m")
	status, _, _ = r.do(get, "/cgi-bin/showqrcode?ticket="+url.QueryEscape(ticket), nil)
	require.Equal(t, http.StatusNotFound, status)
	status, _, _ = r.do(post, "/_sim/followers/"+anna+"/scan", map[string]any{"ticket": ticket})
	require.Equal(t, http.StatusConflict, status)
	require.NotContains(t, create(`{"action_name":"QR_LIMIT_SCENE","action_info":{"scene":{"scene_id":7}}}`),
		"expire_seconds")
}

func TestCallbackCheck(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	check := func(action, operator string) reply {
		return r.api(post, "/cgi-bin/callback/check", map[string]any{"action": action, "check_operator": operator})
	}
	all := check("all", "DEFAULT")
	require.Contains(t, all, "dns")
	require.Contains(t, all, "ping")
	require.NotContains(t, check("dns", "CAP"), "ping")
	require.Equal(t, 40202, check("swim", "CAP").code())
	require.Equal(t, 40203, check("all", "NOBODY").code())
	require.NotEmpty(t, r.api(get, "/cgi-bin/getcallbackip", nil)["ip_list"])
	require.NotEmpty(t, r.api(get, "/cgi-bin/get_api_domain_ip", nil)["ip_list"])
}
