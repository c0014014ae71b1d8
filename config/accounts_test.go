package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// twoAccounts is a complete set of settings for the accounts default and shop; changes as for production.
func twoAccounts(changes ...string) []string {
	return production(append([]string{
		"ACCOUNTS=default, shop",
		"ACCOUNT_SHOP_WECHAT_APP_ID=wxbbbbbbbbbbbbbbbb",
		"ACCOUNT_SHOP_WECHAT_ORIGINAL_ID=gh_bbbbbbbbbbbb",
		"ACCOUNT_SHOP_WECHAT_APP_SECRET=app-secret-of-the-shop",
	}, changes...)...)
}

func TestOneAccountUnlessMoreAreNamed(t *testing.T) {
	t.Parallel()
	for name, environ := range map[string][]string{"default": production(), "shop": production("ACCOUNTS=shop")} {
		c, warnings, err := config.Load(environ)
		require.NoError(t, err)
		require.Empty(t, warnings)
		require.Equal(t, name, c.Account)
		require.Equal(t, []string{name}, c.Names())
		require.Empty(t, c.Others)
	}
}

func TestAccountsTakeWhatTheyHaveForThemselves(t *testing.T) {
	t.Parallel()
	c, warnings, err := config.Load(twoAccounts(
		"C4C_MAX_PARALLEL=4", "WINDOW_EXPIRE_AFTER=1h", "WEB_URL=https://service.example.com", "WEB_SESSION_KEY="+
			strings.Repeat("k", 32),
		"ACCOUNT_SHOP_WINDOW_EXPIRE_AFTER=2h", "ACCOUNT_SHOP_LANGUAGE=en", "ACCOUNT_SHOP_WEB_URL=",
		"ACCOUNT_SHOP_C4C_CHANNEL_ID=SHOP", "ACCOUNT_DEFAULT_C4C_USER=_FIRST"))
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, []string{"default", "shop"}, c.Names())
	shop, ok := c.Of("shop")
	require.True(t, ok)
	require.Equal(t, "shop", shop.Account)
	for _, values := range [][3]any{
		{c.WeChat.AppID, "wxaaaaaaaaaaaaaaaa", shop.WeChat.AppID}, {shop.WeChat.AppID, "wxbbbbbbbbbbbbbbbb", c.WeChat.AppID},
		{c.Language, "zh", shop.Language}, {shop.Language, "en", c.Language},
		{c.C4C.ChannelID, "WECHAT", shop.C4C.ChannelID}, {shop.C4C.ChannelID, "SHOP", c.C4C.ChannelID},
		{c.C4C.User, "_FIRST", shop.C4C.User}, {shop.C4C.User, "_WECHAT", c.C4C.User},
		{c.Web.URL, "https://service.example.com", shop.Web.URL}, {shop.Web.URL, "", c.Web.URL},
		{c.Window.ExpireAfter, time.Hour, shop.Window.ExpireAfter},
		{shop.Window.ExpireAfter, 2 * time.Hour, c.Window.ExpireAfter},
	} {
		require.Equal(t, values[1], values[0])
		require.NotEqual(t, values[2], values[0])
	}
	require.Equal(t, c.WeChat.Token, shop.WeChat.Token, "what it does not have for itself is the same")
	require.Equal(t, 4, shop.C4C.MaxParallel)
	_, ok = c.Of("mall")
	require.False(t, ok)
}

func TestAccountsCheckedAsAWhole(t *testing.T) {
	t.Parallel()
	const shop = prefix + "ACCOUNT_SHOP_"
	devSecret := config.Development().WeChat.AppSecret.Reveal()
	for _, tt := range []struct{ name, change, problem string }{
		{"own setting wrong", "ACCOUNT_SHOP_WECHAT_APP_ID=wx1", shop + "WECHAT_APP_ID must be wx and 16"},
		{"own setting emptied", "ACCOUNT_SHOP_C4C_USER=", shop + "C4C_USER is not set"},
		{"own setting of the first", "ACCOUNT_DEFAULT_LANGUAGE=fr",
			prefix + "ACCOUNT_DEFAULT_LANGUAGE must be one of zh, en"},
		{"own setting unreadable", "ACCOUNT_SHOP_TELL_NUMBER=perhaps", shop + "TELL_NUMBER is not true or false"},
		{"shared setting wrong", "LANGUAGE=fr", prefix + "LANGUAGE must be one of zh, en"},
		{"setting of the process wrong", "LOG_LEVEL=loud", prefix + "LOG_LEVEL must be one of"},
		{"development secret", "ACCOUNT_SHOP_WECHAT_APP_SECRET=" + devSecret,
			shop + "WECHAT_APP_SECRET holds the development value"},
		{"setting of the process", "ACCOUNT_SHOP_LOG_LEVEL=debug",
			shop + "LOG_LEVEL belongs to the process and is the same for all accounts: set " + prefix +
				"LOG_LEVEL, for example info."},
		{"secret file of the process", "ACCOUNT_SHOP_CODEC_KEYS_FILE=/run/x", shop + "CODEC_KEYS belongs to the process"},
		{"parallel calls", "ACCOUNT_SHOP_C4C_MAX_PARALLEL=8", shop + "C4C_MAX_PARALLEL belongs to the process"},
		{"same app id", "ACCOUNT_SHOP_WECHAT_APP_ID=wxaaaaaaaaaaaaaaaa",
			shop + "WECHAT_APP_ID is that of account default as well"},
		{"same original id", "ACCOUNT_SHOP_WECHAT_ORIGINAL_ID=gh_aaaaaaaaaaaa",
			shop + "WECHAT_ORIGINAL_ID is that of account default as well"},
		{"account named twice", "ACCOUNTS=default,shop,default", prefix + "ACCOUNTS names account default twice"},
		{"account malformed", "ACCOUNTS=default,shop,My Shop", prefix + "ACCOUNTS must name accounts of"},
		{"secret file unreadable", "ACCOUNT_SHOP_C4C_PASSWORD_FILE=/nowhere/at/all",
			shop + "C4C_PASSWORD_FILE names a file that cannot be read: /nowhere/at/all"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := config.Load(twoAccounts(tt.change))
			require.ErrorContains(t, err, tt.problem)
			if !strings.Contains(tt.name, "file") {
				require.Len(t, err.(config.Problems), 1, "said once: %v", err)
			}
		})
	}
}

func TestFurtherAccountsNeedTheirOwnPage(t *testing.T) {
	t.Parallel()
	page := []string{"WEB_URL=https://service.example.com", "WEB_SESSION_KEY=" + strings.Repeat("k", 32)}
	_, _, err := config.Load(twoAccounts(page...))
	require.ErrorContains(t, err,
		prefix+
			"ACCOUNT_SHOP_WEB_URL has the host of account default: each page needs one of its own, or set it empty for no page")
	_, _, err = config.Load(twoAccounts(append(page, "ACCOUNT_SHOP_WEB_URL=https://shop.example.com")...))
	require.NoError(t, err)
}

func TestMissingSettingsNameTheAccount(t *testing.T) {
	t.Parallel()
	_, _, err := config.Load(production("ACCOUNTS=default,shop", "C4C_URL="))
	require.ErrorContains(t, err, prefix+"C4C_URL is not set")
	require.ErrorContains(t, err, prefix+"ACCOUNT_SHOP_C4C_URL is not set")
	require.ErrorContains(t, err, prefix+"ACCOUNT_SHOP_WECHAT_APP_ID is that of account default as well")
}

func TestAccountSecretsFromFiles(t *testing.T) {
	t.Parallel()
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "secret")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	c, warnings, err := config.Load(twoAccounts(
		"C4C_PASSWORD=", "C4C_PASSWORD_FILE="+file("of all"), "ACCOUNT_SHOP_C4C_PASSWORD=of the shop",
		"ACCOUNT_SHOP_WECHAT_TOKEN_FILE="+file("tokenOfTheShop\n")))
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, []string{"of all", "of the shop"},
		[]string{c.C4C.Password.Reveal(), c.Others[0].C4C.Password.Reveal()})
	require.Equal(t, []string{"tokenOfThisTest", "tokenOfTheShop"},
		[]string{c.WeChat.Token.Reveal(), c.Others[0].WeChat.Token.Reveal()})

	_, _, err = config.Load(twoAccounts("ACCOUNT_SHOP_C4C_PASSWORD=x", "ACCOUNT_SHOP_C4C_PASSWORD_FILE="+file("y")))
	require.ErrorContains(t, err, prefix+"ACCOUNT_SHOP_C4C_PASSWORD and "+prefix+
		"ACCOUNT_SHOP_C4C_PASSWORD_FILE are both set")
}

func TestUnknownAccountVariables(t *testing.T) {
	t.Parallel()
	_, warnings, err := config.Load(twoAccounts("ACCOUNT_SHOP_WECHAT_APPID=wx1", "ACCOUNT_MALL_LANGUAGE=en",
		"ACCOUNT_SHOP_C4C_USER_FILE=/x"))
	require.NoError(t, err)
	require.Equal(t, []string{
		prefix + "ACCOUNT_MALL_LANGUAGE is not a setting of wechat-c4c and is ignored.",
		prefix + "ACCOUNT_SHOP_C4C_USER_FILE is not a setting of wechat-c4c and is ignored.",
		prefix + "ACCOUNT_SHOP_WECHAT_APPID is not a setting of wechat-c4c and is ignored.",
	}, warnings)
}

func TestAccountVariable(t *testing.T) {
	t.Parallel()
	require.Equal(t, prefix+"ACCOUNT_SHOP_CN_2_C4C_URL", config.AccountVariable("shop-cn-2", prefix+"C4C_URL"))
	// Otherwise account a-web would share a variable with account a.
	for _, one := range config.Fields() {
		for _, other := range config.Fields() {
			require.False(t, one.Name != other.Name && strings.HasSuffix(one.Name, "_"+strings.TrimPrefix(other.Name, prefix)),
				"%s ends with %s", one.Name, other.Name)
		}
	}
}

func TestPrintShowsAccounts(t *testing.T) {
	t.Parallel()
	c, _, err := config.Load(twoAccounts("ACCOUNT_SHOP_LANGUAGE=en"))
	require.NoError(t, err)
	var b strings.Builder
	require.NoError(t, c.Print(&b))
	for _, line := range []string{
		"ACCOUNTS=default, shop", "ACCOUNT_DEFAULT_LANGUAGE=zh", "ACCOUNT_SHOP_LANGUAGE=en",
		"ACCOUNT_SHOP_WECHAT_APP_SECRET=********",
		"ACCOUNT_SHOP_WECHAT_APP_ID=wxbbbbbbbbbbbbbbbb", "VOICE_NAME=false", "LOG_LEVEL=info",
	} {
		require.Equal(t, 1, strings.Count(b.String(), prefix+line+"\n"), line)
	}
	require.NotContains(t, b.String(), prefix+"LANGUAGE=")
	require.NotContains(t, b.String(), "ACCOUNT_SHOP_VOICE_NAME")
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", c, c, c), "app-secret-of-the-shop")

	// Print writes variables of the same accounts; only secrets are masked.
	environ := strings.Split(strings.TrimSpace(b.String()), "\n")
	_, warnings, err := config.Load(environ)
	require.Empty(t, warnings, "%v", err)
}

func TestAccountsThatShareAChannel(t *testing.T) {
	t.Parallel()
	shared := "Accounts default and shop share C4C's channel WECHAT: which of them a reply belongs to cannot always be told. " +
		"Give each a channel of its own: set WECHAT_C4C_ACCOUNT_SHOP_C4C_CHANNEL_ID."
	for _, tt := range []struct {
		name    string
		changes []string
		want    []string
	}{
		{"the same", nil, []string{shared}},
		{"a tenant each", []string{"ACCOUNT_SHOP_C4C_URL=https://other.crm.ondemand.com"}, nil},
		{"a channel each", []string{"ACCOUNT_SHOP_C4C_CHANNEL_ID=SHOP"}, nil},
		{"the tenant written otherwise", []string{"C4C_URL=https://my1.crm.ondemand.com",
			"ACCOUNT_SHOP_C4C_URL=https://MY1.crm.ondemand.com/"}, []string{shared}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _, err := config.Load(twoAccounts(tt.changes...))
			require.NoError(t, err, "it is no error")
			require.Equal(t, tt.want, c.Warnings())
		})
	}
	one, _, err := config.Load(production())
	require.NoError(t, err)
	require.Empty(t, one.Warnings())
}
