package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestModesWithoutEncryption(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, mode, oauth, url string
		refused                string
		warned                 string
	}{
		{"secure", "secure", "off", "https://service.example.com", "", ""},
		{"plain", "plain", "on", "https://service.example.com", "", "Whoever knows the token writes in any follower's name"},
		{"plain without a page", "plain", "off", "", "", "no signature covers what they say"},
		{"plain with personal links", "plain", "off", "https://service.example.com",
			"WECHAT_C4C_WECHAT_MODE must not be plain where followers reach the page by personal links", ""},
		{"compatible", "compatible", "off", "https://service.example.com", "", "until the first encrypted one comes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _, err := config.Load(production("WECHAT_MODE="+tt.mode, "WECHAT_OAUTH="+tt.oauth, "WEB_URL="+tt.url,
				"WEB_SESSION_KEY="+strings.Repeat("s", 32)))
			if tt.refused != "" {
				require.ErrorContains(t, err, tt.refused)
				return
			}
			require.NoError(t, err)
			if tt.warned == "" {
				require.Empty(t, c.Warnings())
				return
			}
			require.Len(t, c.Warnings(), 1)
			require.Contains(t, c.Warnings()[0], tt.warned)
			require.Contains(t, c.Warnings()[0], "WECHAT_MODE=secure")
			c.Environment = config.EnvDevelopment
			require.Empty(t, c.Warnings())
		})
	}
}
