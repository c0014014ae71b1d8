package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func TestPageTellsTheStory(t *testing.T) {
	t.Parallel()
	s, phone := onPhone(t, "oAlice", "/web/?lang=zh", recording("page"))
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
	require.NoError(t, chromedp.Do(phone, sees("h1", "服务中心")))
	s.view(phone, "h5/home")
	tabs(t, phone)
	s.register(phone, "欧阳小明", "138 0013 8000")
	s.view(phone, "h5/account")
	tabs(t, phone)
	s.waitForState(workflows.TypeRegisterCustomer, workflows.StateSynced, 1)
	require.Len(t, s.customers(), 1, "the placeholder became the customer")
	require.Equal(t, customer{s.customers()[0].ID, "小明", "欧阳", "+8613800138000"}, s.customers()[0])

	s.follow("oTwin")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 2)
	twin := browser(t)(phoneWidth, phoneHeight)
	s.holder(twin, "oTwin", "/web/?lang=zh")
	s.register(twin, "欧阳小明", "138 0013 8000")
	s.waitForState(workflows.TypeRegisterCustomer, workflows.StateSynced, 2)
	require.Len(t, s.customers(), 2, "name and phone of another are no proof of being that other")

	require.NoError(t, chromedp.Do(phone, s.browse("/web/privacy"), sees("h1", "隐私声明")))
	s.view(phone, "h5/privacy")
	require.NoError(t, chromedp.Do(phone, s.browse("/web/new"), fill("subject", "刹车有异响"), click("#open"),
		sees("#bad-text", "请填写此项"), sees("#bad-category", "请选择类别")))
	s.view(phone, "h5/errors")

	id := s.openTicket(phone, "刹车有异响", "早上冷车的时候特别明显。", snapshots(t))
	require.NoError(t, chromedp.Do(phone, sees(".tip.ok", id), sees(".bubble", "早上冷车"), sees(".tip", "客服回复后会显示在这里"),
		holds(`[...document.querySelectorAll("a.shot img")].every(i => i.complete && i.naturalWidth)`, "both pictures"),
		holds(`document.querySelector(".tip:not(.toast)").getBoundingClientRect().bottom <=
			document.querySelector(".composer").getBoundingClientRect().top`, "the end above the composer")))
	s.view(phone, "h5/opened")
	s.waitForState(workflows.TypeAttachMedia, workflows.StateSynced, 2)
	require.Len(t, s.attached(id), 2, "both pictures are at the agent's desk")
	require.Equal(t, "刹车有异响", s.tickets()[0].Subject)

	s.answersAtTheDesk(s.tab(1440, 860), id, "您好，请明天上午十点来店检查。图中标出了要检查的部位。")
	s.agentReplies(id, "内部备注", map[string]any{"private": true})
	s.waitForRead("oAlice", "您好，请明天上午十点来店检查。图中标出了要检查的部位。")
	s.reload(phone, "/web/tickets/"+id, ".agent .bubble", "请明天上午十点")
	require.NoError(t, chromedp.Do(phone, sees(".agent .who", "Anna Weber"), loaded(".own img", 2),
		loaded(".agent img", 1)))
	require.Equal(t, []string{"报价单.pdf"}, s.documents(phone))
	s.view(phone, "h5/answered")
	require.NoError(t, chromedp.Do(phone, holds("(scrollTo(0, 0), true)", "the top")))
	s.view(phone, "h5/ticket")
	tabs(t, phone)
	html, err := chromedp.Run(phone, chromedp.OuterHTML(chromedp.CSS("html")))
	require.NoError(t, err)
	require.NotContains(t, html, "内部备注")

	// The address sent along with texts, opened in another browser of the same follower, without a session.
	other := browser(t)(phoneWidth, phoneHeight)
	s.holder(other, "oAlice", "/web/tickets/"+id)
	require.NoError(t, chromedp.Do(other, sees("h1", "刹车有异响"), sees(".agent .bubble", "请明天上午十点")))

	require.NoError(t, chromedp.Do(phone, fill("text", "好的，明天见"), click("#send"), sees(".own .bubble", "好的，明天见")))
	require.Contains(t, s.tickets()[0].texts("follower"), "好的，明天见")
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets"), sees(".ticket strong", "刹车有异响")))
	s.view(phone, "h5/tickets")
	require.Len(t, s.tickets(), 1)

	s.c4c.post("/tickets/"+id+"/status", map[string]any{"status": "5"}, nil)
	s.reload(phone, "/web/tickets/"+id, ".state", "已完成")
	require.NoError(t, chromedp.Do(phone, fill("text", "还是有响声"), click("#send"), sees(".own .bubble", "还是有响声")))
	require.Len(t, s.tickets(), 1, "the ticket was opened again")
	require.Equal(t, "1", s.tickets()[0].Status)
}

func TestPageTakesATapTwiceOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser)
	s.follow("oAlice")
	phone := s.tab(320, 640)
	s.holder(phone, "oAlice", "/web/new?lang=zh")
	require.NoError(t, chromedp.Do(phone, fill("subject", "只要一个"), fill("category", "CA_1"), fill("text", "两次点击")))
	wide, err := chromedp.Run(phone, chromedp.Evaluate[bool]("document.documentElement.scrollWidth <= 320"))
	require.NoError(t, err)
	require.True(t, wide, "readable at 320 pixels")
	// Bypass the script's lock: the browser sends the form twice.
	_, err = chromedp.Run(phone, chromedp.Evaluate[bool]("(document.forms[0].submit(), document.forms[0].submit(), true)"))
	require.NoError(t, err)
	require.NoError(t, chromedp.Do(phone, sees("h1", "只要一个")))
	s.say("oAlice", "still one")
	s.waitFor("the chat's message in the ticket", func() bool {
		return len(s.tickets()) == 1 && len(s.tickets()[0].texts("follower")) == 2
	})
	require.Len(t, s.workflows(`WorkflowType = "CreateTicket"`), 2)
}

// TestPageWithoutScript: without script a follower can still read and write.
func TestPageWithoutScript(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser)
	ticket := s.withTicket("oAlice")
	s.agentReplies(ticket.ID, "请明天上午十点来店检查。", nil)
	s.waitForRead("oAlice", "请明天上午十点来店检查。")
	phone := s.phoneOf("oAlice", "/web/?lang=zh")
	require.NoError(t, chromedp.Do(phone, sees("h1", "服务中心")))
	withoutScript(t, phone)
	s.reload(phone, "/web/tickets", ".ticket small", ticket.ID)
	require.NoError(t, chromedp.Do(phone, click("a.ticket"), sees(".agent .bubble", "请明天上午十点")))
	accessible(t, phone)
	scripted, err := chromedp.Run(phone, chromedp.Evaluate[bool](`document.documentElement.classList.contains("js")`))
	require.NoError(t, err)
	require.False(t, scripted)
	at, err := chromedp.Run(phone, chromedp.Evaluate[string](`document.querySelector(".agent time").textContent`))
	require.NoError(t, err)
	require.Regexp(t, `^(昨天 )?\d\d:\d\d$`, at, "in the configured zone")
	require.NoError(t, chromedp.Do(phone,
		fill("text", "没有脚本也能写"), chromedp.SetUploadFiles(chromedp.CSS("#pictures"), snapshots(t)), click("#send"),
		sees(".own .bubble", "没有脚本也能写")))
	s.waitForState(workflows.TypeAttachMedia, workflows.StateSynced, 2)
	require.Len(t, s.attached(ticket.ID), 2)
}
