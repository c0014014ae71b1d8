package main

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"
)

const (
	audience     = "temporal-ui"
	tokenOfCodec = "token-of-the-codec-endpoint"
)

// issuer is where operators sign in.
type issuer struct {
	url    string
	key    *rsa.PrivateKey
	server *httptest.Server
}

func startIssuer() *issuer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("attack: no key: " + err.Error())
	}
	i := &issuer{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": i.url, "jwks_uri": i.url + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]string{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1",
			"n": encode64(key.N.Bytes()), "e": encode64(big.NewInt(int64(key.E)).Bytes()),
		}}})
	})
	i.server = httptest.NewServer(mux)
	i.url = i.server.URL
	return i
}

func (i *issuer) stop() { i.server.Close() }

func encode64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// claims are the claims of an operator's token, valid from now.
func (i *issuer) claims() map[string]any {
	return map[string]any{"iss": i.url, "aud": audience, "sub": "ann", "role": "operator", "iat": time.Now().Unix(),
		"exp": time.Now().Add(time.Hour).Unix()}
}

// token signs claims as the issuer.
func (i *issuer) token(header, claims map[string]any, key *rsa.PrivateKey) string {
	signed := joined(header, claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic("attack: no signature: " + err.Error())
	}
	return signed + "." + encode64(signature)
}

func joined(header, claims map[string]any) string {
	h, _ := json.Marshal(header) // strings and numbers always marshal
	c, _ := json.Marshal(claims)
	return encode64(h) + "." + encode64(c)
}

var rs256 = map[string]any{"alg": "RS256", "kid": "k1"}

// triesOfTokens call the endpoint on the internal port that decrypts what Temporal stores.
func triesOfTokens() []try {
	changed := func(name string, value any) func(i *issuer) string {
		return func(i *issuer) string {
			claims := i.claims()
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
			return i.token(rs256, claims, i.key)
		}
	}
	tokens := map[string]func(i *issuer) string{
		"none": func(*issuer) string { return "" }, "a guess": func(*issuer) string { return "guess" },
		"the token cut": func(*issuer) string { return tokenOfCodec[:10] }, "the token longer": func(*issuer) string {
			return tokenOfCodec + "x"
		},
		"no algorithm": func(i *issuer) string { return joined(map[string]any{"alg": "none"}, i.claims()) + "." },
		"the public key as a secret": func(i *issuer) string {
			signed := joined(map[string]any{"alg": "HS256", "kid": "k1"}, i.claims())
			mac := hmac.New(sha256.New, x509.MarshalPKCS1PublicKey(&i.key.PublicKey))
			mac.Write([]byte(signed))
			return signed + "." + encode64(mac.Sum(nil))
		},
		"another key under its name": func(i *issuer) string { return i.token(rs256, i.claims(), otherKey()) },
		"a key that comes along": func(i *issuer) string {
			own := otherKey()
			jwk := map[string]string{"kty": "RSA", "n": encode64(own.N.Bytes()), "e": encode64(big.NewInt(int64(own.E)).Bytes())}
			return i.token(map[string]any{"alg": "RS256", "jwk": jwk}, i.claims(), own)
		},
		"a key at an address": func(i *issuer) string {
			return i.token(map[string]any{"alg": "RS256", "jku": "https://" + elsewhere + "/keys", "kid": "k9"}, i.claims(),
				otherKey())
		},
		"another issuer": changed("iss", "https://"+elsewhere), "another audience": changed("aud", "wechat"),
		"no audience": changed("aud", nil), "expired": changed("exp", time.Now().Add(-time.Hour).Unix()),
		"no end":  changed("exp", nil),
		"not yet": changed("nbf", time.Now().Add(time.Hour).Unix()), "another role": changed("role", "reader"),
		"no role": changed("role", nil), "a role like it": changed("role", "operators"),
		"altered claims": func(i *issuer) string {
			all := strings.Split(i.token(rs256, i.claims(), i.key), ".")
			claims := i.claims()
			claims["sub"] = "mallory"
			return joined(rs256, claims) + "." + all[2]
		},
		"without a signature": func(i *issuer) string { return joined(rs256, i.claims()) + "." },
	}
	var all []try
	for _, name := range sorted(tokens) {
		for _, path := range []string{"/codec/decode", "/codec/encode"} {
			all = append(all, asking("who may decrypt", path+", the token: "+name, func(l *live) attempt {
				return attempt{method: http.MethodPost, path: path, body: `{"payloads":[]}`, base: l.internal,
					header: map[string]string{
						"Authorization": "Bearer " + tokens[name](l.issuer), "Content-Type": "application/json"}}
			}, http.StatusUnauthorized, http.StatusForbidden))
		}
	}
	return append(all, asking("who may decrypt", "from another site, with the right token", func(l *live) attempt {
		return attempt{method: http.MethodPost, path: "/codec/decode", body: `{"payloads":[]}`, base: l.internal,
			header: map[string]string{
				"Authorization": "Bearer " + tokenOfCodec, "Origin": "https://" + elsewhere}}
	}, http.StatusForbidden), asking("who may decrypt", "a file that nobody waits for", func(l *live) attempt {
		return attempt{method: http.MethodPut, path: "/files/guess", body: "forged", base: l.internal}
	}, http.StatusNotFound, http.StatusForbidden, http.StatusUnauthorized, http.StatusGone))
}

func otherKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("attack: no key: " + err.Error())
	}
	return key
}
