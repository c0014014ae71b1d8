package wechatsim

import (
	"slices"
	"time"
)

const (
	scopeBase     = "snsapi_base"
	scopeUserInfo = "snsapi_userinfo"

	codeLife         = 5 * time.Minute
	userTokenLife    = 7200 * time.Second
	refreshTokenLife = 30 * 24 * time.Hour
)

// oauthCode is handed to redirect_uri and works once.
type oauthCode struct {
	OpenID string    `json:"openid"`
	Scope  string    `json:"scope"`
	At     time.Time `json:"at"`
	Used   bool      `json:"used"`
}

// userToken is a web token of one follower; it is valid only for /sns/*.
type userToken struct {
	OpenID   string    `json:"openid"`
	Scope    string    `json:"scope"`
	Refresh  string    `json:"refresh"`
	Expires  time.Time `json:"expires"`
	Started  time.Time `json:"started"`
	Snapshot bool      `json:"snapshot"`
}

func (s *Simulator) newCode(openid, scope string, now time.Time) string {
	code := "0" + s.text(31)
	s.state.Codes[code] = &oauthCode{OpenID: openid, Scope: scope, At: now}
	return code
}

// codeExchange: https://developers.weixin.qq.com/doc/service/api/webdev/access/api_snsaccesstoken.html
func codeExchange(c *call) (any, error) {
	q := c.query
	switch {
	case q.Get("appid") == "":
		return nil, refuse(41002)
	case q.Get("secret") == "":
		return nil, refuse(41004)
	case q.Get("code") == "":
		return nil, refuse(41008)
	case q.Get("grant_type") != "authorization_code":
		return nil, refuse(40002)
	case q.Get("appid") != c.s.options.AppID:
		return nil, refuse(40013)
	case q.Get("secret") != c.s.settings.AppSecret:
		return nil, refuse(40125)
	}
	code, found := c.s.state.Codes[q.Get("code")]
	switch {
	case !found:
		return nil, refuse(40029)
	case code.Used:
		return nil, refuse(40163)
	case c.now.Sub(code.At) >= codeLife:
		return nil, refuse(42003)
	}
	code.Used = true
	token := &userToken{
		OpenID: code.OpenID, Scope: code.Scope, Refresh: "93_" + c.s.text(88),
		Expires: c.now.Add(userTokenLife), Started: c.now,
		Snapshot: c.s.settings.SnapshotUser && code.Scope == scopeUserInfo,
	}
	if token.Snapshot {
		token.OpenID = "oSnapshot" + c.s.text(19)
	}
	return c.userTokenAnswer(token), nil
}

func (c *call) userTokenAnswer(token *userToken) map[string]any {
	value := "93_" + c.s.text(88)
	c.s.state.UserTokens[value] = token
	out := map[string]any{
		"access_token": value, "expires_in": int(userTokenLife.Seconds()),
		"refresh_token": token.Refresh, "openid": token.OpenID, "scope": token.Scope,
	}
	if token.Snapshot {
		out["is_snapshotuser"] = 1
	}
	return out
}

func userTokenRefresh(c *call) (any, error) {
	q := c.query
	switch {
	case q.Get("appid") != c.s.options.AppID:
		return nil, refuse(40013)
	case q.Get("grant_type") != "refresh_token":
		return nil, refuse(40002)
	}
	for _, token := range c.s.state.UserTokens {
		if token.Refresh != q.Get("refresh_token") {
			continue
		}
		if c.now.Sub(token.Started) >= refreshTokenLife {
			return nil, refuse(42002)
		}
		renewed := *token
		renewed.Expires = c.now.Add(userTokenLife)
		return c.userTokenAnswer(&renewed), nil
	}
	return nil, refuse(40030)
}

// webToken checks a user token together with the openid it must belong to.
func (c *call) webToken() (*userToken, error) {
	value, openid := c.query.Get("access_token"), c.query.Get("openid")
	token, found := c.s.state.UserTokens[value]
	switch {
	case value == "":
		return nil, refuse(41001)
	case !found:
		return nil, refuse(40001)
	case !c.now.Before(token.Expires):
		return nil, refuse(42001)
	case openid == "":
		return nil, refuse(41009)
	case openid != token.OpenID:
		return nil, refuse(40003)
	}
	return token, nil
}

// userProfile: https://developers.weixin.qq.com/doc/service/api/webdev/access/api_snsuserinfo.html
func userProfile(c *call) (any, error) {
	token, err := c.webToken()
	if err != nil {
		return nil, err
	}
	if token.Scope != scopeUserInfo {
		return nil, refuse(48001)
	}
	nickname := "微信用户"
	if f, known := c.s.state.Followers[token.OpenID]; known && !token.Snapshot {
		nickname = f.Nickname
	}
	return map[string]any{
		"openid": token.OpenID, "nickname": nickname, "sex": 0, "language": "",
		"city": "", "province": "", "country": "",
		"headimgurl": "https://thirdwx.qlogo.cn/mmopen/vi_32/" + token.OpenID + "/132", "privilege": []string{},
	}, nil
}

func userTokenCheck(c *call) (any, error) {
	if _, err := c.webToken(); err != nil {
		return nil, err
	}
	return ok(), nil
}

// scriptTicket returns the JS-SDK's ticket, the same one while it is valid.
// https://developers.weixin.qq.com/doc/service/api/webdev/jssdk/api_getticket.html
func scriptTicket(c *call) (any, error) {
	kind := c.query.Get("type")
	if !slices.Contains([]string{"jsapi", "wx_card"}, kind) {
		return nil, refuse(40097)
	}
	st := c.s.state
	if !st.Ticket.valid(c.now) {
		st.Ticket = issued{Value: c.s.text(86), Expires: c.now.Add(tokenLife)}
	}
	out := ok()
	out["ticket"] = st.Ticket.Value
	out["expires_in"] = st.Ticket.remaining(c.now)
	return out, nil
}
