package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// night has a tab prefer dark colours, or light ones, and nothing that fades: its contrast is another at each moment.
func night(dark bool) chromedp.Action[chromedp.Void] {
	scheme := map[bool]string{true: "dark", false: "light"}[dark]
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		media := map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme},
			{"name": "prefers-reduced-motion", "value": "reduce"}}}
		return target.Call(ctx, "Emulation.setEmulatedMedia", media, nil)
	})
}

// viewing goes through the page's views in one tab.
type viewing struct {
	*scene
	phone context.Context
	seen  map[string]bool // views, by the names of their files
}

// at opens a view and checks its accessibility: by day, at night, on the narrowest phone, and at twice the size.
func (v *viewing) at(view string, how ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	require.NoError(v.t, chromedp.Do(v.phone, append(how, watched(false))...), view)
	for _, look := range []struct {
		name          string
		dark          bool
		width, height int64
	}{
		{"by day", false, phoneWidth, phoneHeight}, {"at night", true, phoneWidth, phoneHeight},
		{"on the narrowest phone", false, 320, 640}, {"at twice the size", false, phoneWidth / 2, phoneHeight / 2},
	} {
		require.NoError(v.t, chromedp.Do(v.phone, night(look.dark), chromedp.EmulateViewport(look.width, look.height)))
		accessible(v.t, v.phone)
		require.Empty(v.t, violations(v.t, v.phone), "%s %s", view, look.name)
	}
	require.NoError(v.t, chromedp.Do(v.phone, chromedp.EmulateViewport(phoneWidth, phoneHeight)))
	v.seen[view] = true
}

// TestEveryViewIsForEverybody checks all views, including those that show errors. It fails if it misses a view.
func TestEveryViewIsForEverybody(t *testing.T) {
	long(t)
	t.Parallel()
	s := newStack(t, withBrowser, subscription, withFields(vehicleFields))
	s.follow("oBob")
	s.follow("oEve")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 2)
	v := &viewing{scene: s, phone: s.tab(phoneWidth, phoneHeight), seen: map[string]bool{}}
	v.signIn()
	id := v.ticket()
	v.account()
	v.thread(id)
	v.outage()
	v.farewell()

	files, err := filepath.Glob("../../api/web/views/*.html")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(content), `{{define "content"}}`) { // others are parts of views
			require.True(t, v.seen[name], "no look at %s", name)
		}
	}
}

func (v *viewing) signIn() {
	v.t.Helper()
	v.at("problem", v.browse("/web/?lang=zh"), sees("h1", "请从公众号进入"))
	v.at("link", chromedp.Navigate(v.personalLink("oEve", "new_ticket")), sees("h1", "打开服务中心"))
	link := v.personalLink("oBob", "new_ticket")
	require.NoError(v.t, chromedp.Do(v.phone, click("#continue"), sees("h1", "新建工单")))
	v.at("link", chromedp.Navigate(link), sees(".tip", "另一位用户"))
	v.at("ticket_new", click("#continue"), sees("h1", "新建工单"))
	v.at("home", v.browse("/web/"), sees("h1", "服务中心"))
}

// ticket opens a ticket, after mistakes, and returns its number.
func (v *viewing) ticket() string {
	v.t.Helper()
	v.at("tickets", v.browse("/web/tickets"), sees(".empty", "还没有工单"))
	v.at("ticket_new", v.browse("/web/new"), click("#open"), sees("#bad-subject", "请填写此项"))
	v.measures()
	pictures := append(snapshots(v.t), heic(v.t))
	v.at("ticket_new", types("text", strings.Repeat("长", 1900)), sees(".count", "1900/2000"))
	v.at("ticket_new", types("subject", "刹车有异响"), fill("category", "CA_1"), types("text", "早上冷车的时候特别明显。"),
		types("field_vin", vehicleNumber), types("field_plate", "沪A12345"),
		chromedp.SetUploadFiles(chromedp.CSS("#pictures"), pictures), sees("#bad-pictures", "不是 JPG 或 PNG 图片"))
	v.at("ticket", click("#open"), sees(".toast", "工单已提交"), loaded("a.shot img", 2))
	v.waitForState(workflows.TypeAttachMedia, workflows.StateSynced, 2)
	return v.tickets()[0].ID
}

// measures checks the sizes of WeUI, WeChat's own style: https://github.com/Tencent/weui. A wrong field is red, as is
// its focus.
func (v *viewing) measures() {
	v.t.Helper()
	for _, of := range []struct{ selector, style, want string }{
		{"h1", "fontSize", "22px"}, {"h1", "fontWeight", "500"}, {".cell", "paddingLeft", "16px"},
		{".cell", "paddingTop", "16px"}, {".tile", "height", "96px"}, {"#open", "height", "48px"},
		{"#open", "borderRadius", "8px"}, {".cell:focus-within", "boxShadow", "rgb(200, 35, 44) 3px 0px 0px 0px inset"},
		{".cell:focus-within>span", "color", "rgb(200, 35, 44)"},
	} {
		got, err := chromedp.Run(v.phone, chromedp.Evaluate[string](fmt.Sprintf(
			`getComputedStyle(document.querySelector(%q)).%s`, of.selector, of.style)))
		require.NoError(v.t, err)
		require.Equal(v.t, of.want, got, "%s %s", of.selector, of.style)
	}
}

func (v *viewing) account() {
	v.t.Helper()
	v.at("account", v.browse("/web/account"), click("#save"), sees("#bad-phone", ""))
	v.at("account", fill("name", "欧阳小明"), fill("phone", "13800138000"), click("#consent"), click("#save"),
		sees(".tip.ok", ""))
	v.waitForState(workflows.TypeRegisterCustomer, workflows.StateSynced, 1)
	v.at("privacy", v.browse("/web/"), click(`.langs a[href^="/web/privacy"]`), sees("h1", "隐私声明"))
}

// thread shows everything that a thread can contain.
func (v *viewing) thread(id string) {
	v.t.Helper()
	document := map[string]any{"attachments": append(v.attachment(snapshots(v.t)[0], "image/jpeg"),
		map[string]any{"name": "报价单.pdf", "mime_type": "application/pdf", "content": []byte(aDocument)})}
	v.agentReplies(id, "说明：\n[刹车保养说明](https://shop.example.com/manual)\n电话 400-000-0000", document)
	v.agentReplies(id, "现在还有异响吗？\n[1] 还有\n[2] 没有了", nil)
	v.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 2)
	v.at("tickets", v.browse("/web/tickets"), sees(".ticket .new", "新回复"))
	v.reload(v.phone, "/web/tickets/"+id, ".agent a.doc", "报价单.pdf")
	v.at("ticket", sees(".answers button", "没有了"), loaded(".agent img", 1))
	v.at("ticket", click("a.shot"), holds(viewed+".naturalWidth > 0", "a picture"))
	v.at("ticket", v.browse("/web/tickets/"+id), click("#send"), sees("#bad-text", "请填写此项"))
	v.at("ticket_close", v.browse("/web/tickets/"+id+"/close"), sees("h1", "结束工单"))
	v.at("ticket", click("button.primary"), sees(".toast", "工单已结束。"), sees(".tip", "工单已完成"))
	v.at("problem", v.browse("/web/tickets/1"), sees("h1", "没有找到"))
}

// outage shows stale data and pending submissions.
func (v *viewing) outage() {
	v.t.Helper()
	v.StopC4C()
	v.reload(v.phone, "/web/tickets", ".warn", "分钟前的数据")
	v.at("tickets")
	v.at("received", v.browse("/web/new"), fill("subject", "停电也能提交"), fill("category", "CA_2"), fill("text", "稍后再看"),
		types("field_vin", vehicleNumber),
		click("#open"), sees("h1", "已收到"))
	v.at("tickets", v.browse("/web/tickets"), sees(".ticket .state", "正在提交"))
	require.NoError(v.t, v.StartC4C())
	v.waitFor("the second ticket", func() bool { return len(v.tickets()) == 2 })
}

func (v *viewing) farewell() {
	v.t.Helper()
	v.at("left", v.browse("/web/account"), click(`form[action="/web/logout"] button`), sees("h1", "您已退出"))
	require.NoError(v.t, chromedp.Do(v.phone, chromedp.Navigate(v.personalLink("oBob", "account")), click("#continue"),
		sees("h1", "我的账户")))
	v.at("erase", click("#erase"), sees("h1", "查看和删除我的数据"))
	v.at("erased", click("button.danger"), sees(".message", "回执编号"))
}
