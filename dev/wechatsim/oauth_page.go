package wechatsim

import (
	htmltemplate "html/template"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"bytes"
	_ "embed"
)

// holderCookie is the cookie by which the phone page tells the OAuth page whose phone it is.
const holderCookie = "sim_openid"

//go:embed page/oauth.html
var oauthHTML string

// oauthTemplate shows the consent page, the choice of a follower, or an error.
var oauthTemplate = htmltemplate.Must(htmltemplate.New("oauth").Parse(oauthHTML))

type oauthView struct {
	Account   string
	Error     string
	Code      int
	Nickname  string
	Initial   string // first character, on the picture
	OpenID    string
	Query     string // the authorize query, to come back with
	Followers []*follower
}

var stateShape = regexp.MustCompile(`^[a-zA-Z0-9]{0,128}$`)

// The order WeChat insists on; connect_redirect and the like may follow.
var authorizeOrder = []string{"appid", "redirect_uri", "response_type", "scope", "state"}

// authorizePage is open.weixin.qq.com/connect/oauth2/authorize as the follower's browser sees it: errors are pages,
// snsapi_base redirects at once, snsapi_userinfo asks for consent.
// https://developers.weixin.qq.com/doc/service/guide/h5/auth.html
func authorizePage(c *call) (any, error) {
	s := c.s
	view := oauthView{Account: s.settings.AccountName, Query: c.r.URL.RawQuery}
	if text, code := c.authorizeError(); code != 0 {
		view.Error, view.Code = text, code
		return showOAuth(view)
	}
	openid := c.phoneHolder()
	if openid == "" {
		for _, id := range s.state.Order {
			view.Followers = append(view.Followers, s.state.Followers[id])
		}
		if len(view.Followers) == 0 {
			view.Error, view.Code = "没有可用的微信号：请先在模拟手机上打开公众号", 10004
		}
		return showOAuth(view)
	}
	if c.query.Get("scope") == scopeBase {
		return c.redirectWithCode(openid, c.query)
	}
	f := s.state.person(openid)
	view.OpenID, view.Nickname = openid, f.Nickname
	for _, first := range f.Nickname {
		view.Initial = string(first)
		break
	}
	return showOAuth(view)
}

func (c *call) authorizeError() (string, int) {
	switch {
	case !endpoints[c.r.URL.Path].permits(c.s.settings.AccountType):
		return "Scope 参数错误或没有 Scope 权限", 10005
	case !orderedQuery(c.r.URL.RawQuery):
		return "链接参数错误：参数的顺序或大小写不正确", 10013
	case c.query.Get("appid") != c.s.options.AppID:
		return "AppID 参数错误", 10013
	case c.query.Get("response_type") != "code":
		return "response_type 参数错误", 10013
	case c.query.Get("scope") != scopeBase && c.query.Get("scope") != scopeUserInfo:
		return "Scope 参数错误或没有 Scope 权限", 10005
	case !stateShape.MatchString(c.query.Get("state")):
		return "state 参数错误", 10013
	case !c.redirectAllowed():
		return "redirect_uri 域名与后台配置不一致", 10003
	}
	return "", 0
}

func orderedQuery(raw string) bool {
	var names []string
	for part := range strings.SplitSeq(raw, "&") {
		name, _, _ := strings.Cut(part, "=")
		if name != "openid" { // added by the choice of a follower
			names = append(names, name)
		}
	}
	want := authorizeOrder
	if len(names) == 4 || len(names) > 4 && names[4] != "state" {
		want = authorizeOrder[:4] // state is optional
	}
	return len(names) >= len(want) && slices.Equal(names[:len(want)], want)
}

// redirectAllowed compares hosts without port, as the console's domain has none.
func (c *call) redirectAllowed() bool {
	target, err := url.Parse(c.query.Get("redirect_uri"))
	if err != nil || target.Host == "" {
		return false
	}
	host := target.Hostname()
	if domain := c.s.settings.OAuthDomain; domain != "" {
		return host == domain
	}
	if callback, err := url.Parse(c.s.settings.CallbackURL); err == nil && callback.Hostname() == host {
		return true
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// phoneHolder returns who holds the phone: chosen on the page, or from the phone page's cookie, a test's header, or
// POST /_sim/holder.
func (c *call) phoneHolder() string {
	if openid := c.query.Get("openid"); openid != "" {
		return openid
	}
	if openid := c.r.Header.Get("X-Sim-Openid"); openid != "" {
		return openid
	}
	if cookie, err := c.r.Cookie(holderCookie); err == nil && cookie.Value != "" {
		return cookie.Value
	}
	return c.s.holder
}

// authorizeDecision handles a press on 允许 or 拒绝.
func authorizeDecision(c *call) (any, error) {
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return nil, refuse(40035)
	}
	query, err := url.ParseQuery(form.Get("query"))
	if err != nil {
		return nil, refuse(40035)
	}
	c.query = query
	if !c.redirectAllowed() || query.Get("appid") != c.s.options.AppID {
		return nil, refuse(40035)
	}
	if form.Get("decision") != "allow" {
		return redirect(query, url.Values{})
	}
	return c.redirectWithCode(form.Get("openid"), query)
}

func (c *call) redirectWithCode(openid string, query url.Values) (any, error) {
	code := c.s.newCode(openid, query.Get("scope"), c.now)
	return redirect(query, url.Values{"code": {code}})
}

// redirect appends code (if any) and state to redirect_uri's own parameters.
func redirect(query, add url.Values) (any, error) {
	target, err := url.Parse(query.Get("redirect_uri"))
	if err != nil {
		return nil, refuse(40035)
	}
	extra := "state=" + url.QueryEscape(query.Get("state"))
	if code := add.Get("code"); code != "" {
		extra = "code=" + url.QueryEscape(code) + "&" + extra
	}
	if target.RawQuery != "" {
		extra = target.RawQuery + "&" + extra
	}
	target.RawQuery = extra
	return answer{status: http.StatusFound, location: target.String()}, nil
}

func showOAuth(view oauthView) (any, error) {
	var buf bytes.Buffer
	if err := oauthTemplate.Execute(&buf, view); err != nil {
		return nil, err
	}
	return answer{status: http.StatusOK, contentType: "text/html; charset=utf-8", body: buf.Bytes()}, nil
}
