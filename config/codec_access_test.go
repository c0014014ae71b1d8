package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestCodecAccess(t *testing.T) {
	t.Parallel()
	issuer, audience := "CODEC_OIDC_ISSUER=https://login.example.com/realms/staff", "CODEC_OIDC_AUDIENCE=temporal-ui"
	for _, tt := range []struct {
		name, variable, what string
		settings             []string
	}{
		{"issuer without audience", "CODEC_OIDC_AUDIENCE", "is not set", []string{issuer}},
		{"audience without issuer", "CODEC_OIDC_ISSUER", "is not set, but", []string{audience}},
		{"plain http", "CODEC_OIDC_ISSUER", "https:// in production", []string{"CODEC_OIDC_ISSUER=http://login.example.com",
			audience}},
		{"no address", "CODEC_OIDC_ISSUER", "must be an address", []string{"CODEC_OIDC_ISSUER=login", audience}},
		{"claim without value", "CODEC_OIDC_CLAIM", "must be name=value",
			[]string{issuer, audience, "CODEC_OIDC_CLAIM=roles"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := config.Load(production(tt.settings...))
			require.ErrorContains(t, err, prefix+tt.variable+" ")
			require.ErrorContains(t, err, tt.what)
		})
	}
	cfg, _, err := config.Load(production(issuer, audience, "CODEC_OIDC_CLAIM=realm_access.roles=operators"))
	require.NoError(t, err)
	require.Equal(t, config.CodecAccess{Issuer: "https://login.example.com/realms/staff", Audience: "temporal-ui",
		Claim: "realm_access.roles=operators"}, cfg.CodecAccess)
}
