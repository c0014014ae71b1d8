package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

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
