package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// official is an Official Account with prepared answers by path; without one it answers successfully.
type official struct {
	answers map[string]string
	mu      sync.Mutex
	calls   []string
}

var wellAnswered = map[string]string{
	"/cgi-bin/stable_token":          `{"access_token":"token-of-the-doctor","expires_in":7200}`,
	"/cgi-bin/getcallbackip":         `{"ip_list":["203.0.113.1","203.0.113.0/24"]}`,
	"/cgi-bin/message/custom/typing": `{"errcode":40003,"errmsg":"invalid openid rid: 1-2-3"}`,
	"/cgi-bin/openapi/quota/get":     `{"errcode":0,"quota":{"daily_limit":500000,"used":12,"remain":499988}}`,
	"/cgi-bin/user/get":              `{"total":2,"count":2,"data":{"openid":["oFollowerOne","oFollowerTwo"]},"next_openid":""}`,
	"/cgi-bin/menu/get":              `{"menu":{"button":[{"type":"click","name":"Help","key":"help"}]}}`,
}

func (o *official) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	o.mu.Lock()
	o.calls = append(o.calls, r.URL.Path+" "+string(body))
	o.mu.Unlock()
	answer, ok := o.answers[r.URL.Path]
	if !ok {
		answer = wellAnswered[r.URL.Path]
	}
	fmt.Fprint(w, answer)
}

func errcode(code int, message string) string {
	raw, _ := json.Marshal(map[string]any{"errcode": code, "errmsg": message})
	return string(raw)
}

func examineWeChat(t *testing.T, answers map[string]string) (Report, *official) {
	t.Helper()
	o := &official{answers: answers}
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	client, err := wechat.New(wechat.Options{AppID: "wx0123456789abcdef", AppSecret: "app-secret-of-this-test",
		APIURL: server.URL})
	require.NoError(t, err)
	return Examine(t.Context(), WeChat(client), 5*time.Second, nil), o
}

func TestWeChatIsFine(t *testing.T) {
	t.Parallel()
	report, o := examineWeChat(t, nil)
	require.Equal(t, map[Verdict]int{OK: 7}, report.Counts)
	all := findings(report)
	require.Regexp(t, `^[0-9a-f]{8}…, for another 2h0m0s$`, all["access token"].Detail)
	require.Equal(t, "2 followers", all["list of followers"].Detail)
	require.Equal(t, "499988 of 500000 left today", all["quota of customer-service messages"].Detail)
	require.Equal(t, "verified", all["kind of account"].Detail)
	require.Contains(t, o.calls,
		`/cgi-bin/message/custom/typing {"command":"CancelTyping","touser":"wechat-c4c-doctor-nobody"}`,
		"nothing is sent to anybody")
	raw, err := json.Marshal(report)
	require.NoError(t, err)
	for _, secret := range []string{"token-of-the-doctor", "app-secret-of-this-test", "oFollowerOne"} {
		require.NotContains(t, string(raw), secret)
	}
}

func TestWeChatIsBroken(t *testing.T) {
	t.Parallel()
	denied := errcode(48001, "api unauthorized")
	for _, tt := range []struct {
		name    string
		answers map[string]string
		check   string
		want    Finding // Detail is a part
		skipped int
	}{
		{"unknown appid", map[string]string{"/cgi-bin/stable_token": errcode(40013, "invalid appid")}, "access token",
			Finding{Verdict: Fail, Cause: activities.ErrorWeChatCredentials, Detail: "errcode 40013"}, 6},
		{"wrong secret", map[string]string{"/cgi-bin/stable_token": errcode(40125, "invalid appsecret")}, "access token",
			Finding{Verdict: Fail, Cause: activities.ErrorWeChatCredentials, Detail: "errcode 40125"}, 6},
		{"wrong secret in the older words", map[string]string{"/cgi-bin/stable_token": errcode(40001, "AppSecret error")},
			"access token",
			Finding{Verdict: Fail, Cause: activities.ErrorWeChatCredentials, Detail: "errcode 40001"}, 6},
		{"address not whitelisted",
			map[string]string{"/cgi-bin/stable_token": errcode(40164,
				"invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist")}, "access token",
			Finding{Verdict: Fail, Cause: activities.ErrorWeChatIPNotAllowed, Detail: "203.0.113.7"}, 6},
		{"token refused", map[string]string{"/cgi-bin/getcallbackip": errcode(40001, "invalid credential")},
			"token accepted, callback addresses",
			Finding{Verdict: Fail, Cause: activities.ErrorWeChatTokenRefused, Detail: "refuses the access token"}, 5},
		{"no messages", map[string]string{"/cgi-bin/message/custom/typing": denied}, "customer-service messages",
			Finding{Verdict: Fail, Cause: activities.ErrorWeChatNotPermitted, Detail: "cannot be delivered"}, 1},
		{"unverified service account", map[string]string{"/cgi-bin/message/custom/typing": denied,
			"/cgi-bin/user/get": denied}, "kind of account",
			Finding{Verdict: Fail, Detail: "unverified Service Account"}, 1},
		{"unverified subscription account", map[string]string{"/cgi-bin/message/custom/typing": denied,
			"/cgi-bin/user/get": denied, "/cgi-bin/menu/get": denied}, "kind of account",
			Finding{Verdict: Fail, Detail: "unverified Subscription Account"}, 1},
		{"list not permitted", map[string]string{"/cgi-bin/user/get": denied}, "list of followers",
			Finding{Verdict: Warn, Detail: "not permitted"}, 0},
		{"no menu", map[string]string{"/cgi-bin/menu/get": errcode(46003, "menu no exist")}, "menu",
			Finding{Verdict: Warn, Detail: "there is none"}, 0},
		{"an empty menu", map[string]string{"/cgi-bin/menu/get": `{"menu":{"button":[]}}`}, "menu",
			Finding{Verdict: Warn, Detail: "there is none"}, 0},
		{"quota used up",
			map[string]string{"/cgi-bin/openapi/quota/get": `{"errcode":0,"quota":{"daily_limit":100,"used":100,"remain":0}}`},
			"quota of customer-service messages",
			Finding{Verdict: Fail, Cause: activities.ErrorWeChatQuotaExhausted, Detail: "all 100 of today are used"}, 0},
		{"quota low",
			map[string]string{"/cgi-bin/openapi/quota/get": `{"errcode":0,"quota":{"daily_limit":100,"used":90,"remain":10}}`},
			"quota of customer-service messages",
			Finding{Verdict: Warn, Detail: "10 of 100 left today"}, 0},
		{"messages: quota of the probe used up",
			map[string]string{"/cgi-bin/message/custom/typing": errcode(45009, "reach max api daily quota limit")},
			"customer-service messages",
			Finding{Verdict: Fail, Cause: activities.ErrorWeChatQuotaExhausted, Detail: "45009"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			report, _ := examineWeChat(t, tt.answers)
			got := findings(report)[tt.check]
			require.Equal(t, tt.want.Verdict, got.Verdict, "%+v", got)
			require.Equal(t, tt.want.Cause, got.Cause)
			require.Contains(t, got.Detail, tt.want.Detail)
			require.NotEmpty(t, got.Remedy)
			require.Equal(t, tt.skipped, report.Counts[Skip], "%+v", report.Findings)
			require.Equal(t, tt.want.Verdict != Fail, report.Healthy())
		})
	}
}

func TestWeChatCannotBeReached(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	client, err := wechat.New(wechat.Options{AppID: "wx0123456789abcdef", AppSecret: "app-secret-of-this-test",
		APIURL: server.URL})
	require.NoError(t, err)
	report := Examine(t.Context(), WeChat(client), 5*time.Second, nil)
	require.Equal(t, activities.ErrorWeChatUnavailable, report.Findings[0].Cause)
	require.Contains(t, report.Findings[0].Remedy, "Run the doctor again")
}
