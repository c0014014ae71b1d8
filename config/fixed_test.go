package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What the numbers promise each other.
func TestFixedNumbersFitTogether(t *testing.T) {
	t.Parallel()
	for _, environment := range []string{EnvProduction, EnvDevelopment} {
		f := fixed(environment)
		require.LessOrEqual(t, f.ReconcileReach, MinRetention-24*time.Hour,
			"a reply whose workflow Temporal has forgotten would be sent a second time")
		require.GreaterOrEqual(t, f.ReconcileReach, f.ReconcileOverlap+f.ReconcileGrace,
			"what was compared is compared once more")
		require.Less(t, f.VoiceMaxParts, f.WindowMessages, "the window has room for a whole reply, and for one notice")
		require.GreaterOrEqual(t, f.FilesRoom, 64, "room for one form")
		require.Positive(t, f.RefusedPerMinute, "strangers are limited")
		require.GreaterOrEqual(t, f.FollowerPerSecond, 1.0, "nobody writes faster")
		require.Positive(t, f.PicturesPerDay)
		require.Less(t, f.WeChatCall, f.C4CCall)
	}
}

// Only a development stack that calls a simulator sends browsers there.
func TestOnlyDevelopmentSendsBrowsersToASimulator(t *testing.T) {
	t.Parallel()
	require.Equal(t, simulatorPages, Development().Fixed.WeChatPages)
	for name, set := range map[string][]string{
		"development against WeChat itself": {"ENVIRONMENT=development", "WECHAT_API_URL=https://api.weixin.qq.com"},
		"a simulator elsewhere":             {"ENVIRONMENT=development", "WECHAT_API_URL=http://simulators:8090"},
	} {
		var environ []string
		for _, setting := range set {
			environ = append(environ, Prefix+setting)
		}
		c, _, err := Load(environ)
		require.NoError(t, err)
		require.Equal(t, name == "a simulator elsewhere", c.Fixed.WeChatPages != "", name)
	}
	require.Empty(t, fixed(EnvProduction).WeChatPages, "a proxy for WeChat's API changes nothing")
}
