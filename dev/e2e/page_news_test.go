package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// An open thread shows a new answer automatically. While the follower is writing it offers the answer instead, and
// keeps the text. The list marks unread answers.
func TestPageShowsNewAnswers(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser, withWindow(soon))
	ticket := s.withTicket("oAlice")
	phone := s.phoneOf("oAlice", "/web/tickets/"+ticket.ID+"?lang=zh")
	require.NoError(t, chromedp.Do(phone, sees(".own .bubble", "my brakes squeal")))

	s.agentReplies(ticket.ID, "<p>Please <b>come</b> by: 13800138000</p>", nil)
	require.NoError(t, chromedp.Do(phone, sees(".agent .bubble", "Please come by: 13800138000"),
		sees(`.agent a[href="tel:13800138000"]`, "138")))

	require.NoError(t, chromedp.Do(phone, write("textarea", "我明天来")))
	s.agentReplies(ticket.ID, "two", nil)
	require.NoError(t, chromedp.Do(phone, sees("a.fresh", "有新回复"), click("a.fresh"), sees(".agent .bubble", "two"),
		holds(`document.querySelector("textarea").value == "我明天来"`, "what was being written")))

	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets"), sees(".ticket strong", "my brakes"), gone(".new")))
	s.agentReplies(ticket.ID, "three", nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 3)
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets"), sees(".ticket .new", "新回复")))
	accessible(t, phone)
}
