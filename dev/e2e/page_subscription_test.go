package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// subscription is a verified subscription account: no OAuth.
func subscription(s *scene, o *stack.Options) {
	before := o.WeChat
	o.WeChat = func(w *wechatsim.Options) {
		before(w)
		w.AccountType = wechatsim.SubscriptionVerified
	}
	withSettings(func(c *config.Config) { c.WeChat.OAuth, c.Language = "off", "en" })(s, o)
}

func TestPageOfASubscriptionAccount(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser, subscription)
	s.follow("oBob")
	phone := s.tab(phoneWidth, phoneHeight)
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets?lang=en"),
		sees("h1", "Please open this page from the chat")))

	link := s.personalLink("oBob", "new_ticket")
	require.NoError(t, chromedp.Do(phone, chromedp.Navigate(link+"&lang=en"),
		chromedp.WaitVisible(chromedp.CSS("#continue"))))
	s.view(phone, "h5/link") // only a finger presses the button
	require.NoError(t, chromedp.Do(phone, click("#continue"), chromedp.WaitVisible(chromedp.CSS("#open"))))
	id := s.openTicket(phone, "My brakes squeal", "Since yesterday", snapshots(t))
	s.waitForState(workflows.TypeAttachMedia, workflows.StateSynced, 2)
	require.Len(t, s.attached(id), 2)
	s.agentReplies(id, "Please come tomorrow at ten.", nil)
	s.reload(phone, "/web/tickets/"+id, ".agent .bubble", "come tomorrow")
	require.NoError(t, chromedp.Do(phone, fill("text", "I will"), click("#send"), sees(".own .bubble", "I will")))
	require.NoError(t, chromedp.Do(phone, night(true)))
	s.view(phone, "h5/dark")

	thief := browser(t)(phoneWidth, phoneHeight)
	require.NoError(t, chromedp.Do(thief, s.browse("/web/?lang=en"), chromedp.Navigate(link), click("#continue"),
		sees("h1", "does not work any more")))
	require.NoError(t,
		chromedp.Do(thief,
			holds(
				`(self.WeixinJSBridge = {call: (what) => document.title = what}, document.dispatchEvent(new Event("WeixinJSBridgeReady")), true)`, "WeChat's browser")))
	s.view(thief, "h5/expired")
	require.NoError(t, chromedp.Do(thief, click("[data-close] button"),
		holds(`document.title == "closeWindow"`, "the chat")))

	s.say("oBob", "My tickets")
	require.Contains(t, s.read("oBob", "passive")[len(s.read("oBob", "passive"))-1], "/web/link?t=")
	require.Len(t, s.tickets(), 1, "asking for the page is no message")

	s.wechat.post("/followers/oBob/unsubscribe", nil, nil)
	s.reload(phone, "/web/tickets", "h1", "You do not follow us")
}

// personalLink presses a button of the menu and returns the link that the chat answers with.
func (s *scene) personalLink(openid, key string) string {
	s.t.Helper()
	before := len(s.read(openid, "passive"))
	s.wechat.post("/followers/"+openid+"/click", map[string]any{"key": key}, nil)
	var link string
	s.waitFor("a personal link", func() bool {
		answers := s.read(openid, "passive")
		if len(answers) <= before {
			return false
		}
		_, rest, _ := strings.Cut(answers[len(answers)-1], `href="`)
		link, _, _ = strings.Cut(rest, `"`)
		return strings.Contains(link, "/web/link?t=")
	})
	return link
}
