package menu

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

var (
	service      = Target{URL: "https://service.example.com", OAuth: true}
	subscription = Target{URL: "https://service.example.com"}
)

// account keeps menus as WeChat does.
type account struct {
	menus wechat.Menus
	calls []string
	last  int
}

func (a *account) Menu(context.Context) (wechat.Menus, error) {
	if a.menus.Default.Buttons == nil {
		return wechat.Menus{}, &wechat.Error{Op: "menu/get", Code: wechat.ErrMenuNotFound}
	}
	return a.menus, nil
}

func (a *account) CreateMenu(_ context.Context, buttons []wechat.Button) error {
	a.calls = append(a.calls, "create")
	a.menus.Default.Buttons = slices.Clone(buttons)
	return nil
}

func (a *account) AddConditionalMenu(_ context.Context, buttons []wechat.Button, rule wechat.MatchRule) (string,
	error) {
	if rule.TagID == "" && rule.Platform == "" {
		return "", &wechat.Error{Op: "menu/addconditional", Code: wechat.ErrMenuRuleWithdrawn}
	}
	a.calls, a.last = append(a.calls, "add "+rule.TagID), a.last+1
	a.menus.Conditional = append(a.menus.Conditional, wechat.Menu{ID: fmt.Sprint(a.last), Buttons: slices.Clone(buttons),
		Rule: &rule})
	return fmt.Sprint(a.last), nil
}

func (a *account) DeleteConditionalMenu(_ context.Context, id string) error {
	a.calls = append(a.calls, "remove "+id)
	for i, m := range a.menus.Conditional {
		if m.ID == id {
			a.menus.Conditional = append(a.menus.Conditional[:i:i], a.menus.Conditional[i+1:]...)
		}
	}
	return nil
}

func TestStandardMenu(t *testing.T) {
	t.Parallel()
	menus, err := Parse(Standard("zh"), service)
	require.NoError(t, err)
	require.Len(t, menus.Default.Buttons, 3)
	require.Equal(t, wechat.Button{Type: "view", Name: "新建工单", URL: "https://service.example.com/web/new"},
		menus.Default.Buttons[0])
	require.Empty(t, menus.Conditional)

	menus, err = Parse(Standard("en"), service)
	require.NoError(t, err)
	require.Len(t, menus.Default.Buttons, 3)
	require.Equal(t, "My account", menus.Default.Buttons[2].Name)
	require.Empty(t, menus.Conditional)

	menus, err = Parse(Standard("zh"), subscription)
	require.NoError(t, err)
	require.Equal(t, wechat.Button{Type: "click", Name: "我的工单", Key: "my_tickets"}, menus.Default.Buttons[1])
	_, err = Parse(Standard("zh"), Target{})
	require.ErrorContains(t, err, "WECHAT_C4C_WEB_URL")
}

// withTag is the standard menu and another one for followers with a tag.
func withTag(t *testing.T, to Target) wechat.Menus {
	t.Helper()
	menus, err := Parse([]byte(`{"version": 1, "button": [
		{"name": "新建工单", "page": "new_ticket"}, {"name": "我的工单", "page": "my_tickets"}, {"name": "我的账户", "page": "account"}],
		"conditional": [{"tag_id": "2", "button": [{"name": "New ticket", "page": "new_ticket"}, {"name": "My tickets", "page": "my_tickets"}]}]}`), to)
	require.NoError(t, err)
	return menus
}

// TestMenusByLanguageAreRefused: WeChat answers them with 65320, after the default menu was replaced.
func TestMenusByLanguageAreRefused(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{`"language": "en"`, `"sex": "1"`, `"sex": 2, "tag_id": "2"`, `"country": "中国"`,
		`"province": "广东"`, `"city": {}`} {
		content := `{"version": 1, "button": [{"name": "a", "page": "account"}], "conditional": [{` + rule +
			`, "button": [{"name": "a", "page": "account"}]}]}`
		_, err := Parse([]byte(content), service)
		require.ErrorContains(t, err, "conditional menu 1: WeChat takes no menu by sex, region or language (65320)", rule)
	}
}

// TestOlderMenuByLanguage: a menu made when WeChat still accepted it is shown and can be removed.
func TestOlderMenuByLanguage(t *testing.T) {
	t.Parallel()
	want := withTag(t, service)
	for rule, title := range map[wechat.MatchRule]string{
		{Language: "en"}: "- menu for language en\n", {}: "- menu by a rule that WeChat refuses today\n",
	} {
		a := &account{menus: withTag(t, service)}
		a.menus.Conditional = append(a.menus.Conditional, wechat.Menu{ID: "7", Rule: &rule, Buttons: want.Default.Buttons})
		require.Contains(t, Diff(a.menus, want), title)
		require.NoError(t, Apply(t.Context(), a, a.menus, want))
		require.Contains(t, a.calls, "remove 7")
		require.Empty(t, Diff(a.menus, want))
	}
}

func TestParseRefusesWhatWeChatWould(t *testing.T) {
	t.Parallel()
	one := `{"version":1,"button":[%s]}`
	for _, tt := range []struct{ name, content, says string }{
		{"no JSON", `menu: 1`, "read the file"},
		{"unknown field", `{"version":1,"buttons":[]}`, "buttons"},
		{"two menus", fmt.Sprintf(one, `{"name":"a","type":"click","key":"k"}`) + `{}`, "more than one"},
		{"other version", `{"version":2,"button":[]}`, "version 2"},
		{"no button", fmt.Sprintf(one, ""), "0 buttons"},
		{"four buttons", fmt.Sprintf(one, strings.Repeat(`{"name":"a","page":"account"},`, 3)+
			`{"name":"a","page":"account"}`), "4 buttons"},
		{"long name", fmt.Sprintf(one, `{"name":"新建服务工单","page":"account"}`), "18 bytes"},
		{"no name", fmt.Sprintf(one, `{"page":"account"}`), "0 bytes"},
		{"unknown page", fmt.Sprintf(one, `{"name":"a","page":"shop"}`), `no page "shop"`},
		{"unknown type", fmt.Sprintf(one, `{"name":"a","type":"tap"}`), `no type "tap"`},
		{"no key", fmt.Sprintf(one, `{"name":"a","type":"click"}`), "key has 0 bytes"},
		{"long key", fmt.Sprintf(one, `{"name":"a","type":"click","key":"`+strings.Repeat("k", 129)+`"}`), "129 bytes"},
		{"no address", fmt.Sprintf(one, `{"name":"a","type":"view","url":"service.example.com"}`), "https://"},
		{"Chinese in an address", fmt.Sprintf(one, `{"name":"a","type":"view","url":"https://www.example.com/产品"}`),
			"as %XX"},
		{"blank in an address", fmt.Sprintf(one, `{"name":"a","type":"view","url":"https://www.example.com/a b"}`), "as %XX"},
		{"no mini program", fmt.Sprintf(one, `{"name":"a","type":"miniprogram","url":"https://x"}`), "appid"},
		{"no media", fmt.Sprintf(one, `{"name":"a","type":"media_id"}`), "media_id"},
		{"no article", fmt.Sprintf(one, `{"name":"a","type":"article_id"}`), "article_id"},
		{"six sub buttons", fmt.Sprintf(one, `{"name":"a","sub_button":[`+strings.Repeat(`{"name":"b","page":"account"},`, 5)+
			`{"name":"b","page":"account"}]}`), "6 sub buttons"},
		{"three levels",
			fmt.Sprintf(one,
				`{"name":"a","sub_button":[{"name":"b","page":"account","sub_button":[{"name":"c","page":"account"}]}]}`),
			"two levels"},
		{"conditional for all",
			`{"version":1,"button":[{"name":"a","page":"account"}],"conditional":[{"button":[{"name":"a","page":"account"}]}]}`,
			"everybody"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]byte(tt.content), service)
			require.ErrorContains(t, err, tt.says)
		})
	}
	menus, err := Parse(
		[]byte(fmt.Sprintf(one, `{"name":"a","sub_button":[{"name":"a longer name than a top one","page":"account"}]}`)),
		service)
	require.NoError(t, err)
	require.Equal(t, "view", menus.Default.Buttons[0].Sub[0].Type)
}

func TestApplyChangesWhatDiffers(t *testing.T) {
	t.Parallel()
	a := &account{}
	want := withTag(t, service)
	apply := func() []string {
		have, err := Read(t.Context(), a)
		require.NoError(t, err)
		a.calls = nil
		require.NoError(t, Apply(t.Context(), a, have, want))
		now, err := Read(t.Context(), a)
		require.NoError(t, err)
		require.Empty(t, Diff(now, want))
		return a.calls
	}
	require.Equal(t, []string{"create", "add 2"}, apply())
	require.Empty(t, apply(), "nothing to change")
	want.Conditional[0].Buttons[1].Name = "Tickets"
	require.Equal(t, []string{"remove 1", "add 2"}, apply())
	want.Default.Buttons[0].URL += "?x"
	require.Equal(t, []string{"create"}, apply())
	want.Conditional = nil
	require.Equal(t, []string{"remove 2"}, apply())
}

func TestDiff(t *testing.T) {
	t.Parallel()
	have, want := withTag(t, subscription), withTag(t, subscription)
	require.Empty(t, Diff(have, want))
	want.Default.Buttons[1] = wechat.Button{Name: "更多",
		Sub: []wechat.Button{{Type: "view", Name: "官网", URL: "https://example.com"}}}
	want.Conditional = nil
	require.Equal(t, `  default menu
    新建工单  click  new_ticket
-   我的工单  click  my_tickets
+   更多
+     官网  view  https://example.com
    我的账户  click  account
- menu for tag 2
-   New ticket  click  new_ticket
-   My tickets  click  my_tickets
`, Diff(have, want))
	var shown strings.Builder
	require.NoError(t, Print(&shown, want))
	require.Contains(t, shown.String(), "更多")
	require.Equal(t, "menu: 3 buttons, 0 conditional menus", Summary(want))
}

// Editors on Windows begin a file with a byte order mark.
func TestFileOfAnEditor(t *testing.T) {
	t.Parallel()
	_, err := Parse(append([]byte("\ufeff"), Standard("en")...), Target{URL: "https://service.example.com"})
	require.NoError(t, err)
}
