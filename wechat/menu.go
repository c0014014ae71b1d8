package wechat

import (
	"context"
	"net/http"
)

// Button is a menu entry. A top button has either a type or sub buttons. Which other fields count depends on the type:
// Key for click, scancode_push, scancode_waitmsg, pic_… and location_select; URL for view and, as fallback,
// miniprogram; AppID and PagePath for miniprogram; MediaID for media_id and view_limited; ArticleID for article_id and
// article_view_limited.
type Button struct {
	Type      string   `json:"type,omitempty"`
	Name      string   `json:"name"`
	Key       string   `json:"key,omitempty"`
	URL       string   `json:"url,omitempty"`
	AppID     string   `json:"appid,omitempty"`
	PagePath  string   `json:"pagepath,omitempty"`
	MediaID   string   `json:"media_id,omitempty"`
	ArticleID string   `json:"article_id,omitempty"`
	Sub       []Button `json:"sub_button,omitempty"`
}

// MatchRule is who sees a conditional menu; empty fields match everybody. WeChat refuses new rules by anything else
// with [ErrMenuRuleWithdrawn].
type MatchRule struct {
	TagID string `json:"tag_id,omitempty"`
	// Platform is 1 iOS, 2 Android, 3 other.
	Platform string `json:"client_platform_type,omitempty"`
	// Language is zh_CN, zh_TW, en, … It is read from older menus and never sent.
	Language string `json:"-"`
}

// Menu is a menu as WeChat stores it.
type Menu struct {
	// ID is set when conditional menus exist.
	ID      string
	Buttons []Button
	// Rule is set for a conditional menu.
	Rule *MatchRule
}

// Menus are all menus of an account.
type Menus struct {
	Default     Menu
	Conditional []Menu
}

type menuDocument struct {
	ID      scalar   `json:"menuid"`
	Buttons []Button `json:"button"`
	Rule    *struct {
		// GroupID is the older name of TagID.
		GroupID  scalar `json:"group_id"`
		TagID    scalar `json:"tag_id"`
		Platform scalar `json:"client_platform_type"`
		Language scalar `json:"language"`
	} `json:"matchrule"`
}

func (d menuDocument) menu() Menu {
	m := Menu{ID: string(d.ID), Buttons: d.Buttons}
	if d.Rule == nil {
		return m
	}
	tag := d.Rule.TagID
	if tag == "" {
		tag = d.Rule.GroupID
	}
	m.Rule = &MatchRule{TagID: string(tag), Platform: string(d.Rule.Platform), Language: string(d.Rule.Language)}
	return m
}

// CreateMenu replaces the default menu, POST /cgi-bin/menu/create: 1 to 3 top buttons, 1 to 5 sub buttons each.
// Followers see it when they next open the chat, up to 5 minutes later. 1000 calls a day.
//
// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html
func (c *Client) CreateMenu(ctx context.Context, buttons []Button) error {
	return c.do(ctx, call{
		op: "menu/create", method: http.MethodPost, path: "/cgi-bin/menu/create",
		json: map[string]any{"button": buttons},
	}, nil)
}

// Menu returns the menus, GET /cgi-bin/menu/get; [ErrMenuNotFound] if there is none.
//
// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Getting_Custom_Menu_Configurations.html
func (c *Client) Menu(ctx context.Context) (Menus, error) {
	var answer struct {
		Menu        menuDocument   `json:"menu"`
		Conditional []menuDocument `json:"conditionalmenu"`
	}
	err := c.do(ctx, call{
		op: "menu/get", holds: []string{"menu", "conditionalmenu"}, method: http.MethodGet, path: "/cgi-bin/menu/get",
	}, &answer)
	if err != nil {
		return Menus{}, err
	}
	menus := Menus{Default: answer.Menu.menu()}
	for _, d := range answer.Conditional {
		menus.Conditional = append(menus.Conditional, d.menu())
	}
	return menus, nil
}

// DeleteMenu deletes the default menu and all conditional ones, GET /cgi-bin/menu/delete.
//
// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Deleting_Custom-Defined_Menu.html
func (c *Client) DeleteMenu(ctx context.Context) error {
	return c.do(ctx, call{op: "menu/delete", method: http.MethodGet, path: "/cgi-bin/menu/delete"}, nil)
}

// AddConditionalMenu adds a menu for the followers that rule matches, POST /cgi-bin/menu/addconditional, and returns
// its id. A default menu must exist ([ErrNoDefaultMenu]), and the rule must name a tag or a platform.
//
// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Personalized_menu_interface.html
func (c *Client) AddConditionalMenu(ctx context.Context, buttons []Button, rule MatchRule) (menuID string, err error) {
	var answer struct {
		ID scalar `json:"menuid"`
	}
	err = c.do(ctx, call{
		op: "menu/addconditional", holds: []string{"menuid"}, method: http.MethodPost, path: "/cgi-bin/menu/addconditional",
		json: map[string]any{"button": buttons, "matchrule": rule},
	}, &answer)
	return string(answer.ID), err
}

// DeleteConditionalMenu deletes one conditional menu, POST /cgi-bin/menu/delconditional.
//
// https://developers.weixin.qq.com/doc/offiaccount/Custom_Menus/Personalized_menu_interface.html
func (c *Client) DeleteConditionalMenu(ctx context.Context, menuID string) error {
	return c.do(ctx, call{
		op: "menu/delconditional", method: http.MethodPost, path: "/cgi-bin/menu/delconditional",
		json: map[string]string{"menuid": menuID},
	}, nil)
}
