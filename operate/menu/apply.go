package menu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// Account is the part of WeChat's client that menus need.
type Account interface {
	Menu(ctx context.Context) (wechat.Menus, error)
	CreateMenu(ctx context.Context, buttons []wechat.Button) error
	AddConditionalMenu(ctx context.Context, buttons []wechat.Button, rule wechat.MatchRule) (menuID string, err error)
	DeleteConditionalMenu(ctx context.Context, menuID string) error
}

// Read reads the account's menus. Having none is not an error.
func Read(ctx context.Context, a Account) (wechat.Menus, error) {
	menus, err := a.Menu(ctx)
	if errors.Is(err, wechat.ErrMenuNotFound) {
		return wechat.Menus{}, nil
	}
	return menus, err
}

// Print writes menus, one line per button, or a line saying that there is none.
func Print(w io.Writer, menus wechat.Menus) error {
	if len(lines(menus)) == 0 {
		_, err := fmt.Fprintln(w, "There is no menu made by API. Make one: wechat-c4c menu apply")
		return err
	}
	_, err := io.WriteString(w, strings.Join(append(lines(menus), ""), "\n"))
	return err
}

// Shown is a menu in the form that programs read.
type Shown struct {
	Rule    *wechat.MatchRule `json:"rule,omitempty"` // who sees it; nil: everybody
	Buttons []wechat.Button   `json:"buttons"`
}

// View returns the menus in the form that programs read, the default one first. Without menus it returns an empty
// list.
func View(menus wechat.Menus) []Shown {
	all := []Shown{}
	if len(menus.Default.Buttons) > 0 {
		all = append(all, Shown{Buttons: menus.Default.Buttons})
	}
	for _, m := range menus.Conditional {
		rule := ruleOf(m)
		all = append(all, Shown{Rule: &rule, Buttons: m.Buttons})
	}
	return all
}

// Diff shows what applying would change, as lines that begin with - or +; empty: nothing.
func Diff(have, want wechat.Menus) string {
	before, after := lines(have), lines(want)
	if slices.Equal(before, after) {
		return ""
	}
	var b strings.Builder
	for _, change := range compare(before, after) {
		b.WriteString(change + "\n")
	}
	return b.String()
}

// Apply changes the account's menus to want with as few calls as possible. Followers see a change within five minutes
// of opening the chat.
func Apply(ctx context.Context, a Account, have, want wechat.Menus) error {
	if !sameButtons(have.Default.Buttons, want.Default.Buttons) {
		if err := a.CreateMenu(ctx, want.Default.Buttons); err != nil {
			return err
		}
	}
	kept := make([]bool, len(want.Conditional))
	for _, old := range have.Conditional {
		at := slices.IndexFunc(want.Conditional, func(m wechat.Menu) bool { return same(old, m) })
		if at >= 0 && !kept[at] {
			kept[at] = true
			continue
		}
		if err := a.DeleteConditionalMenu(ctx, old.ID); err != nil {
			return err
		}
	}
	for i, m := range want.Conditional {
		if kept[i] {
			continue
		}
		if _, err := a.AddConditionalMenu(ctx, m.Buttons, *m.Rule); err != nil {
			return err
		}
	}
	return nil
}

func same(a, b wechat.Menu) bool {
	return ruleOf(a) == ruleOf(b) && sameButtons(a.Buttons, b.Buttons)
}

func sameButtons(a, b []wechat.Button) bool {
	return reflect.DeepEqual(lines(wechat.Menus{Default: wechat.Menu{Buttons: a}}),
		lines(wechat.Menus{Default: wechat.Menu{Buttons: b}}))
}

func ruleOf(m wechat.Menu) wechat.MatchRule {
	if m.Rule == nil {
		return wechat.MatchRule{}
	}
	return *m.Rule
}

// lines are menus in a form to compare.
func lines(menus wechat.Menus) []string {
	var all []string
	write := func(title string, buttons []wechat.Button) {
		all = append(all, title)
		for _, b := range buttons {
			all = append(all, "  "+describe(b))
			for _, sub := range b.Sub {
				all = append(all, "    "+describe(sub))
			}
		}
	}
	if len(menus.Default.Buttons) > 0 {
		write("default menu", menus.Default.Buttons)
	}
	for _, m := range menus.Conditional {
		title, rule := "menu for", ruleOf(m)
		if rule == (wechat.MatchRule{}) {
			title = "menu by a rule that WeChat refuses today"
		}
		for _, part := range []struct{ name, value string }{{"language", rule.Language}, {"tag", rule.TagID},
			{"platform", rule.Platform}} {
			if part.value != "" {
				title += " " + part.name + " " + part.value
			}
		}
		write(title, m.Buttons)
	}
	return all
}

func describe(b wechat.Button) string {
	var text strings.Builder
	text.WriteString(b.Name)
	for _, part := range []string{b.Type, b.Key, b.URL, b.AppID, b.PagePath, b.MediaID, b.ArticleID} {
		if part != "" {
			text.WriteString("  " + part)
		}
	}
	return text.String()
}

// compare is a diff by the longest common subsequence; menus are short.
func compare(a, b []string) []string {
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i, v := range slices.Backward(a) {
		for j := len(b) - 1; j >= 0; j-- {
			length[i][j] = max(length[i+1][j], length[i][j+1])
			if v == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, "  "+a[i])
			i, j = i+1, j+1
		case j >= len(b) || i < len(a) && length[i+1][j] >= length[i][j+1]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	return out
}

// Summary describes in one line what was applied.
func Summary(want wechat.Menus) string {
	return fmt.Sprintf("menu: %d buttons, %d conditional menus", len(want.Default.Buttons), len(want.Conditional))
}
