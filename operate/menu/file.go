// Package menu keeps the account's menu in WeChat equal to a file. It reads the file, finds errors before WeChat
// would refuse it, compares it with the present menu, and applies it.
package menu

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

var (
	//go:embed menu.zh.json
	chinese []byte
	//go:embed menu.en.json
	english []byte
)

// Standard is the built-in menu in the account's language, zh or en: new ticket, my tickets, my account. An account
// has one language, because WeChat refuses menus by the follower's language.
func Standard(language string) []byte {
	if language == "en" {
		return english
	}
	return chinese
}

// fileVersion is the version of the file format.
const fileVersion = 1

// WeChat's limits, in bytes and in numbers.
// Source: https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html
const (
	maxTop, maxSub         = 3, 5
	maxTopName, maxSubName = 16, 60
	maxKey, maxURL         = 128, 1024
)

// file is the format of a menu file.
type file struct {
	Version     int           `json:"version"`
	Button      []button      `json:"button"`
	Conditional []conditional `json:"conditional"`
}

// conditional is a menu for some followers.
type conditional struct {
	TagID    string   `json:"tag_id,omitempty"`
	Platform string   `json:"client_platform_type,omitempty"` // 1 iOS, 2 Android, 3 other
	Button   []button `json:"button"`
	refusedRules
}

// refusedRules are rules that WeChat refuses with 65320. They are parsed only to report that. Source:
// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Personalized_menu_interface.html
type refusedRules struct {
	Sex      any `json:"sex,omitempty"`
	Country  any `json:"country,omitempty"`
	Province any `json:"province,omitempty"`
	City     any `json:"city,omitempty"`
	Language any `json:"language,omitempty"`
}

// button is one of WeChat's own buttons, or one of the H5 page: account, my_tickets, new_ticket.
type button struct {
	wechat.Button
	Page string   `json:"page,omitempty"`
	Sub  []button `json:"sub_button,omitempty"`
}

// Target is the account that a menu is for.
type Target struct {
	URL   string // of the H5 page; empty: no page
	OAuth bool   // the page opens directly; otherwise its buttons request a personal link in the chat
}

// Parse reads a menu and adapts its buttons to the account. It reports everything that WeChat would refuse, all at
// once.
func Parse(content []byte, to Target) (wechat.Menus, error) {
	decoder := json.NewDecoder(bytes.NewReader(config.Unmarked(content)))
	decoder.DisallowUnknownFields()
	var f file
	if err := decoder.Decode(&f); err != nil {
		return wechat.Menus{}, fmt.Errorf("menu: read the file: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return wechat.Menus{}, errors.New("menu: the file holds more than one menu")
	}
	if f.Version != fileVersion {
		return wechat.Menus{}, fmt.Errorf("menu: the file has version %d, this release reads %d", f.Version, fileVersion)
	}
	p := &parser{to: to}
	menus := wechat.Menus{Default: wechat.Menu{Buttons: p.top("default menu", f.Button)}}
	for i, c := range f.Conditional {
		rule := wechat.MatchRule{TagID: c.TagID, Platform: c.Platform}
		where := fmt.Sprintf("conditional menu %d", i+1)
		switch {
		case c.refusedRules != refusedRules{}:
			p.fail("%s: WeChat takes no menu by sex, region or language (65320): use tag_id or client_platform_type", where)
		case rule == wechat.MatchRule{}:
			p.fail("%s is for everybody: give it a tag_id or client_platform_type", where)
		}
		menus.Conditional = append(menus.Conditional, wechat.Menu{Rule: &rule, Buttons: p.top(where, c.Button)})
	}
	return menus, errors.Join(p.problems...)
}

type parser struct {
	to       Target
	problems []error
}

func (p *parser) fail(format string, args ...any) {
	p.problems = append(p.problems, fmt.Errorf("menu: "+format, args...))
}

func (p *parser) top(where string, buttons []button) []wechat.Button {
	if len(buttons) < 1 || len(buttons) > maxTop {
		p.fail("%s has %d buttons, WeChat takes 1 to %d", where, len(buttons), maxTop)
	}
	var all []wechat.Button
	for _, b := range buttons {
		at := fmt.Sprintf("%s, button %q", where, b.Name)
		if len(b.Sub) == 0 {
			all = append(all, p.button(at, b, maxTopName))
			continue
		}
		p.name(at, b.Name, maxTopName)
		if len(b.Sub) > maxSub {
			p.fail("%s has %d sub buttons, WeChat takes at most %d", at, len(b.Sub), maxSub)
		}
		group := wechat.Button{Name: b.Name}
		for _, sub := range b.Sub {
			if len(sub.Sub) > 0 {
				p.fail("%s, button %q has sub buttons: there are two levels only", at, sub.Name)
			}
			group.Sub = append(group.Sub, p.button(fmt.Sprintf("%s, button %q", at, sub.Name), sub, maxSubName))
		}
		all = append(all, group)
	}
	return all
}

func (p *parser) name(at, name string, limit int) {
	if name == "" || len(name) > limit {
		p.fail("%s: the name has %d bytes, WeChat takes 1 to %d (a Chinese character has 3)", at, len(name), limit)
	}
}

// button adapts one button to the account and checks it.
func (p *parser) button(at string, b button, maxName int) wechat.Button {
	p.name(at, b.Name, maxName)
	out := b.Button
	out.Sub = nil
	if b.Page != "" {
		out = p.page(at, b)
	}
	switch out.Type {
	case "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
		"location_select":
		if out.Key == "" || len(out.Key) > maxKey {
			p.fail("%s: the key has %d bytes, WeChat takes 1 to %d", at, len(out.Key), maxKey)
		}
	case "view", "miniprogram":
		if len(out.URL) > maxURL || !strings.HasPrefix(out.URL, "http://") && !strings.HasPrefix(out.URL, "https://") {
			p.fail("%s: the address must begin with https:// and have at most %d bytes", at, maxURL)
		}
		if strings.ContainsFunc(out.URL, func(r rune) bool { return r <= ' ' || r > '~' }) {
			p.fail("%s: the address has blanks or letters that addresses have not: write them as %%XX of their UTF-8 bytes", at)
		}
		if out.Type == "miniprogram" && (out.AppID == "" || out.PagePath == "") {
			p.fail("%s: a mini program needs appid and pagepath", at)
		}
	case "media_id", "view_limited":
		if out.MediaID == "" {
			p.fail("%s: media_id is missing", at)
		}
	case "article_id", "article_view_limited":
		if out.ArticleID == "" {
			p.fail("%s: article_id is missing", at)
		}
	default:
		p.fail("%s: WeChat has no type %q", at, out.Type)
	}
	return out
}

// page makes a button of the H5 page: a link if WeChat proves who opens it, otherwise a click that the chat answers.
func (p *parser) page(at string, b button) wechat.Button {
	if web.Entrance(b.Page) != b.Page {
		p.fail("%s: there is no page %q", at, b.Page)
	}
	if p.to.URL == "" {
		p.fail("%s: there is no H5 page, WECHAT_C4C_WEB_URL is not set", at)
	}
	if p.to.OAuth {
		return wechat.Button{Type: "view", Name: b.Name, URL: web.InviteURL(p.to.URL, b.Page)}
	}
	return wechat.Button{Type: "click", Name: b.Name, Key: b.Page}
}
