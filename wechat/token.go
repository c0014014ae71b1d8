package wechat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"time"
)

// Token is an access token of the account. Printing or logging one shows only its fingerprint.
type Token struct {
	// Value is the value of access_token; up to 512 characters.
	Value string
	// ExpiresAt is when WeChat stops accepting it.
	ExpiresAt time.Time
}

// Fingerprint returns the first 8 hexadecimal digits of the value's SHA-256, which identify tokens in logs.
func (t Token) Fingerprint() string {
	sum := sha256.Sum256([]byte(t.Value))
	return hex.EncodeToString(sum[:4])
}

// String returns the fingerprint.
func (t Token) String() string { return "token " + t.Fingerprint() }

// GoString returns the fingerprint.
func (t Token) GoString() string { return t.String() }

// LogValue returns the fingerprint.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.Fingerprint()) }

// maxTokenSeconds is the longest life of a WeChat token. A token with a longer stated life is still fetched again
// after this time.
const maxTokenSeconds = 7200

// tokenForm is the form of a token: characters that need no quoting in an address or a header.
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/=!-]+$`)

// TokenSource provides access tokens.
type TokenSource interface {
	// Token returns a token that should be valid.
	Token(ctx context.Context) (Token, error)
	// Refused is called with a token that WeChat refused. It drops the token and returns another, or an error.
	Refused(ctx context.Context, refused Token) (Token, error)
}

// StableToken fetches the account's access token, POST /cgi-bin/stable_token. In normal mode every caller gets the
// same token with its remaining time; WeChat rotates it in the last 5 minutes, when old and new are both valid. With
// force, the current token becomes invalid at once: 20 times a day, 30 seconds apart, only for leaked tokens.
//
// https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/getStableAccessToken.html
func (c *Client) StableToken(ctx context.Context, force bool) (Token, error) {
	r := call{
		op: "stable_token", holds: []string{"access_token"},
		method: http.MethodPost, path: "/cgi-bin/stable_token", public: true,
		json: stableTokenRequest{Grant: "client_credential", AppID: c.appID, Secret: c.appSecret, Force: force},
	}
	asked := c.now()
	var answer struct {
		Value     string  `json:"access_token"`
		ExpiresIn integer `json:"expires_in"`
	}
	if err := c.do(ctx, r, &answer); err != nil {
		return Token{}, err
	}
	if !tokenForm.MatchString(answer.Value) || answer.ExpiresIn <= 0 {
		return Token{}, c.outcomeUnknown(r, answer.Value, errors.New("answer holds no token"))
	}
	return Token{Value: answer.Value,
		ExpiresAt: asked.Add(time.Duration(min(answer.ExpiresIn, maxTokenSeconds)) * time.Second)}, nil
}

type stableTokenRequest struct {
	Grant  string `json:"grant_type"`
	AppID  string `json:"appid"`
	Secret string `json:"secret"`
	Force  bool   `json:"force_refresh"`
}
