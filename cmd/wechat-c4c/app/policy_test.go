package app

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
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

func TestWindowPolicy(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh", "en"} {
		cfg := config.Development()
		cfg.Language, cfg.Window.TemplateFields = lang, "thing1=text"
		policy, err := policyOf(cfg)
		require.NoError(t, err)
		require.Equal(t, window.Rules{
			Message: 5, Click: 3, Follow: 3, Scan: 3, MessageLife: 48 * time.Hour, ShortLife: time.Minute,
		}, policy.Window.Rules)
		require.Equal(t, 10*time.Second, policy.Window.AnnounceAfter)
		require.Equal(t, 14*24*time.Hour, policy.Window.ExpireAfter)
		require.Equal(t, 2*time.Hour, policy.Window.RemindBefore)
		require.Equal(t, conversation.NoticeForm{TemplateID: cfg.Window.TemplateID, Fields: "thing1=text"},
			policy.Window.Template)
		require.NotEmpty(t, policy.Window.Subscription.TemplateID)
	}
}

// WeChat's numbers are defined in package window; the settings' defaults are the same.
func TestDefaultsAreTheRulesThatWeChatPublishes(t *testing.T) {
	t.Parallel()
	require.Equal(t, window.Published, windowPolicy(config.Development()).Rules)
}

func TestTicketPolicy(t *testing.T) {
	t.Parallel()
	cfg := config.Development()
	cfg.Tickets.StatusTexts, cfg.Tickets.Reuse, cfg.Tickets.ReopenDays = "5=resolved;YJ=We come for {ticket}.", "recent", 2
	cfg.Tickets.Survey = true
	policy, err := ticketPolicy(cfg, catalogue.Standard(catalogue.English))
	require.NoError(t, err)
	require.Equal(t, conversation.TicketPolicy{
		Reuse: conversation.ReuseRecent, Within: 48 * time.Hour, Events: conversation.EventsAuto, Survey: true,
		StatusTexts: conversation.NewStatusTexts(
			map[string]string{
				"5":  "Your ticket {ticket} has been resolved. If something is still wrong, please write to us right here.",
				"YJ": "We come for {ticket}."}),
	}, policy)
	cfg.Tickets.StatusTexts = "5"
	_, err = ticketPolicy(cfg, catalogue.Standard(catalogue.English))
	require.ErrorContains(t, err, "status texts: entry 1")
}
