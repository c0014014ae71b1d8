package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// A phone's size in CSS pixels.
const (
	phoneWidth  = 390
	phoneHeight = 780
)

// onPhone starts a stack and shows a path of the page on the phone of a new follower.
func onPhone(t *testing.T, openid, path string, options ...option) (s *scene, phone context.Context) {
	t.Helper()
	s = newStack(t, append(options, withBrowser)...)
	s.follow(openid)
	return s, s.phoneOf(openid, path)
}

// phoneOf is a tab that shows a path of the page on the phone of a follower.
func (s *scene) phoneOf(openid, path string) context.Context {
	s.t.Helper()
	phone := s.tab(phoneWidth, phoneHeight)
	s.holder(phone, openid, path)
	return phone
}

// holder makes a tab the phone of a follower and opens a path of the page; WeChat's OAuth then knows whose phone it is.
func (s *scene) holder(tab context.Context, openid, path string) {
	s.t.Helper()
	require.NoError(s.t, chromedp.Do(tab,
		chromedp.Navigate("http://"+s.Addresses().WeChat+"/?openid="+openid), chromedp.WaitVisible(chromedp.CSS("#thread")),
		s.browse(path)))
}

// sees waits until an element of the page contains the text.
func sees(selector, text string) chromedp.Action[chromedp.Void] {
	return holds(fmt.Sprintf(`[...document.querySelectorAll(%q)].some(e => e.textContent.includes(%q))`, selector, text),
		fmt.Sprintf("%q in %s", text, selector))
}

// holds waits until an expression is true. The page's policy forbids the function that chromedp polls with.
func holds(there, what string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for range patience / (50 * time.Millisecond) {
			// A page that is being unloaded answers with an error; ask the next one.
			if found, err := chromedp.Evaluate[bool](there)(ctx, target); err == nil && found {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
		return fmt.Errorf("not on the page: %s\n%s", what, whatIsShown(ctx, target))
	})
}

// whatIsShown describes the page, for the report of a failed test.
func whatIsShown(ctx context.Context, target *chromedp.Target) string {
	shown, err := chromedp.Evaluate[string](
		`[location.href, document.readyState, document.hidden ? "hidden" : "", document.body.innerText,
			...[...document.querySelectorAll("textarea")].map(t => t.name + ": " + t.value)].join("\n")`)(ctx, target)
	if err != nil {
		return err.Error()
	}
	return shown
}

// browse opens a path of the page in a tab.
func (s *scene) browse(path string) chromedp.Action[chromedp.Void] {
	return chromedp.Navigate("http://" + s.Addresses().API + path)
}

// fill replaces the text of a field.
func fill(name, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SetValue(chromedp.CSS(`[name="`+name+`"]`), text)
}

// watched tells the page in a tab whether it is visible. A hidden page does not reload itself.
func watched(yes bool) chromedp.Action[chromedp.Void] {
	if yes {
		return holds(`delete document.hidden`, "a page that is seen")
	}
	return holds(`!!Object.defineProperty(document, "hidden", {value: true, configurable: true})`, "a page that stays")
}

// view takes a picture of a view and checks that everybody can use it, even on the narrowest phone.
func (s *scene) view(tab context.Context, name string) {
	s.t.Helper()
	require.NoError(s.t, chromedp.Do(tab, watched(false)))
	picture(s.t, tab, name, "")
	accessible(s.t, tab)
	narrow := func(width, height int64) {
		require.NoError(s.t, chromedp.Do(tab, chromedp.EmulateViewport(width, height, chromedp.EmulateScale(1.5))))
	}
	narrow(320, 640)
	accessible(s.t, tab)
	narrow(phoneWidth/2, phoneHeight/2) // at twice the size
	require.NoError(s.t,
		chromedp.Do(tab, holds(`document.documentElement.scrollWidth <= innerWidth`, "everything within the width of "+name)))
	narrow(phoneWidth, phoneHeight)
	require.NoError(s.t, chromedp.Do(tab, watched(true)))
}

// register fills in the account form.
func (s *scene) register(tab context.Context, name, phone string) {
	s.t.Helper()
	require.NoError(s.t, chromedp.Do(tab,
		click("#go-account"), chromedp.WaitVisible(chromedp.CSS("#save")),
		fill("name", name), fill("phone", phone), click("#consent"), click("#save"), sees(".tip.ok", "")))
}

// openTicket opens a ticket on the page with the pictures and returns its number.
func (s *scene) openTicket(tab context.Context, subject, text string, pictures []string) string {
	s.t.Helper()
	require.NoError(s.t, chromedp.Do(tab,
		s.browse("/web/new"), chromedp.WaitVisible(chromedp.CSS("#open")),
		fill("subject", subject), fill("category", "CA_1"), fill("text", text),
		chromedp.SetUploadFiles(chromedp.CSS("#pictures"), pictures)))
	if len(pictures) > 0 {
		require.NoError(s.t, chromedp.Do(tab, chromedp.WaitVisible(chromedp.CSS(".previews img"))))
	}
	s.view(tab, map[string]string{"zh": "h5/new", "en": "h5/new-en"}[s.Settings().Language])
	tabs(s.t, tab)
	require.NoError(s.t, chromedp.Do(tab, click("#open"), sees("h1", subject)))
	address, err := chromedp.Run(tab, chromedp.Location())
	require.NoError(s.t, err)
	_, id, ok := strings.Cut(address, "/web/tickets/")
	require.True(s.t, ok, address)
	id, _, _ = strings.Cut(id, "?")
	return id
}

// loaded waits until the given number of pictures is loaded and shown.
func loaded(selector string, count int) chromedp.Action[chromedp.Void] {
	there := fmt.Sprintf(
		`(i => i.length == %d && i.every(i => (i.scrollIntoView(), i.complete && i.naturalWidth > 0)))([...document.querySelectorAll(%q)])`, count, selector)
	return holds(there, fmt.Sprintf("%d pictures %s", count, selector))
}

// reload opens a path until the page shows a text: the page caches reads for a few seconds.
func (s *scene) reload(tab context.Context, path, selector, text string) {
	s.t.Helper()
	s.waitFor(fmt.Sprintf("%q on %s", text, path), func() bool {
		require.NoError(s.t, chromedp.Do(tab, s.browse(path)))
		found, err := chromedp.Run(tab, chromedp.Evaluate[bool](fmt.Sprintf(
			`[...document.querySelectorAll(%q)].some(e => e.textContent.includes(%q))`, selector, text)))
		return err == nil && found
	})
}

// withoutScript switches the page's script off in a tab.
func withoutScript(t *testing.T, tab context.Context) {
	t.Helper()
	require.NoError(t, chromedp.Do(tab, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	})))
}

// inWeChat makes a tab identify itself as WeChat's browser in a language.
func inWeChat(t *testing.T, tab context.Context, language string) {
	t.Helper()
	require.NoError(t, chromedp.Do(tab, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, "Network.setUserAgentOverride", map[string]any{
			"userAgent": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 MicroMessenger/8.0.56 NetType/WIFI Language/" + language,
		}, nil)
	})))
}
