package e2e

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// complaints finds what makes a page hard to use with a screen reader, a keyboard or weak eyes.
const complaints = `(() => {
	const bad = [], all = (s) => [...document.querySelectorAll(s)];
	const say = (what, e) => bad.push(what + ": " + (e ? e.outerHTML.slice(0, 120) : ""));
	if (!document.title || !document.documentElement.lang) say("no title or language");
	for (const one of ["h1", "main"]) if (all(one).length != 1) say(all(one).length + " " + one);
	const ids = all("[id]").map(e => e.id);
	if (new Set(ids).size != ids.length) say("an id twice");
	for (const e of all("[aria-describedby],[aria-labelledby],label[for]"))
		for (const name of ["aria-describedby", "aria-labelledby", "for"])
			for (const id of (e.getAttribute(name) || "").split(" ").filter(Boolean))
				if (!ids.includes(id)) say(name + " of nothing", e);
	for (const e of all("input:not([type=hidden]),textarea,select"))
		if (!e.labels.length && !e.ariaLabel) say("no label", e);
	for (const e of all("[aria-invalid]")) if (!e.getAttribute("aria-describedby")) say("wrong without a reason", e);
	for (const e of all("img")) if (!e.hasAttribute("alt")) say("no alternative", e);
	for (const e of all("a[href],button,input:not([type=hidden]),select,textarea")) {
		const box = (e.matches("input,select,textarea") ? e.closest("label,.tile,.agree") || e : e).getBoundingClientRect();
		const inline = e.tagName == "A" && getComputedStyle(e).display == "inline";
		if (!inline && box.width && (box.width < 44 || box.height < 44)) say("too small to touch", e);
	}
	if (document.documentElement.scrollWidth > innerWidth) say("wider than the screen: " + document.documentElement.scrollWidth);

	const rgba = (s) => { const n = s.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
	const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
	const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => {
		const v = c[i] / 255; return sum + w * (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); }, 0);
	const ground = (e) => { const stack = []; for (; e; e = e.parentElement) stack.unshift(rgba(getComputedStyle(e).backgroundColor));
		return stack.reduce((below, top) => over(top, below), [255, 255, 255, 1]); };
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const e = walk.currentNode.parentElement;
		if (!walk.currentNode.data.trim() || e.closest("script,.unseen,[aria-hidden],option") || !e.getClientRects().length) continue;
		const back = ground(e), text = over(rgba(getComputedStyle(e).color), back);
		const [high, low] = [light(text), light(back)].sort((a, b) => b - a);
		if ((high + 0.05) / (low + 0.05) < 4.5) say("contrast " + ((high + 0.05) / (low + 0.05)).toFixed(2), e);
	}
	return bad;
})()`

// accessible requires the page in a tab to be usable without a mouse, with weak eyes, and at its width.
func accessible(t *testing.T, tab context.Context) {
	t.Helper()
	found, err := chromedp.Run(tab, chromedp.Evaluate[[]string](complaints))
	require.NoError(t, err)
	address, err := chromedp.Run(tab, chromedp.Location())
	require.NoError(t, err)
	require.Empty(t, found, address)
	require.Empty(t, nameless(t, tab), address)
}

// nameless returns the elements that Chromium announces to a screen reader without a name.
func nameless(t *testing.T, tab context.Context) []string {
	t.Helper()
	type value struct {
		Value any `json:"value"`
	}
	var tree struct {
		Nodes []struct {
			Ignored bool  `json:"ignored"`
			Role    value `json:"role"`
			Name    value `json:"name"`
		} `json:"nodes"`
	}
	require.NoError(t, chromedp.Do(tab, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, "Accessibility.getFullAXTree", nil, &tree)
	})))
	var found []string
	for _, node := range tree.Nodes {
		role := fmt.Sprint(node.Role.Value)
		speaks := []string{"button", "link", "textbox", "combobox", "checkbox", "image", "heading"}
		if !node.Ignored && slices.Contains(speaks, role) && (node.Name.Value == nil || node.Name.Value == "") {
			found = append(found, role)
		}
	}
	return found
}

// tabs requires the Tab key to visit every control in the page's order, and each to show its focus.
func tabs(t *testing.T, tab context.Context) {
	t.Helper()
	// An address with #end would let Tab begin at the end.
	run(t, tab, `document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute("tabindex")`)
	for visited := 0; ; visited++ {
		require.NoError(t, chromedp.Do(tab, chromedp.Func(pressTab)))
		at, err := chromedp.Run(tab, chromedp.Evaluate[focus](nextFocus))
		require.NoError(t, err)
		require.Empty(t, at.Complaint, "after %d controls", visited)
		if at.Last {
			return
		}
	}
}

func pressTab(ctx context.Context, target *chromedp.Target) error {
	for _, kind := range []string{"keyDown", "keyUp"} {
		key := map[string]any{"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
		if err := target.Call(ctx, "Input.dispatchKeyEvent", key, nil); err != nil {
			return err
		}
	}
	return nil
}

// focus is what nextFocus finds.
type focus struct {
	Complaint string `json:"complaint"` // empty: none
	Last      bool   `json:"last"`      // no control follows
}

// nextFocus compares the control that has the focus with the one before. Controls may come and go meanwhile.
const nextFocus = `(() => {
	const controls = [...document.querySelectorAll("a[href],button,input:not([type=hidden]),select,textarea")];
	const now = document.activeElement, at = controls.indexOf(now), name = now.outerHTML.slice(0, 120);
	const shown = e => e && (getComputedStyle(e).outlineStyle != "none" || getComputedStyle(e).boxShadow != "none");
	const complaint = at < 0 || at != controls.indexOf(window.focused) + 1 ? "not its turn: " + name :
		[now, now.closest(".cell,.tile")].some(shown) ? "" : "does not show its focus: " + name;
	window.focused = now;
	return {complaint, last: at == controls.length - 1};
})()`

// TestComplaintsAreFound: the check above finds each kind of complaint.
func TestComplaintsAreFound(t *testing.T) {
	t.Parallel()
	tab := browser(t)(320, 640)
	page := `<html><body><h1>a</h1><h1>b</h1><p id="x">grey</p><p id="x" style="color:#bbb">pale</p><input aria-invalid="true"><img src="data:,">
		<button style="width:10px;height:10px;padding:0"></button><label for="none">l</label><div style="width:900px">wide</div></body></html>`
	require.NoError(t, chromedp.Do(tab, chromedp.Navigate("data:text/html,"+url.PathEscape(page))))
	found, err := chromedp.Run(tab, chromedp.Evaluate[[]string](complaints))
	require.NoError(t, err)
	all := strings.Join(found, "\n")
	for _, wanted := range []string{
		"no title or language", "2 h1", "0 main", "an id twice", "for of nothing", "no label", "wrong without a reason",
		"no alternative", "too small to touch",
		"wider than the screen", "contrast 1.9",
	} {
		require.Contains(t, all, wanted)
	}
	require.Contains(t, nameless(t, tab), "button")
}
