package app

import (
	"cmp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// A setting of the conversations that is read and then forgotten would change nothing.
func TestSettingsOfConversationsReachThem(t *testing.T) {
	t.Parallel()
	others := map[string]string{ // where the example is the default
		"LANGUAGE": "en", "TICKETS_REUSE": "never", "C4C_REOPEN_STATUS": "2", "C4C_EVENTS": "true",
		"TELL_NUMBER": "false", "RESEND_UNKNOWN": "true", "VOICE_FILES": "false", "MEDIA_MAX_SIZE": "7",
		"TICKETS_REOPEN_DAYS": "3", "WINDOW_ANNOUNCE_AFTER": "1h", "WINDOW_REMIND_BEFORE": "1h", "WINDOW_EXPIRE_AFTER": "1h",
		"WINDOW_TEMPLATE_FIELDS": "thing1=text", "WINDOW_SUBSCRIPTION_FIELDS": "thing1=text", "RECONCILE_EVERY": "3h",
	}
	loaded := func(changes ...string) config.Config {
		environ := []string{config.Prefix + "ENVIRONMENT=development", config.Prefix + "TICKETS_REUSE=recent"}
		for _, change := range changes {
			environ = append(environ, config.Prefix+change)
		}
		cfg, _, err := config.Load(environ)
		require.NoError(t, err, changes)
		return cfg
	}
	tried := 0
	for _, f := range config.Fields() {
		name := strings.TrimPrefix(f.Name, config.Prefix)
		section, _, _ := strings.Cut(name, "_")
		switch section {
		case "WINDOW", "VOICE", "TICKETS", "MEDIA", "RECONCILE":
		default:
			if others[name] == "" {
				continue
			}
		}
		tried++
		before, err := policyOf(loaded())
		require.NoError(t, err)
		after, err := policyOf(loaded(name + "=" + cmp.Or(others[name], f.Example)))
		require.NoError(t, err)
		require.NotEqual(t, before, after, "%s: no policy of a conversation depends on it", name)
	}
	require.GreaterOrEqual(t, tried, len(others))
}
