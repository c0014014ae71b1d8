package activities

import (
	"context"
	"errors"
	"time"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// TokenInput names the account whose token is meant.
type TokenInput struct {
	Account string `json:"account"`
	// Refused is the fingerprint of a token that WeChat no longer accepts.
	Refused string `json:"refused,omitempty"`
}

func (in TokenInput) account() string { return in.Account }

// TokenHealth is the state of the account's access token. The token itself never leaves the process.
type TokenHealth struct {
	Fingerprint string    `json:"fingerprint"` // first 8 hexadecimal digits of its SHA-256
	ExpiresAt   time.Time `json:"expires_at"`
}

// CheckToken fetches the token ahead of its expiry and verifies that WeChat accepts it.
func (a *WeChat) CheckToken(ctx context.Context, in TokenInput) (TokenHealth, error) {
	account, err := a.Accounts.get(in.Account)
	if err != nil {
		return TokenHealth{}, err
	}
	if _, err := account.WeChat.CallbackIPs(ctx); err != nil {
		return TokenHealth{}, fromWeChat(ctx, err)
	}
	token, err := account.Tokens.Token(ctx)
	if err != nil {
		return TokenHealth{}, fromWeChat(ctx, err)
	}
	return healthOf(token), nil
}

// errSameToken reports that WeChat issued the refused token again: a forced refresh only takes effect 30 seconds
// after the last.
var errSameToken = errors.New("wechat handed out the refused token again")

// forcePause is the pause that WeChat requires between two forced refreshes. Source:
// https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
const forcePause = 30 * time.Second

// ForceRefreshToken replaces a token that WeChat refuses although it still issues it. WeChat allows 20 forced
// refreshes a day, so it first requests a token normally, and checks whether only a single call was refused.
func (a *WeChat) ForceRefreshToken(ctx context.Context, in TokenInput) (TokenHealth, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return TokenHealth{}, err
	}
	token, err := client.StableToken(ctx, false)
	if err == nil && token.Fingerprint() == in.Refused {
		if err = client.TryToken(ctx, token); err == nil {
			return healthOf(token), nil
		}
		if wechat.RefusesToken(err) {
			token, err = client.StableToken(ctx, true)
		}
	}
	if err != nil {
		return TokenHealth{}, fromWeChat(ctx, err)
	}
	if token.Fingerprint() == in.Refused {
		return TokenHealth{}, retryAt(ErrorWeChatTokenRefused, errSameToken, forcePause)
	}
	return healthOf(token), nil
}

func healthOf(token wechat.Token) TokenHealth {
	return TokenHealth{Fingerprint: token.Fingerprint(), ExpiresAt: token.ExpiresAt}
}
