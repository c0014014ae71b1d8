package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func TestPageWhileC4CIsDown(t *testing.T) {
	long(t)
	t.Parallel()
	s := newStack(t, withBrowser)
	ticket := s.withTicket("oAlice")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)
	phone := s.phoneOf("oAlice", "/web/tickets?lang=zh")
	require.NoError(t, chromedp.Do(phone, sees(".ticket small", ticket.ID)))

	s.StopC4C()
	s.reload(phone, "/web/tickets", ".warn", "分钟前的数据")
	s.view(phone, "h5/stale")
	require.NoError(t, chromedp.Do(phone,
		s.browse("/web/new"), fill("subject", "停电也能提交"), fill("category", "CA_2"), fill("text", "稍后再看"), click("#open"),
		sees("h1", "已收到")))
	s.view(phone, "h5/received")
	list := s.phoneOf("oAlice", "/web/tickets?lang=zh")
	require.NoError(t, chromedp.Do(list, sees(".ticket strong", "停电也能提交"), sees(".ticket .state", "正在提交")))
	s.view(list, "h5/underway")
	require.NoError(t, s.StartC4C())
	require.NoError(t, chromedp.Do(phone, sees("h1", "停电也能提交")), "the page continues when the ticket is there")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
	require.Len(t, s.tickets(), 2)
}

func TestPageWhileNoWorkerAnswers(t *testing.T) {
	t.Parallel()
	s, phone := onPhone(t, "oAlice", "/web/new?lang=zh")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
	require.NoError(t, chromedp.Do(phone, fill("subject", "没有人也收下"), fill("category", "CA_3"), fill("text", "谢谢")))
	require.NoError(t, s.StopWorker())
	require.NoError(t, chromedp.Do(phone, click("#open"), sees("h1", "已收到")))
	require.Empty(t, s.tickets())
	require.NoError(t, s.StartWorker(t.Context()))
	require.NoError(t, chromedp.Do(phone, sees("h1", "没有人也收下")))
	require.Len(t, s.tickets(), 1)
	require.Len(t, s.workflows(`WorkflowType = "CreateTicket"`), 1)

	require.NoError(t, s.StopWorker())
	s.wechat.post("/followers/oAlice/unsubscribe", nil, nil)
	require.NoError(t, chromedp.Do(phone, s.browse("/web/new"), sees("h1", "您尚未关注")), "nobody has to answer for that")
	require.NoError(t, s.StartWorker(t.Context()))
}
