package config_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

const prefix = config.Prefix

// production is a complete set of settings with changes applied: NAME=value sets one, NAME= removes one.
func production(changes ...string) []string {
	values := map[string]string{
		"FOLLOWER_KEY_SECRET":  "a-secret-of-this-test",
		"CODEC_KEYS":           "k1:" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))),
		"WECHAT_APP_ID":        "wxaaaaaaaaaaaaaaaa",
		"WECHAT_ORIGINAL_ID":   "gh_aaaaaaaaaaaa",
		"WECHAT_APP_SECRET":    "app-secret-of-this-test",
		"WECHAT_TOKEN":         "tokenOfThisTest",
		"WECHAT_AES_KEY":       strings.Repeat("K", 43),
		"C4C_URL":              "https://my000000.crm.ondemand.com",
		"C4C_USER":             "_WECHAT",
		"C4C_PASSWORD":         "password-of-this-test",
		"C4C_CHANNEL_ID":       "WECHAT",
		"WEB_COMPANY":          "Example Bicycles Ltd",
		"WEB_CONTACT":          "400-000-0000",
		"C4C_WEBHOOK_PASSWORD": "webhook-password-of-this-test",
	}
	for _, change := range changes {
		name, value, _ := strings.Cut(change, "=")
		values[name] = value
	}
	var environ []string
	for name, value := range values {
		environ = append(environ, prefix+name+"="+value)
	}
	return append(environ, "PATH=/bin", "TEMPORAL_ADDRESS=127.0.0.1:7233")
}

func TestLoadProduction(t *testing.T) {
	t.Parallel()
	c, warnings, err := config.Load(production("STOP_TIMEOUT=1s", "INTERNAL_ADDR=off", "C4C_MAX_PARALLEL=4"))
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, "default", c.Account)
	require.Equal(t, config.EnvProduction, c.Environment)
	require.Equal(t, ":8080", c.PublicAddr)
	require.Empty(t, c.InternalAddr)
	require.Equal(t, time.Second, c.StopTimeout)
	require.Equal(t, 4, c.C4C.MaxParallel)
	require.Equal(t, "https://api.weixin.qq.com", c.WeChat.APIURL)
	require.Equal(t, "app-secret-of-this-test", c.WeChat.AppSecret.Reveal())
	require.Equal(t, config.MinRetention, c.NamespaceRetention)
	keys, err := c.Keys()
	require.NoError(t, err)
	require.Equal(t, []config.CodecKey{{ID: "k1", Key: []byte(strings.Repeat("k", 32))}}, keys)
}

func TestLoadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	key16 := base64.StdEncoding.EncodeToString(make([]byte, 16))
	devKey := config.Development().CodecKeys.Reveal()
	_, devKeyOnly, _ := strings.Cut(devKey, ":")
	tests := []struct{ name, change, variable, what string }{
		{"app id missing", "WECHAT_APP_ID=", "WECHAT_APP_ID", "is not set"},
		{"app id malformed", "WECHAT_APP_ID=gh_1", "WECHAT_APP_ID", "must be wx"},
		{"original id malformed", "WECHAT_ORIGINAL_ID=wx1", "WECHAT_ORIGINAL_ID", "must begin with gh_"},
		{"app secret missing", "WECHAT_APP_SECRET=", "WECHAT_APP_SECRET", "is not set"},
		{"token too long", "WECHAT_TOKEN=" + strings.Repeat("t", 33), "WECHAT_TOKEN", "3 to 32"},
		{"aes key missing", "WECHAT_AES_KEY=", "WECHAT_AES_KEY", "is not set"},
		{"aes key short", "WECHAT_AES_KEY=" + strings.Repeat("K", 42), "WECHAT_AES_KEY", "43"},
		{"former aes key short", "WECHAT_AES_KEY=" + strings.Repeat("K", 43) + ",abc", "WECHAT_AES_KEY", "43"},
		{"three aes keys", "WECHAT_AES_KEY=" + strings.Repeat("K", 43) + strings.Repeat(","+strings.Repeat("L", 43), 2),
			"WECHAT_AES_KEY", "two such keys"},
		{"former aes key of the development stack", "WECHAT_AES_KEY=" + strings.Repeat("K", 43) + ", " +
			config.Development().WeChat.AESKey.Reveal(), "WECHAT_AES_KEY", "contains the development key"},
		{"mode unknown", "WECHAT_MODE=safe", "WECHAT_MODE", "plain, compatible, secure"},
		{"api url without scheme", "WECHAT_API_URL=api.weixin.qq.com", "WECHAT_API_URL", "https://"},
		{"plain http", "C4C_URL=http://my000000.crm.ondemand.com", "C4C_URL", "https:// in production"},
		{"password in address", "C4C_URL=https://u:p@my000000.crm.ondemand.com", "C4C_URL",
			"must be an address without user, query and fragment"},
		{"query in address", "WECHAT_API_URL=https://api.weixin.qq.com?x=1", "WECHAT_API_URL",
			"must be an address without user, query and fragment"},
		{"channel id too long", "C4C_CHANNEL_ID=" + strings.Repeat("C", 36), "C4C_CHANNEL_ID", "at most 35"},
		{"channel code short", "C4C_CHANNEL_CODE=8", "C4C_CHANNEL_CODE", "three digits"},
		{"secret with a blank", "C4C_PASSWORD=password-of-this-test ", "C4C_PASSWORD", "begins or ends with a blank"},
		{"listeners collide on one address", "INTERNAL_ADDR=0.0.0.0:8080", "INTERNAL_ADDR", "must differ"},
		{"listeners collide on all addresses", "INTERNAL_ADDR=127.0.0.1:8080", "INTERNAL_ADDR", "must differ"},
		{"page below a path", "WEB_URL=https://service.example.com/app", "WEB_URL", "without a path"},
		{"reminder before the message", "WINDOW_REMIND_BEFORE=48h", "WINDOW_REMIND_BEFORE", "shorter than 48h"},
		{"c4c user missing", "C4C_USER=", "C4C_USER", "is not set"},
		{"social unknown", "C4C_SOCIAL=rest", "C4C_SOCIAL", "soap, odata"},
		{"too parallel", "C4C_MAX_PARALLEL=10", "C4C_MAX_PARALLEL", "between 1 and 9"},
		{"not a number", "C4C_MAX_PARALLEL=eight", "C4C_MAX_PARALLEL", "is not a whole number"},
		{"not a truth value", "TELL_NUMBER=perhaps", "TELL_NUMBER", "is not true or false"},
		{"not a duration", "STOP_TIMEOUT=30", "STOP_TIMEOUT", "is not a duration"},
		{"webhook password missing", "C4C_WEBHOOK_PASSWORD=", "C4C_WEBHOOK_PASSWORD", "is not set"},
		{"webhook password short", "C4C_WEBHOOK_PASSWORD=short", "C4C_WEBHOOK_PASSWORD", "16 characters"},
		{"account with colon", "ACCOUNTS=a:b", "ACCOUNTS", "lower-case"},
		{"environment unknown", "ENVIRONMENT=staging", "ENVIRONMENT", "production, development"},
		{"language unknown", "LANGUAGE=fr", "LANGUAGE", "zh, en"},
		{"operators' language unknown", "OPERATOR_LOCALE=fr", "OPERATOR_LOCALE", "en, zh"},
		{"log level unknown", "LOG_LEVEL=loud", "LOG_LEVEL", "debug, info, warn, error"},
		{"log format unknown", "LOG_FORMAT=xml", "LOG_FORMAT", "json, text"},
		{"port missing", "PUBLIC_ADDR=localhost", "PUBLIC_ADDR", "with a port"},
		{"port too high", "INTERNAL_ADDR=:70000", "INTERNAL_ADDR", "with a port"},
		{"listeners collide", "INTERNAL_ADDR=:8080", "INTERNAL_ADDR", "must differ"},
		{"stops for too long", "STOP_TIMEOUT=1h", "STOP_TIMEOUT", "between"},
		{"retention too short", "NAMESPACE_RETENTION=24h", "NAMESPACE_RETENTION", "at least 336h"},
		{"follower key secret short", "FOLLOWER_KEY_SECRET=short", "FOLLOWER_KEY_SECRET", "16 characters"},
		{"codec keys missing", "CODEC_KEYS=", "CODEC_KEYS", "is not set"},
		{"codec key without id", "CODEC_KEYS=" + key16, "CODEC_KEYS", "id:base64"},
		{"codec key not base64", "CODEC_KEYS=k1:!!!", "CODEC_KEYS", "key 1 is not base64"},
		{"codec key short", "CODEC_KEYS=k1:" + key16, "CODEC_KEYS", "16 bytes instead of 32"},
		{"codec key twice", "CODEC_KEYS=" + devKey + "," + devKey, "CODEC_KEYS", "id of another"},
		{"codec token short", "CODEC_TOKEN=short", "CODEC_TOKEN", "16 characters"},
		{"origin with path", "UI_ORIGIN=https://ui.example.com/x", "UI_ORIGIN", "origin"},
		{"development codec key", "CODEC_KEYS=" + devKey, "CODEC_KEYS", "production refuses"},
		{"development codec key renamed", "CODEC_KEYS=mine:" + devKeyOnly, "CODEC_KEYS", "production refuses"},
		{"development follower key", "FOLLOWER_KEY_SECRET=" + config.Development().FollowerKeySecret.Reveal(),
			"FOLLOWER_KEY_SECRET", "production refuses"},
		{"development webhook password", "C4C_WEBHOOK_PASSWORD=dev-c4c-key", "C4C_WEBHOOK_PASSWORD",
			"production refuses"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := config.Load(production("WEB_SESSION_KEY="+strings.Repeat("s", 32), tt.change))
			problems, ok := err.(config.Problems)
			require.True(t, ok, "%v", err)
			require.Len(t, problems, 1, "%v", problems)
			require.True(t, strings.HasPrefix(problems[0], prefix+tt.variable+" "), problems[0])
			require.Contains(t, problems[0], tt.what)
			require.Contains(t, problems[0], ", for example ")
			require.NotRegexp(t, `\.\.$`, problems[0], "one full stop")
		})
	}
}

func TestLoadCollectsAllProblems(t *testing.T) {
	t.Parallel()
	_, _, err := config.Load(production("WECHAT_APP_ID=", "C4C_MAX_PARALLEL=many", "STOP_TIMEOUT=soon", "LANGUAGE=fr"))
	require.Len(t, err.(config.Problems), 4)

	counts := production("WINDOW_ANNOUNCE_AFTER=-1s", "WINDOW_REMIND_BEFORE=-1s", "WINDOW_EXPIRE_AFTER=-1s",
		"SPOOL_MAX_SIZE=0")
	_, _, first := config.Load(counts)
	for range 20 {
		_, _, again := config.Load(counts)
		require.EqualError(t, again, first.Error(), "problems are always listed in one order")
	}

	_, _, err = config.Load(nil)
	for _, name := range []string{"WECHAT_APP_ID", "WECHAT_AES_KEY", "C4C_URL", "C4C_WEBHOOK_PASSWORD", "CODEC_KEYS"} {
		require.ErrorContains(t, err, prefix+name+" is not set")
	}
}

func TestLoadShowsNoSecretInProblems(t *testing.T) {
	t.Parallel()
	var changes []string
	for _, f := range config.Fields() {
		if f.Secret {
			changes = append(changes, strings.TrimPrefix(f.Name, prefix)+"=§tell§")
		}
	}
	_, _, err := config.Load(production(changes...))
	require.Error(t, err)
	require.NotContains(t, err.Error(), "tell")
}

// An invalid example would teach the wrong thing. The examples of secrets are commands that generate one.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	texts := filepath.Join(t.TempDir(), "texts.json")
	require.NoError(t, os.WriteFile(texts, []byte("{}"), 0o600))
	files := strings.NewReplacer("/etc/wechat-c4c/texts.json", texts, "/etc/wechat-c4c/fields.json", vehicle)
	for _, f := range config.Fields() {
		if strings.HasPrefix(f.Example, "openssl") || strings.Contains(f.Example, "$(") {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			example := files.Replace(f.Example)
			name := strings.TrimPrefix(f.Name, prefix)
			for _, other := range []string{"WECHAT_AES_KEY", "WECHAT_TOKEN"} { // of secrets that production compares
				require.NotEqual(t, byName(t, other).Dev, example)
			}
			_, _, err := config.Load(production("WEB_SESSION_KEY="+strings.Repeat("s", 32),
				"CODEC_OIDC_ISSUER=https://login.example.com",
				"CODEC_OIDC_AUDIENCE=temporal-ui", name+"="+example))
			if name == "ACCOUNTS" { // the second one lacks what must differ
				require.NotContains(t, err.Error(), f.Name+" ")
				return
			}
			require.NoError(t, err)
		})
	}
}

func byName(t *testing.T, name string) config.Field {
	t.Helper()
	for _, f := range config.Fields() {
		if f.Name == prefix+name {
			return f
		}
	}
	require.Fail(t, "there is no setting "+name)
	return config.Field{}
}

func TestPlainModeNeedsNoKey(t *testing.T) {
	t.Parallel()
	_, _, err := config.Load(production("WECHAT_MODE=plain", "WECHAT_AES_KEY="))
	require.NoError(t, err)
}

func TestAESKeyBeingChanged(t *testing.T) {
	t.Parallel()
	key, old := strings.Repeat("K", 43), strings.Repeat("L", 43)
	for value, want := range map[string][]string{
		key: {key, ""}, key + "," + old: {key, old}, key + ", " + old: {key, old},
	} {
		c, _, err := config.Load(production("WECHAT_AES_KEY=" + value))
		require.NoError(t, err)
		present, former := c.WeChat.EncodingAESKeys()
		require.Equal(t, want, []string{present, former})
	}
}

func TestSecretFromFile(t *testing.T) {
	t.Parallel()
	setup := func(t *testing.T, content string) string {
		path := filepath.Join(t.TempDir(), "secret")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	t.Run("read without its line end", func(t *testing.T) {
		t.Parallel()
		c, warnings, err := config.Load(production("C4C_PASSWORD=", "C4C_PASSWORD_FILE="+setup(t, "from a file\r\n")))
		require.NoError(t, err)
		require.Empty(t, warnings)
		require.Equal(t, "from a file", c.C4C.Password.Reveal())
	})
	t.Run("both set", func(t *testing.T) {
		t.Parallel()
		_, _, err := config.Load(production("C4C_PASSWORD_FILE=" + setup(t, "x")))
		require.ErrorContains(t, err, prefix+"C4C_PASSWORD and "+prefix+"C4C_PASSWORD_FILE are both set")
	})
	t.Run("no such file", func(t *testing.T) {
		t.Parallel()
		_, _, err := config.Load(production("C4C_PASSWORD=", "C4C_PASSWORD_FILE=/nowhere/at/all"))
		require.ErrorContains(t, err, "/nowhere/at/all: no such file")
	})
	t.Run("empty file", func(t *testing.T) {
		t.Parallel()
		_, _, err := config.Load(production("C4C_PASSWORD=", "C4C_PASSWORD_FILE="+setup(t, "\n")))
		require.ErrorContains(t, err, "names an empty file")
	})
	t.Run("only secrets have files", func(t *testing.T) {
		t.Parallel()
		_, warnings, err := config.Load(production("C4C_USER_FILE=" + setup(t, "x")))
		require.NoError(t, err)
		require.Equal(t, []string{prefix + "C4C_USER_FILE is not a setting of wechat-c4c and is ignored."}, warnings)
	})
}

func TestDevelopment(t *testing.T) {
	t.Parallel()
	c := config.Development()
	require.NoError(t, c.Check())
	require.Equal(t, "wx0123456789abcdef", c.WeChat.AppID)
	require.Equal(t, "gh_0123456789ab", c.WeChat.OriginalID)
	require.Equal(t, "dev-appsecret", c.WeChat.AppSecret.Reveal())
	require.Equal(t, "devtoken", c.WeChat.Token.Reveal())
	require.Equal(t, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", c.WeChat.AESKey.Reveal())
	require.Equal(t, "secure", c.WeChat.Mode)
	require.Equal(t, "http://127.0.0.1:8090", c.WeChat.APIURL)
	require.Equal(t, "http://127.0.0.1:8091", c.C4C.URL)
	require.Equal(t, []string{"wechat", "dev-password", "WECHAT", "008", "dev-c4c-key"}, []string{
		c.C4C.User, c.C4C.Password.Reveal(), c.C4C.ChannelID, c.C4C.ChannelCode,
		c.C4C.WebhookPassword.Reveal(),
	})
	require.Equal(t, "127.0.0.1:8080", c.PublicAddr)
	require.Equal(t, "127.0.0.1:8081", c.InternalAddr)

	c.Environment = config.EnvProduction
	for _, name := range []string{"WECHAT_APP_SECRET", "WECHAT_TOKEN", "WECHAT_AES_KEY", "C4C_PASSWORD",
		"C4C_WEBHOOK_PASSWORD", "FOLLOWER_KEY_SECRET", "CODEC_KEYS"} {
		require.ErrorContains(t, c.Check(), prefix+name+" holds the development value, which production refuses")
	}
}

func TestDevelopmentYieldsToWhatIsSet(t *testing.T) {
	t.Parallel()
	c, _, err := config.Load([]string{prefix + "ENVIRONMENT=development", prefix + "C4C_URL=http://127.0.0.1:9",
		prefix + "PUBLIC_ADDR=127.0.0.1:0"})
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:9", c.C4C.URL)
	require.Equal(t, "127.0.0.1:0", c.PublicAddr)
}

func TestEverySettingIsDescribed(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range config.Fields() {
		require.NotEmpty(t, f.Help, f.Name)
		require.NotEmpty(t, f.Example, f.Name)
		require.False(t, seen[f.Name], f.Name)
		seen[f.Name] = true
		if f.Secret {
			require.Empty(t, f.Default, "%s: a secret has no default", f.Name)
		}
	}
	require.Greater(t, len(seen), 30)
}

func TestPrintMasksSecrets(t *testing.T) {
	t.Parallel()
	c := config.Development()
	var b strings.Builder
	require.NoError(t, c.Print(&b))
	logged := &strings.Builder{}
	slog.New(slog.NewJSONHandler(logged, nil)).Info("config", "config", c)
	for _, text := range []string{b.String(), fmt.Sprintf("%v %+v %#v", c, c, c), logged.String()} {
		for _, f := range config.Fields() {
			if f.Secret && f.Dev != "" && f.Dev != "devtoken" {
				require.NotContains(t, text, f.Dev, f.Name)
			}
		}
		require.NotContains(t, text, "devtoken")
	}
	require.Contains(t, b.String(), prefix+"WECHAT_APP_SECRET=********\n")
	require.Contains(t, b.String(), prefix+"CODEC_TOKEN=\n")
	require.Contains(t, b.String(), prefix+"STOP_TIMEOUT=30s\n")
	require.Equal(t, len(config.Fields()), strings.Count(b.String(), "\n"))
}

func TestSettingsPage(t *testing.T) {
	t.Parallel()
	page := config.SettingsPage()
	for _, f := range config.Fields() {
		require.Equal(t, 1, strings.Count(page, "\n| `"+f.Name+"` |"), "%s has one row, in one chapter", f.Name)
	}
	require.Contains(t, page, "| `WECHAT_C4C_STOP_TIMEOUT` | `30s` | all |")
	require.Contains(t, page, "| `WECHAT_C4C_WECHAT_APP_ID` | **required** |  |")
	require.Contains(t, page, "| `WECHAT_C4C_CODEC_TOKEN` | secret | all |")
	for line := range strings.Lines(page) {
		require.LessOrEqual(t, utf8.RuneCountInString(line), 161, line)
	}
	written, err := os.ReadFile("../docs/settings.md")
	require.NoError(t, err)
	requireWritten(t, page, string(written))
}

// requireWritten names the first line in which a generated file differs from what the settings make of it.
func requireWritten(t *testing.T, want, written string) {
	t.Helper()
	lines := strings.Split(written, "\n")
	for i, line := range strings.Split(want, "\n") {
		if i >= len(lines) || lines[i] != line {
			t.Fatalf("run make generate: line %d is to be\n%s", i+1, line)
		}
	}
	require.True(t, want == written, "run make generate: the file has lines behind the last setting")
}
