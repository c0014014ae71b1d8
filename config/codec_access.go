package config

import "strings"

// CodecAccess configures whose own login opens the codec endpoint, in addition to CodecToken.
type CodecAccess struct {
	Issuer   string `env:"ISSUER" help:"OpenID Connect issuer whose access tokens open the codec endpoint, as Temporal UI passes them on; empty: only CODEC_TOKEN does" example:"https://login.example.com/realms/staff"`
	Audience string `env:"AUDIENCE" help:"what those tokens hold in aud" example:"temporal-ui"`
	Claim    string `env:"CLAIM" help:"what those tokens hold besides, name=value, in a text or a list, dots lead into objects; empty: everybody with a token of the audience may read" example:"realm_access.roles=wechat-operators"`
}

func (k *checker) codecAccess() {
	a := k.config.CodecAccess
	if a.Issuer == "" {
		k.require(a.Audience == "" && a.Claim == "", "CODEC_OIDC_ISSUER", "is not set, but "+Prefix+"CODEC_OIDC_AUDIENCE or "+
			Prefix+"CODEC_OIDC_CLAIM is")
		return
	}
	k.url(a.Issuer, "CODEC_OIDC_ISSUER")
	k.set(a.Audience, "CODEC_OIDC_AUDIENCE")
	name, value, _ := strings.Cut(a.Claim, "=")
	k.require(a.Claim == "" || name != "" && value != "", "CODEC_OIDC_CLAIM", "must be name=value")
}
