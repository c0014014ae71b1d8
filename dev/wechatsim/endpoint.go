package wechatsim

import "net/http"

// capability is the set of account types that may call an API.
type capability uint8

const (
	subscriptionUnverified capability = 1 << iota
	subscriptionVerified
	serviceUnverified
	serviceVerified

	everybody      = subscriptionUnverified | subscriptionVerified | serviceUnverified | serviceVerified
	verified       = subscriptionVerified | serviceVerified
	allButPersonal = subscriptionVerified | serviceUnverified | serviceVerified
)

// endpoint is one API: how it is called, by whom, how often.
type endpoint struct {
	method string // "" any
	token  bool   // needs the account's access_token
	web    bool   // a page or a file for browsers, no server API
	who    capability
	daily  int // 0: not counted
	handle func(c *call) (any, error)
}

// api is an API that needs the account's access token.
func api(method string, who capability, daily int, handle func(c *call) (any, error)) endpoint {
	return endpoint{method: method, token: true, who: who, daily: daily, handle: handle}
}

func (ep endpoint) permits(account AccountType) bool {
	bit := map[AccountType]capability{
		SubscriptionUnverified: subscriptionUnverified, SubscriptionVerified: subscriptionVerified,
		ServiceUnverified: serviceUnverified, ServiceVerified: serviceVerified,
	}[account]
	return ep.who&bit != 0
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// endpoints is every path of WeChat that exists here, with the permissions of the
// account types and the daily limits of a new account.
// https://developers.weixin.qq.com/doc/service/guide/product/permission.html
//
// init avoids the cycle between the table and quota/get, which reads it.
var endpoints map[string]endpoint

//nolint:funlen // a row for each path
func init() {
	endpoints = map[string]endpoint{
		"/cgi-bin/token":        {method: get, who: everybody, daily: 2000, handle: classicToken},
		"/cgi-bin/stable_token": {method: post, who: everybody, daily: 500_000, handle: stableToken},

		"/cgi-bin/user/info":              api(get, verified, 500_000, userInfo),
		"/cgi-bin/user/info/batchget":     api(post, verified, 500_000, userInfoBatch),
		"/cgi-bin/user/get":               api(get, verified, 500, userList),
		"/cgi-bin/user/info/updateremark": api(post, verified, 10_000, updateRemark),

		"/cgi-bin/tags/create":                       api(post, verified, 1000, createTag),
		"/cgi-bin/tags/get":                          api(get, verified, 1000, listTags),
		"/cgi-bin/tags/update":                       api(post, verified, 1000, updateTag),
		"/cgi-bin/tags/delete":                       api(post, verified, 1000, deleteTag),
		"/cgi-bin/tags/members/batchtagging":         api(post, verified, 100_000, tagFollowers),
		"/cgi-bin/tags/members/batchuntagging":       api(post, verified, 100_000, untagFollowers),
		"/cgi-bin/tags/getidlist":                    api(post, verified, 500_000, tagsOfFollower),
		"/cgi-bin/user/tag/get":                      api(post, verified, 1000, followersOfTag),
		"/cgi-bin/tags/members/getblacklist":         api(post, verified, 1000, getBlacklist),
		"/cgi-bin/tags/members/batchblacklist":       api(post, verified, 1000, blacklistFollowers),
		"/cgi-bin/tags/members/batchunblacklist":     api(post, verified, 1000, unblacklistFollowers),
		"/cgi-bin/message/custom/send":               api(post, verified, 500_000, customSend),
		"/cgi-bin/message/custom/typing":             api(post, verified, 500_000, customTyping),
		"/cgi-bin/message/template/send":             api(post, serviceVerified, 100_000, templateSend),
		"/cgi-bin/template/get_all_private_template": api(get, serviceVerified, 10_000, templateList),
		"/cgi-bin/template/api_add_template":         api(post, serviceVerified, 10_000, templateAdd),
		"/cgi-bin/template/del_private_template":     api(post, serviceVerified, 10_000, templateDelete),
		"/cgi-bin/message/subscribe/bizsend":         api(post, serviceVerified, 100_000, subscribeSend),
		"/wxaapi/newtmpl/gettemplate":                api(get, serviceVerified, 10_000, subscriptionList),
		"/cgi-bin/customservice/getkflist":           api(get, verified, 10_000, agentList),

		"/cgi-bin/media/upload":    api(post, verified, 100_000, mediaUpload),
		"/cgi-bin/media/uploadimg": api(post, verified, 100_000, pictureUpload),
		"/cgi-bin/media/get":       api(get, verified, 200_000, mediaGet),
		"/cgi-bin/media/get/jssdk": api(get, verified, 200_000, mediaGetHD),
		"/_media":                  {method: get, web: true, who: everybody, handle: mediaFile},

		"/cgi-bin/menu/create":               api(post, allButPersonal, 1000, menuCreate),
		"/cgi-bin/menu/get":                  api(get, allButPersonal, 10_000, menuGet),
		"/cgi-bin/menu/delete":               api(get, allButPersonal, 1000, menuDelete),
		"/cgi-bin/menu/addconditional":       api(post, verified, 2000, menuAddConditional),
		"/cgi-bin/menu/delconditional":       api(post, verified, 2000, menuDeleteConditional),
		"/cgi-bin/menu/trymatch":             api(post, verified, 20_000, menuTryMatch),
		"/cgi-bin/get_current_selfmenu_info": api(get, everybody, 10_000, menuCurrent),

		"/cgi-bin/qrcode/create": api(post, serviceVerified, 100_000, qrCreate),
		"/cgi-bin/showqrcode":    {method: get, web: true, who: everybody, handle: qrShow},

		"/cgi-bin/getcallbackip":     api(get, everybody, 10_000, callbackIPs),
		"/cgi-bin/get_api_domain_ip": api(get, everybody, 10_000, apiIPs),
		"/cgi-bin/callback/check":    api(post, everybody, 1000, callbackCheck),
		"/cgi-bin/clear_quota":       api(post, everybody, 0, clearQuota),
		"/cgi-bin/openapi/quota/get": api(post, everybody, 0, quotaGet),

		"/connect/oauth2/authorize": {web: true, who: serviceVerified, handle: authorizePage},
		"/connect/oauth2/confirm":   {method: post, web: true, who: serviceVerified, handle: authorizeDecision},
		"/sns/oauth2/access_token":  {method: get, who: serviceVerified, handle: codeExchange},
		"/sns/oauth2/refresh_token": {method: get, who: serviceVerified, handle: userTokenRefresh},
		"/sns/userinfo":             {method: get, who: serviceVerified, handle: userProfile},
		"/sns/auth":                 {method: get, who: serviceVerified, handle: userTokenCheck},
		"/cgi-bin/ticket/getticket": api(get, everybody, 1_000_000, scriptTicket),
	}
}
