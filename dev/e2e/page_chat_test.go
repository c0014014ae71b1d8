package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// touch slides a finger over the page.
func touch(from, to float64) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		at := func(kind string, points []any) error {
			return target.Call(ctx, "Input.dispatchTouchEvent", map[string]any{"type": kind, "touchPoints": points}, nil)
		}
		point := func(x float64) []any { return []any{map[string]any{"x": x, "y": 300}} }
		for _, step := range []struct {
			kind   string
			points []any
		}{{"touchStart", point(from)}, {"touchMove", point((from + to) / 2)}, {"touchMove", point(to)},
			{"touchEnd", []any{}}} {
			if err := at(step.kind, step.points); err != nil {
				return err
			}
		}
		return nil
	})
}

// key presses a key.
func key(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, kind := range []string{"keyDown", "keyUp"} {
			if err := target.Call(ctx, "Input.dispatchKeyEvent", map[string]any{"type": kind, "key": name, "code": name,
				"windowsVirtualKeyCode": map[string]int{"Escape": 27, "ArrowRight": 39}[name]}, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

const viewed = `document.querySelector("dialog.viewer[open] img")`

// A thread is a chat: it opens at its end, the composer stays in sight, pictures open in a viewer, success is shown
// briefly.
func TestPageIsAChat(t *testing.T) {
	t.Parallel()
	s, phone := onPhone(t, "oAlice", "/web/?lang=zh")
	require.NoError(t, chromedp.Do(phone, sees(".about", "示例自行车有限公司"),
		sees(`.about a[href="tel:4000000000"]`, "400-000-0000")))
	s.view(phone, "h5/home")

	id := s.openTicket(phone, "刹车有异响", "早上冷车的时候特别明显。", snapshots(t))
	require.NoError(t, chromedp.Do(phone, sees(".toast", id)))
	for i := range 6 {
		text := fmt.Sprintf("第 %d 次补充", i+1)
		require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets/"+id), fill("text", text+"\n还有一句。"), click("#send"),
			sees(".own .bubble", text)))
	}
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets/"+id), loaded("a.shot img", 2),
		s.browse("/web/tickets/"+id),
		holds(`scrollY > 0 && document.querySelector("#end").getBoundingClientRect().top <= innerHeight`,
			"the end of the thread"),
		holds(`(b => b.top >= 0 && b.bottom <= innerHeight + 1)(document.querySelector("#send").getBoundingClientRect())`,
			"the composer in sight"),
		holds(`(scrollTo(0, 0), (b => b.bottom <= innerHeight + 1)(document.querySelector("#send").getBoundingClientRect()))`,
			"the composer in sight at the top as well")))
	accessible(t, phone)
	s.picturesOpen(phone)
	s.pictureChosenTwice(phone)

	require.NoError(t, chromedp.Do(phone, night(true), s.browse("/web/tickets/"+id+"?lang=en"), sees("#send", "Send")))
	s.view(phone, "h5/dark-chat")
	require.NoError(t,
		chromedp.Do(phone, holds(`(document.querySelector("a.shot").click(), true)`, "a picture above what is in sight"),
			holds(viewed+".naturalWidth > 0", "a picture in the dark")))
	accessible(t, phone)
}

// picturesOpen pages through the pictures of a thread and returns to the start.
func (s *scene) picturesOpen(phone context.Context) {
	s.t.Helper()
	shows := func(place string) chromedp.Action[chromedp.Void] {
		return holds(`document.querySelector("dialog.viewer output")?.textContent == "`+place+`" && `+viewed+
			`.naturalWidth > 0`, "picture "+place)
	}
	require.NoError(s.t, chromedp.Do(phone, click("a.shot"), shows("1 / 2")))
	require.NoError(s.t, chromedp.Do(phone, key("ArrowRight"), shows("2 / 2")))
	require.NoError(s.t, chromedp.Do(phone, touch(80, 320), shows("1 / 2")))
	require.NoError(s.t, chromedp.Do(phone, touch(320, 80), shows("2 / 2")))
	s.view(phone, "h5/viewer")
	require.NoError(s.t, chromedp.Do(phone, key("Escape"), gone("dialog"),
		holds(`document.activeElement.matches("a.shot")`, "the focus on the picture"),
		click("a.shot"), shows("1 / 2"), click("dialog .shut"), gone("dialog")))
	// A picture that is gone shows its name, not a broken frame.
	require.NoError(s.t, chromedp.Do(phone,
		holds(`(document.querySelector("a.shot img").src = "/web/files/1/none", true)`, "a picture that is lost"),
		holds(`document.querySelector("a.shot.lost img").alt == "图片 1"`, "the name of a lost picture")))
	accessible(s.t, phone)
	require.NoError(s.t, chromedp.Do(phone, chromedp.Reload(), loaded("a.shot img", 2)))
}

// pictureChosenTwice chooses a picture twice; it is sent once.
func (s *scene) pictureChosenTwice(phone context.Context) {
	s.t.Helper()
	choose := chromedp.SetUploadFiles(chromedp.CSS("#pictures"), snapshots(s.t)[:1])
	one := holds(
		`document.querySelectorAll(".previews img").length == 1 && document.querySelector("#pictures").files.length == 1 && !document.querySelector("#send").disabled`, "one picture")
	require.NoError(s.t, chromedp.Do(phone, choose, one, choose, one))
	s.view(phone, "h5/composer")
	require.NoError(s.t, chromedp.Do(phone, types("text", "一张照片"), click("#send"), sees(".own .bubble", "一张照片")))
	id := s.tickets()[0].ID
	s.waitFor("three pictures at the desk", func() bool { return len(s.attached(id)) == 3 })
}
