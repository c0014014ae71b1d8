package config

import (
	"crypto/rsa"
	"crypto/tls"
	"fmt"
)

// How the connector authenticates to C4C.
const (
	AuthBasic       = "basic"
	AuthCertificate = "certificate"
	AuthOAuth       = "oauth"
)

// KeyPair reads CLIENT_CERT and CLIENT_KEY from their files again.
func (c C4C) KeyPair() (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(c.ClientCert, c.ClientKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("config: certificate for C4C: %w", err)
	}
	return pair, nil
}

// c4cAuth requires the settings of the chosen authentication.
func (k *checker) c4cAuth() {
	c := k.config.C4C
	k.oneOf(c.Auth, "C4C_AUTH", AuthBasic, AuthCertificate, AuthOAuth)
	if k.config.unused[Prefix+"C4C_PASSWORD"] { // a process that does not call C4C has neither password nor key
		return
	}
	switch c.Auth {
	case AuthBasic:
		k.set(c.User, "C4C_USER")
		k.set(c.Password.Reveal(), "C4C_PASSWORD")
	case AuthCertificate:
		k.keyPair()
	case AuthOAuth:
		k.require(c.Social == "odata", "C4C_SOCIAL", "must be odata with "+Prefix+
			"C4C_AUTH=oauth: C4C takes no access tokens over SOAP")
		k.set(c.User, "C4C_USER")
		k.set(c.OAuthIssuer, "C4C_OAUTH_ISSUER")
		k.set(c.OAuthClientID, "C4C_OAUTH_CLIENT_ID")
		k.set(c.OAuthClientSecret.Reveal(), "C4C_OAUTH_CLIENT_SECRET")
		if pair, ok := k.keyPair(); ok {
			_, signs := pair.PrivateKey.(*rsa.PrivateKey)
			k.require(signs, "C4C_CLIENT_KEY", "must be an RSA key with "+Prefix+"C4C_AUTH=oauth")
		}
	}
}

func (k *checker) keyPair() (tls.Certificate, bool) {
	c := k.config.C4C
	cert, key := k.set(c.ClientCert, "C4C_CLIENT_CERT"), k.set(c.ClientKey, "C4C_CLIENT_KEY")
	if !cert || !key {
		return tls.Certificate{}, false
	}
	pair, err := tls.LoadX509KeyPair(c.ClientCert, c.ClientKey)
	if err != nil {
		k.require(false, "C4C_CLIENT_CERT", "and "+Prefix+"C4C_CLIENT_KEY name no pair of certificate and key: "+cause(err))
	}
	return pair, err == nil
}
