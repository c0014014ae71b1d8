package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// A follower sees what is kept, deletes it without script, and gets a receipt. None of their data remains, their
// sessions end everywhere, and later messages start afresh. What they write at once is kept.
func TestFollowerErasesThemselves(t *testing.T) {
	t.Parallel()
	s := newStack(t, withBrowser, recording("erase"))
	first := s.withTicket("oAlice")
	other := s.visitor("oAlice")
	other.login()
	require.Equal(t, http.StatusOK, other.get("/web/new").status)
	phone := s.phoneOf("oAlice", "/web/?lang=zh")
	s.register(phone, "李晓明", "13800138000")
	s.waitForState(workflows.TypeRegisterCustomer, workflows.StateSynced, 1)
	require.NoError(t, chromedp.Do(phone, s.browse("/web/account"), click("#erase"), sees("h1", "查看和删除我的数据"),
		sees(".kept dd", "13800138000"), sees(".contact", "400-000-0000")))
	s.view(phone, "h5/erase")
	tabs(t, phone)
	withoutScript(t, phone)
	require.NoError(t, chromedp.Do(phone, s.browse("/web/account/erase"), click("button.danger"),
		sees("h1", "正在删除您的数据"), sees(".message", "回执编号")))
	s.view(phone, "h5/erased")
	s.waitForState(workflows.TypeEraseFollower, workflows.StateSynced, 1)
	require.False(t, s.talks("oAlice"))
	require.Empty(t, s.readOf("oAlice"))
	s.waitFor("the end of the other session", func() bool { return other.get("/web/new").status == http.StatusFound })
	s.waitFor("a second after the erasure", func() bool { s.say("oAlice", "it squeals again"); return s.talks("oAlice") })
	require.NotEmpty(t, s.tickets(), "C4C keeps its own: "+first.ID)

	again := s.visitor("oAlice")
	again.login()
	asks := again.form()
	asks.Set("entity", "erase")
	require.Equal(t, http.StatusOK, again.post("/web/update", asks).status)
	asked := time.Now().Unix()
	s.waitFor("the next second", func() bool { return time.Now().Unix() > asked })
	s.say("oAlice", "written at once")
	s.waitForState(workflows.TypeEraseFollower, workflows.StateSynced, 2)
	require.True(t, s.talks("oAlice"))
	s.waitFor("what was written at once", func() bool {
		return slices.ContainsFunc(s.tickets(), func(x ticket) bool {
			return slices.Contains(x.texts("follower"), "written at once")
		})
	})
}
