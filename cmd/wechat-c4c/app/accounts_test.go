package app

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// twoAccounts are settings of the accounts default and shop.
func twoAccounts(t *testing.T) config.Config {
	t.Helper()
	cfg := testConfig(t)
	shop := cfg
	shop.Account, shop.WeChat.AppID, shop.WeChat.OriginalID = "shop", "wx00000000000000bb", "gh_00000000bbbb"
	shop.Language, shop.Web.URL = "en", ""
	cfg.Others = []config.Config{shop}
	require.NoError(t, cfg.Check())
	return cfg
}

func TestBootstrapOfSeveralAccounts(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	var out bytes.Buffer
	require.NoError(t, bootstrap(t.Context(), twoAccounts(t), &out, c.surroundings()))
	require.Len(t, c.schedules, 4)
	for i, account := range []string{"default", "shop"} {
		require.Equal(t, "maintain-token/"+account, c.schedules[i].GetScheduleId())
		require.Contains(t, out.String(), "schedule maintain-token/"+account+": created")
		require.Equal(t, "reconcile-replies/"+account, c.schedules[2+i].GetScheduleId())
	}
}

func TestRunAPIForSeveralAccounts(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.retention = config.MinRetention
	cfg := twoAccounts(t)
	cfg.WeChat.Mode, cfg.Others[0].WeChat.Mode = "plain", "plain"
	start(t, cfg, surroundingsOf(c.addr, io.Discard))
	for _, one := range cfg.All() {
		query, push := plainPush(one)
		code, _ := request(t, http.MethodPost, "http://"+cfg.PublicAddr+"/wechat/"+one.Account+query, push)
		require.Equal(t, http.StatusOK, code)
	}
	require.Len(t, c.signals, 2)
	for i, account := range []string{"default", "shop"} {
		require.Equal(t, workflows.ConversationID(account, followerKey(cfg)(account, "oTestFollower")),
			c.signals[i].GetWorkflowId())
	}
}

func TestPoliciesOfSeveralAccounts(t *testing.T) {
	t.Parallel()
	cfg := twoAccounts(t)
	cfg.Others[0].TellNumber = false
	policies, err := policiesOf(cfg)
	require.NoError(t, err)
	require.Len(t, policies, 2)
	require.Equal(t, catalogue.Chinese, policies["default"].Texts.Language())
	require.Equal(t, catalogue.English, policies["shop"].Texts.Language())
	require.True(t, policies["default"].TellNumber)
	require.False(t, policies["shop"].TellNumber)
	cfg.Others[0].Language = "fr"
	_, err = policiesOf(cfg)
	require.ErrorContains(t, err, "account shop: ")
}

func TestCommandsNameTheAccount(t *testing.T) {
	t.Parallel()
	cfg := twoAccounts(t)
	_, err := accountOf(cfg, "")
	require.ErrorContains(t, err, "several accounts (default, shop): choose one with --account")
	_, err = accountOf(cfg, "mall")
	require.ErrorContains(t, err, "--account mall is not one of default, shop")
	shop, err := accountOf(cfg, "shop")
	require.NoError(t, err)
	require.Equal(t, "wx00000000000000bb", shop.WeChat.AppID)

	s := &session{cfg: cfg}
	_, err = s.subject("", "oSame")
	require.ErrorContains(t, err, "--account")
	subject, err := s.subject("shop", "oSame")
	require.NoError(t, err)
	require.Equal(t, followerKey(cfg)("shop", "oSame"), subject.Key)
	subject, err = s.subject("closed-long-ago", "oSame")
	require.NoError(t, err, "what is kept of an account outlives its settings")
	require.Equal(t, "closed-long-ago", subject.Account)
	s.cfg.Others = nil
	subject, err = s.subject("", "oSame")
	require.NoError(t, err)
	require.Equal(t, "default", subject.Account)
}

// The first account has the wrong secret.
func TestMenusOfSeveralAccounts(t *testing.T) {
	t.Parallel()
	var created []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch {
		case strings.HasSuffix(r.URL.Path, "stable_token") && strings.Contains(string(body), "wx0123456789abcdef"):
			_, _ = io.WriteString(w, `{"errcode":40125,"errmsg":"invalid appsecret"}`)
		case strings.HasSuffix(r.URL.Path, "stable_token"):
			_, _ = io.WriteString(w, `{"access_token":"token","expires_in":7200}`)
		case strings.HasSuffix(r.URL.Path, "menu/create"):
			created = append(created, string(body))
			_, _ = io.WriteString(w, `{"errcode":0,"errmsg":"ok"}`)
		default:
			_, _ = io.WriteString(w, `{"errcode":46003,"errmsg":"menu no exist"}`)
		}
	}))
	t.Cleanup(server.Close)
	cfg := twoAccounts(t)
	cfg.WeChat.APIURL, cfg.Others[0].WeChat.APIURL = server.URL, server.URL
	cfg.Others[0].Web.URL = "http://shop.example.com"
	var out bytes.Buffer
	require.ErrorContains(t, ApplyMenu(t.Context(), cfg, &out), "account default: ")
	require.Len(t, created, 1, "the other account has its menu all the same")
	require.Contains(t, out.String(), "account shop:\n")
}

func TestCommandLineKnowsAccounts(t *testing.T) {
	t.Parallel()
	environ := []string{
		config.Prefix + "ENVIRONMENT=development", config.Prefix + "ACCOUNTS=default,shop",
		config.Prefix + "ACCOUNT_SHOP_WECHAT_APP_ID=wx00000000000000bb", config.Prefix +
			"ACCOUNT_SHOP_WECHAT_ORIGINAL_ID=gh_00000000bbbb",
		config.Prefix + "ACCOUNT_SHOP_WEB_URL=", config.Prefix + "ACCOUNT_SHOP_LOG_LEVL=x",
	}
	for _, tt := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{"config", "check"}, 0, "All settings are valid. Accounts: default, shop.",
			"ACCOUNT_SHOP_LOG_LEVL is not a setting"},
		{[]string{"config", "check"}, 0, "All settings are valid.", "warning: Accounts default and shop share C4C's channel"},
		{[]string{"config", "print"}, 0, "WECHAT_C4C_ACCOUNT_SHOP_WECHAT_APP_ID=wx00000000000000bb\n", ""},
		{[]string{"menu", "show"}, 1, "", "several accounts (default, shop): choose one with --account"},
		{[]string{"menu", "show", "--account", "mall"}, 1, "", "--account mall is not one of default, shop"},
		{[]string{"doctor", "--account", "mall"}, 1, "", "--account mall is not one of default, shop"},
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, tt.code, Main(t.Context(), tt.args, environ, &stdout, &stderr), stderr.String())
		require.Contains(t, stdout.String(), tt.stdout)
		require.Contains(t, stderr.String(), tt.stderr)
	}
}

func TestProcessesSayThatAccountsShareAChannel(t *testing.T) {
	t.Parallel()
	cfg, _, err := config.Load([]string{
		config.Prefix + "ENVIRONMENT=development", config.Prefix + "ACCOUNTS=default,shop",
		config.Prefix + "ACCOUNT_SHOP_WECHAT_APP_ID=wx00000000000000bb", config.Prefix +
			"ACCOUNT_SHOP_WECHAT_ORIGINAL_ID=gh_00000000bbbb",
		config.Prefix + "ACCOUNT_SHOP_WEB_URL=",
	})
	require.NoError(t, err)
	for role, says := range map[string]bool{"api": true, "worker": true, "operator": false, "bootstrap": false} {
		var log bytes.Buffer
		p, err := newProcess(cfg, role, surroundingsOf("127.0.0.1:1", &log))
		require.NoError(t, err)
		p.close()
		require.Equal(t, says, strings.Contains(log.String(), "share C4C's channel"), "%s: %s", role, log.String())
	}
}
