package e2e

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// A follower is told that a submission was received and sends it again during an outage, from the same tab or a copy of
// it. When C4C is back there is one ticket.
func TestSubmittedTwiceDuringAnOutageIsOneTicket(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.follow("oAlice")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
	alice := s.visitor("oAlice")
	alice.login()
	fields := alice.form()
	s.StopC4C()
	for range 3 {
		res := alice.post("/web/create", fields)
		require.Equal(t, http.StatusSeeOther, res.status, res.body)
		require.Contains(t, res.leads, "/web/received?key=")
	}
	list := alice.get("/web/tickets")
	require.Equal(t, http.StatusOK, list.status)
	require.Contains(t, list.body, "please do not send it again")
	require.NoError(t, s.StartC4C())
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)
	require.Len(t, s.tickets(), 1)
	require.Len(t, s.workflows(`WorkflowType = "CreateTicket"`), 1)
}

// A picture in a format that the browser cannot show is named before anything is sent. The text stays, and the ticket
// is sent without the picture.
func TestPictureThatNoBrowserShows(t *testing.T) {
	t.Parallel()
	s, phone := onPhone(t, "oAlice", "/web/new?lang=zh")
	require.NoError(t, chromedp.Do(phone, types("subject", "看照片"), fill("category", "CA_1"), types("text", "手机拍的"),
		chromedp.SetUploadFiles(chromedp.CSS("#pictures"), []string{heic(t)}),
		sees("#bad-pictures", "“IMG_0001.HEIC”不是 JPG 或 PNG 图片"),
		holds(
			`document.forms[0].subject.value == "看照片" && document.querySelector("#pictures").files.length == 0 && !document.querySelector("#open").disabled`, "the words, and no picture")))
	accessible(t, phone)
	require.NoError(t, chromedp.Do(phone, click("#open"), sees("h1", "看照片")))
	require.Len(t, s.tickets(), 1)
}

// heic writes a picture in the iPhone's format.
func heic(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "IMG_0001.HEIC")
	require.NoError(t, os.WriteFile(path, []byte("\x00\x00\x00\x24ftypheic\x00\x00\x00\x00mif1heic"), 0o600))
	return path
}

// Going back after a ticket was accepted does not bring back its text, which would be sent again under a new key.
func TestBackOnThePageSendsNothingAgain(t *testing.T) {
	t.Parallel()
	s, phone := onPhone(t, "oAlice", "/web/new?lang=zh")
	require.NoError(t, chromedp.Do(phone, types("subject", "刹车有异响"), fill("category", "CA_1"), types("text", "早上特别明显"),
		click("#open"), sees("h1", "刹车有异响"), sees(".tip", "客服回复后会显示在这里"),
		holds(`(history.back(), true)`, "the way back"), sees("h1", "新建工单"),
		holds(`document.forms[0].subject.value == "" && document.forms[0].text.value == ""`, "an empty form"),
		click("#open"), sees("#bad-subject", "请填写此项")))
	require.Len(t, s.tickets(), 1)
	require.Len(t, s.workflows(`WorkflowType = "CreateTicket"`), 1)
}

// connected switches a tab's network on or off.
func connected(yes bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, "Network.emulateNetworkConditions", map[string]any{
			"offline": !yes, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
		}, nil)
	})
}

// What was sent into a lost connection is there when the follower goes back, with its key: if it arrived after all,
// sending it again is the same ticket.
func TestSentIntoALostConnection(t *testing.T) {
	t.Parallel()
	s, phone := onPhone(t, "oAlice", "/web/new?lang=zh")
	lost := chromedp.Steps(click("#open"), holds(`location.protocol == "chrome-error:"`, "the browser's own page"),
		connected(true), holds(`(history.back(), true)`, "the way back"), sees("h1", "新建工单"),
		holds(`document.forms[0].subject.value == "刹车有异响" && document.forms[0].text.value == "早上特别明显"`,
			"what was written"))
	require.NoError(t, chromedp.Do(phone, types("subject", "刹车有异响"), fill("category", "CA_1"), types("text", "早上特别明显"),
		connected(false), lost))
	first, err := chromedp.Run(phone, chromedp.Evaluate[string](`document.forms[0].elements.key.value`))
	require.NoError(t, err)
	require.NoError(t, chromedp.Do(phone, connected(false), lost,
		holds(`document.forms[0].elements.key.value == "`+first+`"`, "the same key"),
		click("#open"), sees("h1", "刹车有异响"), s.browse("/web/new"),
		holds(`document.forms[0].subject.value == ""`, "no draft of what was sent")))
	require.Len(t, s.tickets(), 1)
}
