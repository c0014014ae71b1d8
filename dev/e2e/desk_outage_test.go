package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// An agent answers while WeChat refuses the connector. The note beside the ticket says that the customer has received
// nothing yet, and, once the answer has been sent automatically, that it has arrived.
func TestBrowserShowsAgentsAnOutage(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser)
	const question, answer = "你好，刹车的时候有尖锐的响声", "您好，请明天上午十点来店检查刹车片。"
	s.follow("oAlice")
	s.say("oAlice", question)
	ticket := s.waitForThread(question)
	s.waitFor("the ticket's number on the phone", func() bool { return len(s.read("oAlice", "customer_service")) == 1 })
	desk := s.tab(1440, 700)
	require.NoError(t, chromedp.Do(desk, chromedp.Navigate("http://"+s.Addresses().C4C+"/"),
		click(fmt.Sprintf(`button[data-ticket=%q]`, ticket.ID)), shows("#thread .text", question)))

	s.wechat.patch("/settings", map[string]any{"ip_whitelist": []string{"203.0.113.7"}})
	require.NoError(t, chromedp.Do(desk, write("#reply", answer), click("#send"), shows("#thread .text", answer),
		shows("#notes", "【未送达】回复“"+answer+"”暂未送达"), chromedp.WaitNotVisible(chromedp.CSS("#toast"))))
	require.Empty(t, s.answers("oAlice", ticket))
	picture(t, desk, "desk_outage", "")

	s.wechat.patch("/settings", map[string]any{"ip_whitelist": []string{}})
	require.NoError(t, chromedp.Do(desk, shows("#notes", "【已送达】此前未送达的回复“"+answer+"”现已送达客户")))
	require.Equal(t, []string{answer}, s.answers("oAlice", ticket))
	picture(t, desk, "desk_after", "")
}
