package e2e

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// focused waits until a field of the page has the focus.
func focused(name string) chromedp.Action[chromedp.Void] {
	return holds(`document.activeElement.name == "`+name+`"`, "the focus in "+name)
}

// types puts text into a field as a follower does, firing the same events.
func types(name, text string) chromedp.Action[chromedp.Void] {
	return holds(`(f => (f.value = "`+text+
		`", f.dispatchEvent(new Event("input", {bubbles: true}))))(document.querySelector("[name=`+name+`]"))`,
		"typing into "+name)
}

// gone waits until nothing matches.
func gone(selector string) chromedp.Action[chromedp.Void] {
	return holds(`!document.querySelector("`+selector+`")`, "no "+selector)
}

// TestPageForgivesMistakes: each mistake is shown next to its field until it is corrected, and nothing that was entered
// is lost.
func TestPageForgivesMistakes(t *testing.T) {
	t.Parallel()
	s, phone := onPhone(t, "oAlice", "/web/account?lang=zh")

	// The server reports what is wrong.
	require.NoError(t, chromedp.Do(phone, fill("name", "李雷"), fill("phone", "abc"), click("#save"),
		sees("#bad-phone", "请输入正确的手机号"), focused("phone"), sees("#bad-consent", "请阅读并同意")))
	accessible(t, phone)
	require.NoError(t, chromedp.Do(phone, types("phone", "１３８ 0013 8000"), gone("#bad-phone"),
		gone("[name=phone][aria-invalid]"),
		sees("#bad-consent", "请阅读并同意"), click("#consent"), gone("[aria-invalid]"), gone(".tip[role=alert]")))

	// A follower who reads the notice first finds their data again.
	require.NoError(t, chromedp.Do(phone, click(".agree a"), sees("h1", "隐私声明"), click("a.plain"), sees("h1", "我的账户"),
		holds(`document.forms[0].name.value == "李雷" && document.forms[0].phone.value == "１３８ 0013 8000"`,
			"what was entered before")))
	require.NoError(t, chromedp.Do(phone, click("#consent"), click("#save"), sees(".tip.ok", "")))
	require.NoError(t,
		chromedp.Do(phone, holds(`document.forms[0].phone.value == "13800138000"`, "the number as people write it")))
	s.browseTo(phone, "/web/new")
	s.badPictures(phone)
	s.sessionThatEnds(phone)
}

// sessionThatEnds ends the session while the follower is writing: they are told, sign in again and find their text.
func (s *scene) sessionThatEnds(phone context.Context) {
	s.t.Helper()
	end := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, "Network.clearBrowserCookies", nil, nil)
	})
	require.NoError(s.t, chromedp.Do(phone, types("subject", "很长的故事"), fill("category", "CA_1"), types("text", "从头说起"),
		end, click("#open"),
		holds(`document.querySelector("[data-failed] a[href='/web/login']") != null`, "signed out, and the way back in"),
		holds(`!document.querySelector("[data-kept]").hidden`, "a word that what was written is kept")))
	s.holder(phone, "oAlice", "/web/new?lang=zh")
	require.NoError(s.t,
		chromedp.Do(phone, holds(`document.forms[0].subject.value == "很长的故事" && document.forms[0].text.value == "从头说起"`,
			"what was written before"),
			click("#open"), sees("h1", "很长的故事")))
}

// browseTo opens a path of the page.
func (s *scene) browseTo(tab context.Context, path string) {
	s.t.Helper()
	require.NoError(s.t, chromedp.Do(tab, s.browse(path), chromedp.WaitVisible(chromedp.CSS("form"))))
}

// badPictures chooses some unusable pictures and a good one; nothing leaves the phone.
func (s *scene) badPictures(phone context.Context) {
	s.t.Helper()
	fake, webp := filepath.Join(s.t.TempDir(), "fake.png"), filepath.Join(s.t.TempDir(), "photo.jpg")
	require.NoError(s.t, os.WriteFile(fake, []byte("<html>no picture</html>"), 0o600))
	content, err := base64.StdEncoding.DecodeString("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(webp, content, 0o600))
	good := snapshots(s.t)
	choose := func(files ...string) chromedp.Action[chromedp.Void] {
		return chromedp.SetUploadFiles(chromedp.CSS("#pictures"), files)
	}
	require.NoError(s.t, chromedp.Do(phone, choose(fake, good[0]), sees("#bad-pictures", "“fake.png”不是 JPG 或 PNG 图片"),
		holds(
			`document.querySelectorAll(".previews img").length == 1 && document.querySelector("#pictures").files.length == 1`,
			"the good one")))
	s.view(phone, "h5/refused")
	require.NoError(s.t, chromedp.Do(phone, choose(good[1]), gone("#bad-pictures"),
		holds(`document.querySelectorAll(".previews img").length == 2`, "two pictures"),
		choose(webp), holds(`document.querySelectorAll(".previews img").length == 3`, "a WebP with another name")))
	require.NoError(s.t, chromedp.Do(phone, click("#open"), sees("#bad-subject", "请填写此项"), sees("#bad-category", "请选择类别"),
		focused("subject"),
		holds(`location.pathname == "/web/new" && document.querySelector("#pictures").files.length == 3`,
			"the pictures, still chosen")))
	accessible(s.t, phone)
	require.NoError(s.t, chromedp.Do(phone, types("subject", "三张照片"), fill("category", "CA_1"), types("text", "请看"),
		click("#open"), sees("h1", "三张照片")))
	id := s.tickets()[0].ID
	s.waitFor("all pictures at the desk", func() bool { return len(s.attached(id)) == 3 })
	require.NoError(s.t,
		chromedp.Do(phone, s.browse("/web/new"), holds(`document.forms[0].subject.value == ""`, "no draft of what was sent")))
}
