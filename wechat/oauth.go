package wechat

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// The scopes of web OAuth. The silent one yields only the openid. The other asks for consent, and only after a
// gesture of the user; without one, WeChat answers with a made-up snapshot user.
const (
	ScopeBase     = "snsapi_base"
	ScopeUserInfo = "snsapi_userinfo"
)

// OAuthToken is what a user granted. It is only for [Client.OAuthUserInfo], not for the account's own API. Printing
// or logging it shows neither token nor openid.
type OAuthToken struct {
	AccessToken string
	ExpiresAt   time.Time
	// RefreshToken is valid for 30 days.
	RefreshToken  string
	OpenID, Scope string
	UnionID       string
	// Snapshot marks the made-up user of a snapshot page: never create a contact from it.
	Snapshot bool
}

// String hides the token's contents.
func (t OAuthToken) String() string { return "oauth token, scope " + t.Scope }

// GoString hides the token's contents.
func (t OAuthToken) GoString() string { return t.String() }

// LogValue hides the token's contents.
func (t OAuthToken) LogValue() slog.Value { return slog.StringValue(t.String()) }

// OAuthUser is the user's profile. Everything but OpenID and Nickname is usually empty.
type OAuthUser struct {
	OpenID, UnionID, Nickname string
	// Sex is 1 male, 2 female, 0 unknown.
	Sex                     int
	Country, Province, City string
	// AvatarURL becomes invalid when the user changes the picture.
	AvatarURL  string
	Privileges []string
}

// AuthorizeURL returns the address to which a page in WeChat's browser is redirected for web OAuth. WeChat comes back
// to redirect with code and state, or with state alone when the user declines. The host of redirect must be registered
// in the console; state has at most 128 characters of a-z, A-Z, 0-9.
//
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
func (c *Client) AuthorizeURL(redirect, scope, state string) string {
	// WeChat checks the order of the parameters, so url.Values cannot write them.
	return c.openURL + "/connect/oauth2/authorize?appid=" + url.QueryEscape(c.appID) +
		"&redirect_uri=" + url.QueryEscape(redirect) + "&response_type=code&scope=" + url.QueryEscape(scope) +
		"&state=" + url.QueryEscape(state) + "#wechat_redirect"
}

// ExchangeCode turns the code of a redirect into a token, GET /sns/oauth2/access_token. A code is valid for one
// exchange within 5 minutes: [ErrCodeUsed], [ErrInvalidCode], [ErrCodeExpired].
//
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
func (c *Client) ExchangeCode(ctx context.Context, code string) (OAuthToken, error) {
	return c.oauthToken(ctx, call{
		op: "sns/oauth2/access_token", holds: []string{"openid"},
		method: http.MethodGet, path: "/sns/oauth2/access_token", public: true,
		query: url.Values{
			"appid": {c.appID}, "secret": {c.appSecret}, "code": {code}, "grant_type": {"authorization_code"},
		},
		hide: []string{code},
	})
}

// RefreshOAuthToken gets a new token for a refresh token, GET /sns/oauth2/refresh_token; [ErrRefreshTokenExpired] after
// 30 days.
//
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
func (c *Client) RefreshOAuthToken(ctx context.Context, refreshToken string) (OAuthToken, error) {
	return c.oauthToken(ctx, call{
		op: "sns/oauth2/refresh_token", holds: []string{"openid"},
		method: http.MethodGet, path: "/sns/oauth2/refresh_token", public: true,
		query: url.Values{"appid": {c.appID}, "grant_type": {"refresh_token"}, "refresh_token": {refreshToken}},
		hide:  []string{refreshToken},
	})
}

func (c *Client) oauthToken(ctx context.Context, r call) (OAuthToken, error) {
	asked := c.now()
	var answer struct {
		AccessToken  string  `json:"access_token"`
		ExpiresIn    integer `json:"expires_in"`
		RefreshToken string  `json:"refresh_token"`
		OpenID       string  `json:"openid"`
		Scope        string  `json:"scope"`
		Snapshot     integer `json:"is_snapshotuser"`
		UnionID      string  `json:"unionid"`
	}
	if err := c.do(ctx, r, &answer); err != nil {
		return OAuthToken{}, err
	}
	if answer.OpenID == "" {
		return OAuthToken{}, c.outcomeUnknown(r, "", errUnreadable)
	}
	return OAuthToken{
		AccessToken: answer.AccessToken, ExpiresAt: asked.Add(time.Duration(answer.ExpiresIn) * time.Second),
		RefreshToken: answer.RefreshToken, OpenID: answer.OpenID, Scope: answer.Scope, UnionID: answer.UnionID,
		Snapshot: answer.Snapshot == 1,
	}, nil
}

// OAuthUserInfo returns the profile of a user who granted [ScopeUserInfo], GET /sns/userinfo; [ErrUnauthorizedAPI] when
// the scope was [ScopeBase]. lang is zh_CN, zh_TW or en.
//
// https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
func (c *Client) OAuthUserInfo(ctx context.Context, t OAuthToken, lang string) (OAuthUser, error) {
	var answer struct {
		OpenID     string         `json:"openid"`
		Nickname   string         `json:"nickname"`
		Sex        integer        `json:"sex"`
		Province   string         `json:"province"`
		City       string         `json:"city"`
		Country    string         `json:"country"`
		AvatarURL  string         `json:"headimgurl"`
		Privileges listOf[string] `json:"privilege"`
		UnionID    string         `json:"unionid"`
	}
	err := c.do(ctx, call{
		op: "sns/userinfo", holds: []string{"openid"},
		method: http.MethodGet, path: "/sns/userinfo", public: true,
		query: url.Values{"access_token": {t.AccessToken}, "openid": {t.OpenID}, "lang": {lang}},
		hide:  []string{t.AccessToken, t.OpenID},
	}, &answer)
	if err == nil && answer.OpenID != t.OpenID {
		err = &TransportError{Op: "sns/userinfo", Err: errOther}
	}
	if err != nil {
		return OAuthUser{}, err
	}
	return OAuthUser{
		OpenID: answer.OpenID, UnionID: answer.UnionID, Nickname: answer.Nickname, Sex: int(answer.Sex),
		Country: answer.Country, Province: answer.Province, City: answer.City,
		AvatarURL: answer.AvatarURL, Privileges: answer.Privileges,
	}, nil
}
