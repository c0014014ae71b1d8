package wechatsim

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// button is one entry of a menu. Unknown members are ignored.
type button struct {
	Type      string   `json:"type,omitempty"`
	Name      string   `json:"name"`
	Key       string   `json:"key,omitempty"`
	URL       string   `json:"url,omitempty"`
	AppID     string   `json:"appid,omitempty"`
	PagePath  string   `json:"pagepath,omitempty"`
	MediaID   string   `json:"media_id,omitempty"`
	ArticleID string   `json:"article_id,omitempty"`
	Sub       []button `json:"sub_button"`
}

// matchRule chooses who sees a conditional menu; WeChat also accepts numbers as strings.
type matchRule struct {
	TagID    looseText `json:"tag_id,omitempty"`
	Platform looseText `json:"client_platform_type,omitempty"`
	withdrawnRules
}

// withdrawnRules are rules that WeChat no longer supports; they are 65320.
// https://developers.weixin.qq.com/doc/service/api/custommenu/api_addconditionalmenu.html
type withdrawnRules struct {
	Sex      looseText `json:"sex,omitempty"`
	Country  looseText `json:"country,omitempty"`
	Province looseText `json:"province,omitempty"`
	City     looseText `json:"city,omitempty"`
	Language looseText `json:"language,omitempty"`
}

// looseText is a JSON string or number, stored as a string.
type looseText string

// UnmarshalJSON accepts both forms.
func (t *looseText) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, (*string)(t))
	}
	var number json.Number
	if err := json.Unmarshal(data, &number); err != nil {
		return err
	}
	*t = looseText(number)
	return nil
}

type menu struct {
	ID      int64      `json:"menuid"`
	Buttons []button   `json:"button"`
	Rule    *matchRule `json:"matchrule,omitempty"`
}

// The texts of a menu, in bytes.
const (
	maxTopName = 16
	maxSubName = 60
	maxMenuKey = 128
	maxMenuURL = 1024
)

// buttonCodes are the errcodes of a level: top and sub buttons have their own.
type buttonCodes struct{ kind, name, key, url, domain, maxName int }

var (
	topCodes = buttonCodes{40017, 40018, 40019, 40020, 40055, maxTopName}
	subCodes = buttonCodes{40024, 40025, 40026, 40027, 40054, maxSubName}
)

func checkButtons(buttons []button) error {
	if len(buttons) < 1 || len(buttons) > 3 {
		return refuse(40016)
	}
	for i := range buttons {
		top := &buttons[i]
		if len(top.Sub) == 0 {
			top.Sub = []button{}
			if err := top.check(topCodes); err != nil {
				return err
			}
			continue
		}
		if top.Name == "" || len(top.Name) > maxTopName {
			return refuse(40018)
		}
		if len(top.Sub) > 5 {
			return refuse(40023)
		}
		for j := range top.Sub {
			sub := &top.Sub[j]
			if len(sub.Sub) > 0 {
				return refuse(40022)
			}
			sub.Sub = []button{}
			if err := sub.check(subCodes); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b button) check(codes buttonCodes) error {
	if b.Name == "" || len(b.Name) > codes.maxName {
		return refuse(codes.name)
	}
	switch b.Type {
	case "click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
		"location_select":
		if b.Key == "" || len(b.Key) > maxMenuKey {
			return refuse(codes.key)
		}
	case "view", "miniprogram":
		if b.URL == "" || len(b.URL) > maxMenuURL {
			return refuse(codes.url)
		}
		if !strings.HasPrefix(b.URL, "http://") && !strings.HasPrefix(b.URL, "https://") {
			return refuse(codes.domain)
		}
		if b.Type == "miniprogram" && (b.AppID == "" || b.PagePath == "") {
			return refuse(codes.kind)
		}
	case "media_id", "view_limited":
		if b.MediaID == "" {
			return refuse(40007)
		}
	case "article_id", "article_view_limited":
		if b.ArticleID == "" {
			return refuse(codes.kind)
		}
	default:
		return refuse(codes.kind)
	}
	return nil
}

// menuCreate: https://developers.weixin.qq.com/doc/service/api/custommenu/api_createcustommenu.html
func menuCreate(c *call) (any, error) {
	var in menu
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := checkButtons(in.Buttons); err != nil {
		return nil, err
	}
	c.s.state.Menu = &menu{ID: 400_000_000 + c.s.state.serial(), Buttons: in.Buttons}
	c.s.events.publish("")
	return ok(), nil
}

func menuGet(c *call) (any, error) {
	st := c.s.state
	if st.Menu == nil {
		return nil, refuse(46003)
	}
	out := map[string]any{"menu": st.Menu}
	if len(st.Special) > 0 {
		out["conditionalmenu"] = st.Special
	}
	return out, nil
}

// menuDelete deletes the conditional menus as well.
func menuDelete(c *call) (any, error) {
	c.s.state.Menu, c.s.state.Special = nil, nil
	c.s.events.publish("")
	return ok(), nil
}

// menuAddConditional: https://developers.weixin.qq.com/doc/service/api/custommenu/api_addconditionalmenu.html
func menuAddConditional(c *call) (any, error) {
	var in menu
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if c.s.state.Menu == nil {
		return nil, refuse(65303)
	}
	if in.Rule == nil || *in.Rule == (matchRule{}) {
		return nil, refuse(65304)
	}
	if in.Rule.withdrawnRules != (withdrawnRules{}) {
		return nil, refuse(65320)
	}
	if err := checkButtons(in.Buttons); err != nil {
		return nil, err
	}
	in.ID = 400_000_000 + c.s.state.serial()
	c.s.state.Special = append(c.s.state.Special, &in)
	c.s.events.publish("")
	return map[string]any{"menuid": strconv.FormatInt(in.ID, 10)}, nil
}

func menuDeleteConditional(c *call) (any, error) {
	var in struct {
		MenuID looseText `json:"menuid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	for i, m := range c.s.state.Special {
		if strconv.FormatInt(m.ID, 10) == string(in.MenuID) {
			c.s.state.Special = append(c.s.state.Special[:i:i], c.s.state.Special[i+1:]...)
			c.s.events.publish("")
			return ok(), nil
		}
	}
	return nil, refuse(65301)
}

func menuTryMatch(c *call) (any, error) {
	var in struct {
		UserID string `json:"user_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	f, err := c.addressee(in.UserID)
	if err != nil {
		return nil, err
	}
	m := c.s.state.menuOf(f)
	if m == nil {
		return nil, refuse(46003)
	}
	return map[string]any{"button": m.Buttons}, nil
}

// menuOf returns the menu a follower sees: the newest matching conditional one, else the default.
func (st *state) menuOf(f *follower) *menu {
	if st.Menu == nil {
		return nil
	}
	for _, special := range slices.Backward(st.Special) {
		if special.Rule.fits(f) {
			return special
		}
	}
	return st.Menu
}

func (rule matchRule) fits(f *follower) bool {
	if rule.TagID != "" {
		tagged := false
		for _, id := range f.TagIDs {
			tagged = tagged || strconv.FormatInt(id, 10) == string(rule.TagID)
		}
		if !tagged {
			return false
		}
	}
	return rule.Platform == "" || string(rule.Platform) == f.Platform
}

// currentButton is a button as only this API shows it: sub buttons are in a list, and leaves have none.
type currentButton struct {
	button
	Sub *currentButtons `json:"sub_button,omitempty"`
}

type currentButtons struct {
	List []currentButton `json:"list"`
}

func showCurrent(buttons []button) []currentButton {
	shown := []currentButton{}
	for _, b := range buttons {
		current := currentButton{button: b}
		if len(b.Sub) > 0 {
			current.Sub = &currentButtons{List: showCurrent(b.Sub)}
		}
		shown = append(shown, current)
	}
	return shown
}

// menuCurrent: https://developers.weixin.qq.com/doc/service/api/custommenu/api_getcurrentselfmenuinfo.html
func menuCurrent(c *call) (any, error) {
	buttons := []currentButton{}
	if m := c.s.state.Menu; m != nil {
		buttons = showCurrent(m.Buttons)
	}
	open := 0
	if len(buttons) > 0 {
		open = 1
	}
	return map[string]any{"is_menu_open": open, "selfmenu_info": map[string]any{"button": buttons}}, nil
}
