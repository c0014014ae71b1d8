package app

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
	"github.com/wechat-c4c/wechat-c4c/workflows"
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

		texts := reflect.ValueOf(*policy.Texts.Window)
		for i := range texts.NumField() {
			name := texts.Type().Field(i).Name
			// There is no blank between two Chinese sentences.
			require.Equal(t, name == "Between" && lang == "zh", texts.Field(i).IsZero(), "%s: no words for %s", lang, name)
		}
		for failure, reason := range policy.Texts.Window.Reasons {
			require.NotEmpty(t, reason, failure)
		}
		require.NotEmpty(t, policy.Texts.Window.Reasons[workflows.ReasonOther])
		require.Contains(t, policy.Texts.Window.NoteHeld, "{words}")
		require.Contains(t, policy.Texts.Window.NoteEnding, "{until}")
	}
}

// WeChat's numbers are defined in package window; the settings' defaults are the same.
func TestDefaultsAreTheRulesThatWeChatPublishes(t *testing.T) {
	t.Parallel()
	require.Equal(t, window.Published, windowPolicy(config.Development()).Rules)
}
