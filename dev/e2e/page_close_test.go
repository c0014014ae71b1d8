package e2e

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// A follower closes a ticket, after a question and without script. The agents see who closed it. A message reopens it.
func TestFollowerClosesAndReopensATicket(t *testing.T) {
	t.Parallel()
	s, phone := onPhone(t, "oAlice", "/web/?lang=zh")
	id := s.openTicket(phone, "刹车有异响", "早上冷车的时候特别明显。", nil)
	s.setStatus(id, "Customer Action")
	s.reload(phone, "/web/tickets", ".state", "等待您回复")
	require.NoError(t, chromedp.Do(phone, sees(".ticket small", "维修保养")))
	s.reload(phone, "/web/tickets/"+id, ".sub", "等待您回复") // it may have been read a moment ago
	require.NoError(t, chromedp.Do(phone, sees(".sub", "维修保养"), click(".sub a.end"), sees("h1", "结束工单")))
	s.view(phone, "h5/close")
	tabs(t, phone)
	require.NoError(t, chromedp.Do(phone, click("a.plain"), sees(".sub", "等待您回复")))

	withoutScript(t, phone)
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets/"+id), click(".sub a.end"), sees("h1", "结束工单"),
		click("button.primary"),
		sees(".toast", "工单已结束。"), sees(".state", "已完成"), gone(".sub a.end")))
	s.waitForNote("客户在页面上确认问题已解决。")
	closed := func() string { return s.tickets()[0].Status }
	require.Equal(t, "5", closed())

	require.NoError(t, chromedp.Do(phone, fill("text", "又响了。"), click("#send"), sees(".own .bubble", "又响了。")))
	s.waitFor("the ticket open again", func() bool { return closed() == "1" })
	require.Len(t, s.tickets(), 1)
	require.True(t, slices.Contains(s.tickets()[0].texts("follower"), "又响了。"))
}
