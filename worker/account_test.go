package worker

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// Two accounts call with their own credentials, tokens and channel, and are counted separately. A refusal of one does
// not affect the other.
func TestAccountsShareNothing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		user, _, _ := r.BasicAuth()
		mu.Lock()
		seen = append(seen, r.URL.Path+" "+r.URL.Query().Get("access_token")+user+string(body))
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "stable_token") && strings.Contains(string(body), "broken-secret"):
			_, _ = io.WriteString(w, `{"errcode":40125,"errmsg":"invalid appsecret"}`)
		case strings.HasSuffix(r.URL.Path, "stable_token"):
			_, _ = io.WriteString(w, `{"access_token":"token-of-default","expires_in":7200}`)
		case r.URL.Path == "/cgi-bin/message/custom/send":
			_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	cfg := config.Development()
	cfg.WeChat.APIURL, cfg.C4C.URL = server.URL, server.URL
	shop := cfg
	shop.Account, shop.WeChat.AppID, shop.WeChat.AppSecret = "shop", "wx00000000000000bb", "broken-secret"
	shop.C4C.User, shop.C4C.ChannelID = "shop-user", "SHOP"
	cfg.Others = []config.Config{shop}

	reader := metric.NewManualReader()
	accounts, err := Accounts(cfg, RoleAll, nil, givenSlots(t, cfg),
		Telemetry{Meter: metric.NewMeterProvider(metric.WithReader(reader)).Meter("test")})
	require.NoError(t, err)
	require.Equal(t, []string{"default", "shop"}, accountNames(accounts))

	require.Error(t, accounts["shop"].WeChat.SendText(t.Context(), "oSame", "hello"))
	require.NoError(t, accounts["default"].WeChat.SendText(t.Context(), "oSame", "hello"))
	for _, account := range accounts {
		_, err = account.C4C.Social().FindActivity(t.Context(), "wx:x:oSame:1")
		require.Error(t, err)
	}
	mu.Lock()
	defer mu.Unlock()
	all := strings.Join(seen, "\n")
	require.Contains(t, all, "/cgi-bin/message/custom/send token-of-default")
	require.Equal(t, 1, strings.Count(all, "/cgi-bin/message/custom/send"))
	require.Contains(t, all, "querysocialmediaactivityin wechat<")
	require.Contains(t, all, "querysocialmediaactivityin shop-user<")
	got := read(t, reader)
	require.InDelta(t, 1,
		got["wechat_c4c.call.duration{account=default operation=cgi-bin/message/custom/send result=ok system=wechat}"], 0)
	require.InDelta(t, 1,
		got["wechat_c4c.call.duration{account=shop operation=cgi-bin/stable_token result=errcode_40125 system=wechat}"], 0)
	require.InDelta(t, 7200, got["wechat_c4c.token.remaining{account=default}"], 5)
	require.NotContains(t, got, "wechat_c4c.token.remaining{account=shop}")

	cfg.Others[0].C4C.URL = "not a url"
	_, err = Accounts(cfg, RoleAll, nil, givenSlots(t, cfg), Telemetry{})
	require.ErrorContains(t, err, "account shop: ")
}
