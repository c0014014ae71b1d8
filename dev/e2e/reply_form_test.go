package e2e

import (
	"net/http"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// An agent sends a link, which is a card on the phone, and a question with answers. The follower taps one, and its text
// is in the ticket.
func TestCardAndAnswersReachThePhone(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser, recording("form"))
	ticket := s.withTicket("oAlice")
	s.agentReplies(ticket.ID, "<p>使用说明在这里：</p><p><a href=\"https://shop.example.com/manual?a=1&amp;b=2\">刹车保养说明</a></p>", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)
	s.agentReplies(ticket.ID, "现在还有异响吗？\n【1】还有\n【2】没有了", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 2)
	type shown struct{ Type, Content, Title, URL string }
	var got []shown
	for _, it := range s.inbox("oAlice") {
		if it.Kind == "customer_service" && it.Type != "text" {
			got = append(got, shown{it.Type, it.Content, it.Title, it.URL})
		}
	}
	require.Equal(t, []shown{
		{"news", "shop.example.com", "刹车保养说明", "https://shop.example.com/manual?a=1&b=2"},
		{"msgmenu", "现在还有异响吗？\n还有\n没有了", "", ""},
	}, got)

	phone := s.tab(1000, 860)
	require.NoError(t, chromedp.Do(phone, chromedp.Navigate("http://"+s.Addresses().WeChat+"/?lang=zh&openid=oAlice"),
		shows("#thread", "刹车保养说明"), shows("#thread", "没有了")))
	out := s.send("oAlice", map[string]any{"type": "text", "content": "没有了", "menu_id": "answer:" + ticket.ID + ":2"})
	require.Equal(t, http.StatusOK, out.Status)
	s.waitForThread("my brakes squeal", "没有了")
	require.NoError(t, chromedp.Do(phone, shows("#thread .line.me", "没有了")))
	picture(t, phone, "phone_form", "main.device")
	require.Len(t, s.tickets(), 1)
}

// The page shows what the chat shows, and an answer can be tapped there as well, without script.
func TestCardAndAnswersOnThePage(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser)
	ticket := s.withTicket("oAlice")
	s.agentReplies(ticket.ID, "说明：\n[刹车保养说明](https://shop.example.com/manual)", nil)
	s.agentReplies(ticket.ID, "现在还有异响吗？\n[1] 还有\n[2] 没有了", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 2)
	phone := s.phoneOf("oAlice", "/web/?lang=zh")
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets/"+ticket.ID), sees("a.doc.link", "刹车保养说明"),
		sees(".answers button", "没有了")))
	s.view(phone, "h5/answers")
	tabs(t, phone)
	withoutScript(t, phone)
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets/"+ticket.ID), click(".answers button[value=没有了]"),
		sees(".own .bubble", "没有了")))
	s.waitFor("the answer in the ticket", func() bool {
		return slices.Contains(s.tickets()[0].texts("follower"), "没有了")
	})
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets/"+ticket.ID), sees(".agent .bubble", "[2] 没有了"),
		gone(".answers")))
}

// If WeChat refuses an account's menus, the answers are sent as text instead, once.
func TestRefusedAnswersGoInWords(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	s.wechat.faults(rule{Match: "POST /cgi-bin/message/custom/send", Kind: "errcode", Errcode: 48008, Times: 1})
	const question = "Does it still squeal?\n[1] Yes\n[2] No"
	s.agentReplies(ticket.ID, question, nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)
	require.Equal(t, []string{question}, s.answers("oAlice", ticket))
	require.Empty(t, s.workflows(`WorkflowType = "ResumeCause"`), "it is no cause that stops the account")
}
