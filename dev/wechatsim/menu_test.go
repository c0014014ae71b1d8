package wechatsim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func click(name string) map[string]any {
	return map[string]any{"type": "click", "name": name, "key": "K"}
}

func menuOf(buttons ...any) map[string]any { return map[string]any{"button": buttons} }

func TestMenuLifeCycle(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	require.Equal(t, 46003, r.api(get, "/cgi-bin/menu/get", nil).code())
	require.EqualValues(t, 0, r.api(get, "/cgi-bin/get_current_selfmenu_info", nil)["is_menu_open"])
	in := menuOf(click("新建工单"), map[string]any{"name": "我的", "sub_button": []any{
		map[string]any{"type": "view", "name": "我的工单", "url": "https://a.example/web/"},
	}})
	require.Zero(t, r.api(post, "/cgi-bin/menu/create", in).code())
	got := r.api(get, "/cgi-bin/menu/get", nil)["menu"].(map[string]any)
	require.NotZero(t, got["menuid"])
	buttons := got["button"].([]any)
	require.Equal(t, map[string]any{"type": "click", "name": "新建工单", "key": "K", "sub_button": []any{}}, buttons[0])
	require.Len(t, buttons[1].(map[string]any)["sub_button"], 1)
	current := r.api(get, "/cgi-bin/get_current_selfmenu_info", nil)
	require.Contains(t, fmt.Sprint(current["selfmenu_info"]), "sub_button:map[list:[map[")
	leaves := current["selfmenu_info"].(map[string]any)["button"].([]any)
	require.NotContains(t, leaves[0], "sub_button", "clients read an object there")
	require.NotContains(t, leaves[1].(map[string]any)["sub_button"].(map[string]any)["list"].([]any)[0], "sub_button")
	require.Zero(t, r.api(get, "/cgi-bin/menu/delete", nil).code())
	require.Equal(t, 46003, r.api(get, "/cgi-bin/menu/get", nil).code())
}

func TestMenuLimits(t *testing.T) {
	t.Parallel()
	sub := func(subs ...any) map[string]any {
		return menuOf(map[string]any{"name": "more", "sub_button": subs})
	}
	with := func(b map[string]any, key string, value any) map[string]any {
		b[key] = value
		return b
	}
	view := func(url string) map[string]any {
		return map[string]any{"type": "view", "name": "v", "url": url}
	}
	tests := []struct {
		name string
		menu map[string]any
		want int
	}{
		{"16 bytes", menuOf(click(strings.Repeat("a", 16))), 0},
		{"no button", menuOf(), 40016},
		{"four buttons", menuOf(click("a"), click("b"), click("c"), click("d")), 40016},
		{"17 bytes", menuOf(click(strings.Repeat("a", 17))), 40018},
		{"no name", menuOf(click("")), 40018},
		{"type", menuOf(with(click("a"), "type", "dance")), 40017},
		{"no key", menuOf(with(click("a"), "key", "")), 40019},
		{"129 bytes of key", menuOf(with(click("a"), "key", strings.Repeat("k", 129))), 40019},
		{"long url", menuOf(view("https://a/" + strings.Repeat("u", 1024))), 40020},
		{"url without scheme", menuOf(view("a.example")), 40055},
		{"six sub buttons", sub(click("1"), click("2"), click("3"), click("4"), click("5"), click("6")), 40023},
		{"sub name", sub(click(strings.Repeat("a", 61))), 40025},
		{"sub type", sub(with(click("a"), "type", "")), 40024},
		{"sub url", sub(view("ftp://a")), 40054},
		{"third level", sub(with(click("a"), "sub_button", []any{click("b")})), 40022},
		{"mini program", menuOf(map[string]any{"type": "miniprogram", "name": "m", "url": "http://a"}), 40017},
		{"article", menuOf(map[string]any{"type": "article_id", "name": "m"}), 40017},
	}
	r := setup(t, Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, r.api(post, "/cgi-bin/menu/create", tt.menu).code())
		})
	}
}

func TestConditionalMenus(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	android := menuOf(click("New ticket"))
	android["matchrule"] = map[string]any{"client_platform_type": "2"}
	require.Equal(t, 65303, r.api(post, "/cgi-bin/menu/addconditional", android).code())
	require.Zero(t, r.api(post, "/cgi-bin/menu/create", menuOf(click("新建工单"))).code())
	require.Equal(t, 65304, r.api(post, "/cgi-bin/menu/addconditional", menuOf(click("x"))).code())
	for _, withdrawn := range []string{"sex", "country", "province", "city", "language"} {
		rule := map[string]any{"tag_id": "2", withdrawn: "1"}
		require.Equal(t, 65320,
			r.api(post, "/cgi-bin/menu/addconditional", map[string]any{"button": []any{click("x")}, "matchrule": rule}).code())
	}
	id := r.api(post, "/cgi-bin/menu/addconditional", android)["menuid"]
	require.IsType(t, "", id)
	phone := menuOf(click("Tagged"))
	phone["matchrule"] = map[string]any{"tag_id": 2, "client_platform_type": "2"}
	require.Zero(t, r.api(post, "/cgi-bin/menu/addconditional", phone).code())

	seen := func() string {
		return fmt.Sprint(r.api(post, "/cgi-bin/menu/trymatch", map[string]any{"user_id": anna})["button"])
	}
	require.Contains(t, seen(), "新建工单")
	control[summary](r, "PATCH", "/_sim/followers/"+anna, map[string]any{"platform": "2"})
	require.Contains(t, seen(), "New ticket")
	r.api(post, "/cgi-bin/tags/members/batchtagging", map[string]any{"openid_list": []string{anna}, "tagid": 2})
	require.Contains(t, seen(), "Tagged", "the newest menu that fits")
	require.Len(t, r.api(get, "/cgi-bin/menu/get", nil)["conditionalmenu"], 2)
	require.Zero(t, r.api(post, "/cgi-bin/menu/delconditional", map[string]any{"menuid": id}).code())
	require.Equal(t, 65301, r.api(post, "/cgi-bin/menu/delconditional", map[string]any{"menuid": id}).code())
	require.Zero(t, r.api(get, "/cgi-bin/menu/delete", nil).code())
	require.Equal(t, 46003, r.api(post, "/cgi-bin/menu/trymatch", map[string]any{"user_id": anna}).code())
}
