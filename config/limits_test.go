package config_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, setting, variable, what string }{
		{"proxy by name", "TRUSTED_PROXIES=private, ingress", "TRUSTED_PROXIES", "entry 2"},
		{"range too long", "TRUSTED_PROXIES=10.0.0.0/33", "TRUSTED_PROXIES", "entry 1"},
		{"callback by name", "WECHAT_ADDRESSES=wechat,weixin", "WECHAT_ADDRESSES", "entry 2"},
		{"off and more", "WECHAT_ADDRESSES=off,wechat", "WECHAT_ADDRESSES", "entry 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := config.Load(production(tt.setting))
			require.ErrorContains(t, err, prefix+tt.variable)
			require.ErrorContains(t, err, tt.what)
			require.ErrorContains(t, err, "for example")
		})
	}
}

func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text    string
		private bool
		ranges  []netip.Prefix
	}{
		{"private", true, nil},
		{"none", false, nil},
		{"", false, nil},
		{"192.0.2.1, 2001:db8::/48", false, []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32"),
			netip.MustParsePrefix("2001:db8::/48")}},
		{"private,203.0.113.9/24", true, []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			private, ranges, err := config.Limits{TrustedProxies: tt.text}.Proxies()
			require.NoError(t, err)
			require.Equal(t, tt.private, private)
			require.Equal(t, tt.ranges, ranges)
		})
	}
}

func TestWeChatAddresses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text            string
		listed, fetched bool
		ranges          []netip.Prefix
	}{
		{"off", false, false, nil},
		{"", false, false, nil},
		{"wechat", true, true, nil},
		{"wechat,10.0.0.0/8", true, true, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		{"101.226.103.0/25", true, false, []netip.Prefix{netip.MustParsePrefix("101.226.103.0/25")}},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			listed, fetched, ranges, err := config.Limits{WeChatAddresses: tt.text}.Callbacks()
			require.NoError(t, err)
			require.Equal(t, tt.listed, listed)
			require.Equal(t, tt.fetched, fetched)
			require.Equal(t, tt.ranges, ranges)
		})
	}
}
