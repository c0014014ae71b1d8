package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestWebSettings(t *testing.T) {
	t.Parallel()
	key := "WEB_SESSION_KEY=" + strings.Repeat("k", 32)
	for _, tt := range []struct {
		name, variable, what string
		changes              []string
	}{
		{"session key missing", "WEB_SESSION_KEY", "is not set", []string{"WEB_URL=https://service.example.com"}},
		{"session key short", "WEB_SESSION_KEY", "32 characters", []string{"WEB_URL=https://service.example.com",
			"WEB_SESSION_KEY=short"}},
		{"development session key", "WEB_SESSION_KEY", "production refuses",
			[]string{"WEB_URL=https://service.example.com", "WEB_SESSION_KEY=" + config.Development().Web.SessionKey.Reveal()}},
		{"plain http", "WEB_URL", "https:// in production", []string{"WEB_URL=http://service.example.com", key}},
		{"company missing", "WEB_COMPANY", "is not set", []string{"WEB_URL=https://service.example.com", key,
			"WEB_COMPANY="}},
		{"contact missing", "WEB_CONTACT", "is not set", []string{"WEB_URL=https://service.example.com", key,
			"WEB_CONTACT= "}},
		{"contact of two lines", "WEB_CONTACT", "one line", []string{"WEB_URL=https://service.example.com", key,
			"WEB_CONTACT=a\nb"}},
		{"privacy version missing", "WEB_PRIVACY_VERSION", "is not set", nil},
		{"privacy address", "WEB_PRIVACY_URL", "must be an address", []string{"WEB_PRIVACY_URL=privacy"}},
		{"category without English", "WEB_CATEGORIES", "category 2", []string{"WEB_CATEGORIES=CA_1:维修:Repair,CA_2:购车"}},
		{"category code too long", "WEB_CATEGORIES", "category 1",
			[]string{"WEB_CATEGORIES=" + strings.Repeat("C", 26) + ":维修:Repair"}},
		{"OAuth unknown", "WECHAT_OAUTH", "on, off", []string{"WECHAT_OAUTH=perhaps"}},
		{"status of closing too long", "C4C_CLOSE_STATUS", "one or two", []string{"C4C_CLOSE_STATUS=completed"}},
		{"status too long", "C4C_REOPEN_STATUS", "one or two", []string{"C4C_REOPEN_STATUS=open"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.changes == nil {
				c := config.Development()
				c.Web.PrivacyVersion = ""
				require.ErrorContains(t, c.Check(), prefix+tt.variable+" "+tt.what)
				return
			}
			_, _, err := config.Load(production(tt.changes...))
			require.ErrorContains(t, err, prefix+tt.variable)
			require.ErrorContains(t, err, tt.what)
		})
	}
	c, _, err := config.Load(production("WEB_URL=https://service.example.com", key,
		"WEB_CATEGORIES= CA_1:维修:Repair , ,CA_2:购车:Buying a car"))
	require.NoError(t, err)
	zone, err := c.Hours.Location()
	require.NoError(t, err)
	require.Equal(t, "Asia/Shanghai", zone.String())
	categories, err := c.Web.ParseCategories()
	require.NoError(t, err)
	require.Equal(t, []config.Category{{"CA_1", "维修", "Repair"}, {"CA_2", "购车", "Buying a car"}}, categories)
}
