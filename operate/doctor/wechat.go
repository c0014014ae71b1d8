package doctor

import (
	"context"
	"errors"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// nobody is an openid that no follower has.
const nobody = "wechat-c4c-doctor-nobody"

// sendPath is the API whose daily quota is used up by replies.
const sendPath = "/cgi-bin/message/custom/send"

// WeChat checks the Official Account: token, address, permissions, quota, menu. account remembers what the account
// may do, so that the last check can tell what kind of account it is.
func WeChat(client *wechat.Client) []Check {
	a := &account{client: client}
	return []Check{
		{SystemWeChat, "access token", true, a.token},
		{SystemWeChat, "token accepted, callback addresses", true, a.callbackIPs},
		{SystemWeChat, "customer-service messages", false, a.customMessages},
		{SystemWeChat, "quota of customer-service messages", false, a.quota},
		{SystemWeChat, "list of followers", false, a.followers},
		{SystemWeChat, "menu", false, a.menu},
		{SystemWeChat, "kind of account", false, a.kind},
	}
}

// permission is whether the account may use an API, as the API's answer shows.
type permission int

const (
	unknown permission = iota
	granted
	denied
)

type account struct {
	client              *wechat.Client
	custom, list, menus permission
}

func permissionOf(err error) permission {
	switch {
	case errors.Is(err, wechat.ErrUnauthorizedAPI) || errors.Is(err, wechat.ErrForbiddenAPI):
		return denied
	case err == nil:
		return granted
	}
	// Any complaint about the arguments means that the account may use the API.
	var answered *wechat.Error
	if errors.As(err, &answered) && causeOf(err, nil) == "" {
		return granted
	}
	return unknown
}

func (a *account) token(ctx context.Context) Finding {
	token, err := a.client.Tokens().Token(ctx)
	if err != nil {
		return failed(ctx, err, tokenCauses...)
	}
	return ok("%s…, for another %s", token.Fingerprint(), time.Until(token.ExpiresAt).Round(time.Minute))
}

func (a *account) callbackIPs(ctx context.Context) Finding {
	ips, err := a.client.CallbackIPs(ctx)
	if err != nil {
		return failed(ctx, err)
	}
	return ok("WeChat pushes from %d addresses", len(ips))
}

// customMessages turns "typing" off for a non-existent follower: that needs the same permission as sending, and sends
// nothing. Source: https://developers.weixin.qq.com/doc/service/api/customer/message/api_typing.html
func (a *account) customMessages(ctx context.Context) Finding {
	err := a.client.SendTyping(ctx, nobody, false)
	a.custom = permissionOf(err)
	switch a.custom {
	case granted:
		return ok("permitted")
	case denied:
		finding := failed(ctx, err)
		finding.detail = say("not permitted: replies of service agents cannot be delivered (errcode 48001)")
		return finding.in(wording.English)
	}
	return failed(ctx, err)
}

// quotaLow is the percentage of the day's quota below which the doctor warns.
const quotaLow = 5

func (a *account) quota(ctx context.Context) Finding {
	if a.custom == denied {
		return skip("customer-service messages are not permitted")
	}
	q, err := a.client.Quota(ctx, sendPath)
	switch {
	case permissionOf(err) == denied:
		return skip("the account may not read its quota")
	case err != nil:
		finding := failed(ctx, err)
		finding.Verdict = Warn
		return finding
	case q.DailyLimit > 0 && q.Remaining <= 0:
		return caused(activities.ErrorWeChatQuotaExhausted, say("all %d of today are used", q.DailyLimit))
	case q.DailyLimit > 0 && q.Remaining*quotaLow < q.DailyLimit:
		return warn(say("%d of %d left today", q.Remaining, q.DailyLimit),
			"It starts anew at midnight in Beijing. Find out what uses it up.")
	}
	return ok("%d of %d left today", q.Remaining, q.DailyLimit)
}

func (a *account) followers(ctx context.Context) Finding {
	page, err := a.client.Followers(ctx, "")
	a.list = permissionOf(err)
	switch {
	case err == nil:
		return ok("%d followers", page.Total)
	case a.list == denied:
		return warn("not permitted (errcode 48001)",
			"Nothing needs it in daily work. Verify the account to read its followers.")
	}
	finding := failed(ctx, err)
	finding.Verdict = Warn
	return finding
}

func (a *account) menu(ctx context.Context) Finding {
	menus, err := a.client.Menu(ctx)
	a.menus = permissionOf(err)
	const (
		create = "A menu lets followers open the reply window with one tap. Create one with wechat-c4c menu apply."
		verify = "A menu lets followers open the reply window with one tap. Verify the account, then run wechat-c4c menu apply."
	)
	switch {
	case err == nil && len(menus.Default.Buttons) > 0:
		return ok("%d buttons, %d conditional menus", len(menus.Default.Buttons), len(menus.Conditional))
	case err == nil || errors.Is(err, wechat.ErrMenuNotFound):
		return warn("there is none made by API", create)
	case a.menus == denied:
		return warn("not permitted by API (errcode 48001)", verify)
	}
	finding := failed(ctx, err)
	finding.Verdict = Warn
	return finding
}

// kind infers the account's kind from the permissions, because WeChat does not report it. Source:
// https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Explanation_of_interface_privileges.html
func (a *account) kind(context.Context) Finding {
	const verify = "Verify the account at mp.weixin.qq.com, or renew the verification if it has expired; accounts of private persons cannot be verified."
	switch {
	case a.custom == granted && a.list != denied:
		return ok("verified")
	case a.custom == unknown || a.menus == unknown:
		return skip("cannot be told, because permissions could not be read")
	case a.custom == granted:
		return warn("permitted to send, but not to list followers: its permissions are unusual", verify)
	case a.menus == granted:
		return fail("unverified Service Account: messages become tickets, but replies cannot be delivered", verify)
	}
	return fail(
		"unverified Subscription Account or account of a private person: messages become tickets, but replies cannot be delivered", verify)
}
