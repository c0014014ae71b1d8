package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// withShop adds a second account.
func withShop(change func(*stack.Account)) option {
	return func(_ *scene, o *stack.Options) {
		shop := stack.Account{Name: "shop", Settings: func(c *config.Config) { c.Language = "en" }}
		if change != nil {
			change(&shop)
		}
		o.Accounts = []stack.Account{shop}
	}
}

// at returns the scene as seen by the followers of another account.
func (s *scene) at(account string) *scene {
	other := *s
	other.wechat = control{s.WeChatOf(account), s.t}
	return &other
}

// Two people write to two accounts of one tenant with the same MsgId, and are answered. An openid belongs to one
// account.
func TestAccountsSideBySide(t *testing.T) {
	t.Parallel()
	s := newStack(t, withShop(nil))
	shop := s.at("shop")
	openid := map[*scene]string{s: "oMing", shop: "oLan"}
	for _, one := range []*scene{s, shop} {
		require.Equal(t, 200, one.follow(openid[one]).Status)
		require.Equal(t, 200,
			one.send(openid[one], map[string]any{"type": "text", "content": "to " + one.wechat.URL, "msg_id": "7001"}).Status)
	}
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
	tickets := map[string]ticket{}
	for _, t := range s.tickets() {
		tickets[t.texts("follower")[0]] = t
	}
	require.Len(t, tickets, 2)
	require.Len(t, s.customers(), 2)
	for _, row := range s.workflows(`WorkflowType = "Conversation"`) {
		require.Contains(t, row.GetExecution().GetWorkflowId(), "conversation/"+attributes(row)["Account"]+"/")
	}

	// The tenant's answers are routed by the message id, or without one by the address of the account.
	for _, one := range []*scene{s, shop} {
		ticket := tickets["to "+one.wechat.URL]
		s.agentReplies(ticket.ID, "answer to "+ticket.ID, nil)
		s.agentReplies(ticket.ID, "second answer to "+ticket.ID, map[string]any{"empty_original_id": true})
	}
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 4)
	for _, one := range []*scene{s, shop} {
		ticket := tickets["to "+one.wechat.URL]
		got := strings.Join(one.read(openid[one], "customer_service"), "|")
		require.Contains(t, got, "|answer to "+ticket.ID)
		require.Contains(t, got, "|second answer to "+ticket.ID)
		for _, other := range tickets {
			if other.ID != ticket.ID {
				require.NotContains(t, got, other.ID)
			}
		}
	}
	require.Contains(t, strings.Join(shop.read(openid[shop], "passive"), ""), "Hello, and thank you")
	require.NotContains(t, strings.Join(s.read(openid[s], "passive"), ""), "Hello, and thank you")
}

// An account whose secret is wrong parks syncs that need WeChat. The other account is not affected.
func TestBrokenAccountDisturbsNobody(t *testing.T) {
	t.Parallel()
	s := newStack(t, withShop(func(a *stack.Account) {
		a.Simulator = func(o *wechatsim.Options) { o.AppSecret = "another-secret" }
	}))
	shop := s.at("shop")
	for one, openid := range map[*scene]string{s: "oMing", shop: "oLan"} {
		require.Equal(t, 200, one.follow(openid).Status)
		require.Equal(t, 200, one.say(openid, "hello").Status)
	}
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
	for _, ticket := range s.tickets() {
		s.agentReplies(ticket.ID, "come by", nil)
	}
	s.waitForRead("oMing", "come by")
	s.waitFor("the broken account's reply parked", func() bool {
		return len(
			s.workflows(`WorkflowType = "DeliverReply" AND Account = "shop" AND SyncState = "needs_attention" AND SyncError = "`+
				activities.ErrorWeChatCredentials+`"`)) == 1
	})
	require.Empty(t, s.workflows(`Account = "default" AND SyncState = "needs_attention"`))
	require.Empty(t, shop.read("oLan", "customer_service"))
	s.agentReplies(s.tickets()[0].ID, "and again", nil)
	s.agentReplies(s.tickets()[1].ID, "and again", nil)
	s.waitForRead("oMing", "and again")
}

// A session for one account's page opens nothing on the other's, not even for the same openid.
func TestPagesOfAccountsAreApart(t *testing.T) {
	t.Parallel()
	s := newStack(t, withShop(nil))
	shop := s.at("shop")
	s.follow("oSame")
	shop.follow("oSame")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 2)
	first, second := "http://"+s.Addresses().API, s.Settings().Others[0].Web.URL
	require.NotEqual(t, first, second)

	shop.wechat.post("/holder", map[string]any{"openid": "oSame"}, nil)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	address, err := url.Parse(second + "/web/")
	require.NoError(t, err)
	status, page := s.fetch(&http.Client{Jar: jar}, second+"/web/")
	require.Equal(t, http.StatusOK, status, page)
	require.Contains(t, page, `id="go-tickets"`, "signed in with the shop's WeChat")

	// The shop's cookie, copied by hand, is not valid for the first account, and the first account's is not valid for the
	// shop.
	var session *http.Cookie
	for _, cookie := range jar.Cookies(address) {
		if cookie.Name == "wx_session" {
			session = cookie
		}
	}
	require.NotNil(t, session)
	carried, err := cookiejar.New(nil)
	require.NoError(t, err)
	other, err := url.Parse(first + "/web/")
	require.NoError(t, err)
	carried.SetCookies(other, []*http.Cookie{{Name: session.Name, Value: session.Value, Path: "/"}})
	status, page = s.fetch(&http.Client{Jar: carried, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}, first+"/web/")
	require.Equal(t, http.StatusFound, status, page)
}

// fetch returns a page as a client sees it.
func (s *scene) fetch(browser *http.Client, address string) (int, string) {
	s.t.Helper()
	res, err := browser.Get(address)
	require.NoError(s.t, err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	return res.StatusCode, string(body)
}
