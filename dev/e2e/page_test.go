package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// A phone's size in CSS pixels.
const (
	phoneWidth  = 390
	phoneHeight = 780
)

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

// whatIsShown describes the page for whoever reads why a test failed.
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

// attached returns the files of a ticket.
func (s *scene) attached(ticketID string) []string {
	s.t.Helper()
	var view struct {
		Attachments []struct {
			Name string `json:"name"`
			Size int    `json:"size"`
		} `json:"attachments"`
	}
	s.c4c.get("/tickets/"+ticketID, &view)
	names := []string{}
	for _, a := range view.Attachments {
		if a.Size > 0 {
			names = append(names, a.Name)
		}
	}
	return names
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

func TestPageTellsTheStory(t *testing.T) {
	t.Parallel()
	tab := browser(t)
	s := newStack(t, recording("page"))
	s.follow("oAlice")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
	phone := tab(phoneWidth, phoneHeight)
	s.holder(phone, "oAlice", "/web/?lang=zh")
	require.NoError(t, chromedp.Do(phone, sees("h1", "服务中心")))
	s.view(phone, "h5/home")
	tabs(t, phone)
	s.register(phone, "欧阳小明", "138 0013 8000")
	s.view(phone, "h5/account")
	tabs(t, phone)
	s.waitForState(workflows.TypeRegisterCustomer, workflows.StateSynced, 1)
	require.Len(t, s.customers(), 1, "the placeholder became the customer")
	require.Equal(t, customer{s.customers()[0].ID, "小明", "欧阳", "+8613800138000"}, s.customers()[0])

	s.follow("oTwin")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 2)
	twin := browser(t)(phoneWidth, phoneHeight)
	s.holder(twin, "oTwin", "/web/?lang=zh")
	s.register(twin, "欧阳小明", "138 0013 8000")
	s.waitForState(workflows.TypeRegisterCustomer, workflows.StateSynced, 2)
	require.Len(t, s.customers(), 2, "name and phone of another are no proof of being that other")

	require.NoError(t, chromedp.Do(phone, s.browse("/web/privacy"), sees("h1", "隐私声明")))
	s.view(phone, "h5/privacy")
	require.NoError(t, chromedp.Do(phone, s.browse("/web/new"), fill("subject", "刹车有异响"), click("#open"),
		sees("#bad-text", "请填写此项"), sees("#bad-category", "请选择类别")))
	s.view(phone, "h5/errors")

	id := s.openTicket(phone, "刹车有异响", "早上冷车的时候特别明显。", snapshots(t))
	require.NoError(t, chromedp.Do(phone, sees(".tip.ok", id), sees(".bubble", "早上冷车"), sees(".tip", "客服回复后会显示在这里"),
		holds(`[...document.querySelectorAll("a.shot img")].every(i => i.complete && i.naturalWidth)`, "both pictures"),
		holds(`document.querySelector(".tip:not(.toast)").getBoundingClientRect().bottom <=
			document.querySelector(".composer").getBoundingClientRect().top`, "the end above the composer")))
	s.view(phone, "h5/opened")
	s.waitForState(workflows.TypeAttachMedia, workflows.StateSynced, 2)
	require.Len(t, s.attached(id), 2, "both pictures are at the agent's desk")
	require.Equal(t, "刹车有异响", s.tickets()[0].Subject)

	s.answersAtTheDesk(tab(1440, 860), id, "您好，请明天上午十点来店检查。图中标出了要检查的部位。")
	s.agentReplies(id, "内部备注", map[string]any{"private": true})
	s.waitForRead("oAlice", "您好，请明天上午十点来店检查。图中标出了要检查的部位。")
	s.reload(phone, "/web/tickets/"+id, ".agent .bubble", "请明天上午十点")
	require.NoError(t, chromedp.Do(phone, sees(".agent .who", "Anna Weber"), loaded(".own img", 2),
		loaded(".agent img", 1)))
	require.Equal(t, []string{"报价单.pdf"}, s.documents(phone))
	s.view(phone, "h5/answered")
	require.NoError(t, chromedp.Do(phone, holds("(scrollTo(0, 0), true)", "the top")))
	s.view(phone, "h5/ticket")
	tabs(t, phone)
	html, err := chromedp.Run(phone, chromedp.OuterHTML(chromedp.CSS("html")))
	require.NoError(t, err)
	require.NotContains(t, html, "内部备注")

	// The address sent along with texts, opened in another browser of the same follower, without a session.
	other := browser(t)(phoneWidth, phoneHeight)
	s.holder(other, "oAlice", "/web/tickets/"+id)
	require.NoError(t, chromedp.Do(other, sees("h1", "刹车有异响"), sees(".agent .bubble", "请明天上午十点")))

	require.NoError(t, chromedp.Do(phone, fill("text", "好的，明天见"), click("#send"), sees(".own .bubble", "好的，明天见")))
	require.Contains(t, s.tickets()[0].texts("follower"), "好的，明天见")
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets"), sees(".ticket strong", "刹车有异响")))
	s.view(phone, "h5/tickets")
	require.Len(t, s.tickets(), 1)

	s.c4c.post("/tickets/"+id+"/status", map[string]any{"status": "5"}, nil)
	s.reload(phone, "/web/tickets/"+id, ".state", "已完成")
	require.NoError(t, chromedp.Do(phone, fill("text", "还是有响声"), click("#send"), sees(".own .bubble", "还是有响声")))
	require.Len(t, s.tickets(), 1, "the ticket was opened again")
	require.Equal(t, "1", s.tickets()[0].Status)
}

const aDocument = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// answersAtTheDesk has an agent open a ticket, look at its pictures and answer with a picture and a document.
func (s *scene) answersAtTheDesk(desk context.Context, ticketID, text string) {
	s.t.Helper()
	document := filepath.Join(s.t.TempDir(), "报价单.pdf")
	require.NoError(s.t, os.WriteFile(document, []byte(aDocument), 0o600))
	require.NoError(s.t, chromedp.Do(desk,
		chromedp.Navigate("http://"+s.Addresses().C4C+"/"), click(fmt.Sprintf(`button[data-ticket=%q]`, ticketID)),
		loaded("#attachments img", 2),
		write("#reply", text), chromedp.SetUploadFiles(chromedp.CSS("#attach"), []string{snapshots(s.t)[0], document}),
		sees("#files", "报价单.pdf"),
		click("#send"), sees("#thread .text", text), loaded("#thread img", 1), sees("#thread .sent", "✓")))
	picture(s.t, desk, "h5/desk", "")
}

// documents opens the thread's documents as the page offers them, and returns their names.
func (s *scene) documents(tab context.Context) []string {
	s.t.Helper()
	var jar struct {
		Cookies []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"cookies"`
	}
	require.NoError(s.t, chromedp.Do(tab, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, "Network.getCookies", nil, &jar)
	})))
	addresses, err := chromedp.Run(tab,
		chromedp.Evaluate[[]string](`[...document.querySelectorAll("a.doc")].map(a => a.href)`))
	require.NoError(s.t, err)
	names := []string{}
	for _, address := range addresses {
		req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, address, nil)
		require.NoError(s.t, err)
		for _, cookie := range jar.Cookies {
			req.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
		}
		res, err := http.DefaultClient.Do(req)
		require.NoError(s.t, err)
		content, err := io.ReadAll(res.Body)
		require.NoError(s.t, errors.Join(err, res.Body.Close()))
		require.Equal(s.t, http.StatusOK, res.StatusCode)
		require.Equal(s.t, aDocument, string(content))
		_, how, err := mime.ParseMediaType(res.Header.Get("Content-Disposition"))
		require.NoError(s.t, err)
		names = append(names, how["filename"])
	}
	return names
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

// subscription is a verified subscription account: no OAuth.
func subscription(s *scene, o *stack.Options) {
	before := o.WeChat
	o.WeChat = func(w *wechatsim.Options) {
		before(w)
		w.AccountType = wechatsim.SubscriptionVerified
	}
	withSettings(func(c *config.Config) { c.WeChat.OAuth, c.Language = "off", "en" })(s, o)
}

func TestPageOfASubscriptionAccount(t *testing.T) {
	t.Parallel()
	tab := browser(t)
	s := newStack(t, subscription)
	s.follow("oBob")
	phone := tab(phoneWidth, phoneHeight)
	require.NoError(t, chromedp.Do(phone, s.browse("/web/tickets?lang=en"),
		sees("h1", "Please open this page from the chat")))

	link := s.personalLink("oBob", "new_ticket")
	require.NoError(t, chromedp.Do(phone, chromedp.Navigate(link+"&lang=en"),
		chromedp.WaitVisible(chromedp.CSS("#continue"))))
	s.view(phone, "h5/link") // only a finger presses the button
	require.NoError(t, chromedp.Do(phone, click("#continue"), chromedp.WaitVisible(chromedp.CSS("#open"))))
	id := s.openTicket(phone, "My brakes squeal", "Since yesterday", snapshots(t))
	s.waitForState(workflows.TypeAttachMedia, workflows.StateSynced, 2)
	require.Len(t, s.attached(id), 2)
	s.agentReplies(id, "Please come tomorrow at ten.", nil)
	s.reload(phone, "/web/tickets/"+id, ".agent .bubble", "come tomorrow")
	require.NoError(t, chromedp.Do(phone, fill("text", "I will"), click("#send"), sees(".own .bubble", "I will")))
	require.NoError(t, chromedp.Do(phone, night(true)))
	s.view(phone, "h5/dark")

	thief := browser(t)(phoneWidth, phoneHeight)
	require.NoError(t, chromedp.Do(thief, s.browse("/web/?lang=en"), chromedp.Navigate(link), click("#continue"),
		sees("h1", "does not work any more")))
	require.NoError(t,
		chromedp.Do(thief,
			holds(
				`(self.WeixinJSBridge = {call: (what) => document.title = what}, document.dispatchEvent(new Event("WeixinJSBridgeReady")), true)`, "WeChat's browser")))
	s.view(thief, "h5/expired")
	require.NoError(t, chromedp.Do(thief, click("[data-close] button"),
		holds(`document.title == "closeWindow"`, "the chat")))

	s.say("oBob", "My tickets")
	require.Contains(t, s.read("oBob", "passive")[len(s.read("oBob", "passive"))-1], "/web/link?t=")
	require.Len(t, s.tickets(), 1, "asking for the page is no message")

	s.wechat.post("/followers/oBob/unsubscribe", nil, nil)
	s.reload(phone, "/web/tickets", "h1", "You do not follow us")
}

func TestPageTakesATapTwiceOnce(t *testing.T) {
	t.Parallel()
	tab := browser(t)
	s := newStack(t)
	s.follow("oAlice")
	phone := tab(320, 640)
	s.holder(phone, "oAlice", "/web/new?lang=zh")
	require.NoError(t, chromedp.Do(phone, fill("subject", "只要一个"), fill("category", "CA_1"), fill("text", "两次点击")))
	wide, err := chromedp.Run(phone, chromedp.Evaluate[bool]("document.documentElement.scrollWidth <= 320"))
	require.NoError(t, err)
	require.True(t, wide, "readable at 320 pixels")
	// Bypass the script's lock: the browser sends the form twice.
	_, err = chromedp.Run(phone, chromedp.Evaluate[bool]("(document.forms[0].submit(), document.forms[0].submit(), true)"))
	require.NoError(t, err)
	require.NoError(t, chromedp.Do(phone, sees("h1", "只要一个")))
	s.say("oAlice", "still one")
	s.waitFor("the chat's message in the ticket", func() bool {
		return len(s.tickets()) == 1 && len(s.tickets()[0].texts("follower")) == 2
	})
	require.Len(t, s.workflows(`WorkflowType = "CreateTicket"`), 2)
}

func TestPageWhileC4CIsDown(t *testing.T) {
	long(t)
	t.Parallel()
	tab := browser(t)
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)
	phone := tab(phoneWidth, phoneHeight)
	s.holder(phone, "oAlice", "/web/tickets?lang=zh")
	require.NoError(t, chromedp.Do(phone, sees(".ticket small", ticket.ID)))

	s.StopC4C()
	s.reload(phone, "/web/tickets", ".warn", "分钟前的数据")
	s.view(phone, "h5/stale")
	require.NoError(t, chromedp.Do(phone,
		s.browse("/web/new"), fill("subject", "停电也能提交"), fill("category", "CA_2"), fill("text", "稍后再看"), click("#open"),
		sees("h1", "已收到")))
	s.view(phone, "h5/received")
	list := tab(phoneWidth, phoneHeight)
	s.holder(list, "oAlice", "/web/tickets?lang=zh")
	require.NoError(t, chromedp.Do(list, sees(".ticket strong", "停电也能提交"), sees(".ticket .state", "正在提交")))
	s.view(list, "h5/underway")
	require.NoError(t, s.StartC4C())
	require.NoError(t, chromedp.Do(phone, sees("h1", "停电也能提交")), "the page goes on by itself")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
	require.Len(t, s.tickets(), 2)
}

func TestPageWhileNoWorkerAnswers(t *testing.T) {
	t.Parallel()
	tab := browser(t)
	s := newStack(t)
	s.follow("oAlice")
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
	phone := tab(phoneWidth, phoneHeight)
	s.holder(phone, "oAlice", "/web/new?lang=zh")
	require.NoError(t, chromedp.Do(phone, fill("subject", "没有人也收下"), fill("category", "CA_3"), fill("text", "谢谢")))
	require.NoError(t, s.StopWorker())
	require.NoError(t, chromedp.Do(phone, click("#open"), sees("h1", "已收到")))
	require.Empty(t, s.tickets())
	require.NoError(t, s.StartWorker(t.Context()))
	require.NoError(t, chromedp.Do(phone, sees("h1", "没有人也收下")))
	require.Len(t, s.tickets(), 1)
	require.Len(t, s.workflows(`WorkflowType = "CreateTicket"`), 1)

	require.NoError(t, s.StopWorker())
	s.wechat.post("/followers/oAlice/unsubscribe", nil, nil)
	require.NoError(t, chromedp.Do(phone, s.browse("/web/new"), sees("h1", "您尚未关注")), "nobody has to answer for that")
	require.NoError(t, s.StartWorker(t.Context()))
}

// withoutScript switches the page's script off in a tab.
func withoutScript(t *testing.T, tab context.Context) {
	t.Helper()
	require.NoError(t, chromedp.Do(tab, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, "Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	})))
}

// TestPageWithoutScript: without script a follower can still read and write.
func TestPageWithoutScript(t *testing.T) {
	t.Parallel()
	tab := browser(t)
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	s.agentReplies(ticket.ID, "请明天上午十点来店检查。", nil)
	s.waitForRead("oAlice", "请明天上午十点来店检查。")
	phone := tab(phoneWidth, phoneHeight)
	s.holder(phone, "oAlice", "/web/?lang=zh")
	require.NoError(t, chromedp.Do(phone, sees("h1", "服务中心")))
	withoutScript(t, phone)
	s.reload(phone, "/web/tickets", ".ticket small", ticket.ID)
	require.NoError(t, chromedp.Do(phone, click("a.ticket"), sees(".agent .bubble", "请明天上午十点")))
	accessible(t, phone)
	scripted, err := chromedp.Run(phone, chromedp.Evaluate[bool](`document.documentElement.classList.contains("js")`))
	require.NoError(t, err)
	require.False(t, scripted)
	at, err := chromedp.Run(phone, chromedp.Evaluate[string](`document.querySelector(".agent time").textContent`))
	require.NoError(t, err)
	require.Regexp(t, `^(昨天 )?\d\d:\d\d$`, at, "in the configured zone")
	require.NoError(t, chromedp.Do(phone,
		fill("text", "没有脚本也能写"), chromedp.SetUploadFiles(chromedp.CSS("#pictures"), snapshots(t)), click("#send"),
		sees(".own .bubble", "没有脚本也能写")))
	s.waitForState(workflows.TypeAttachMedia, workflows.StateSynced, 2)
	require.Len(t, s.attached(ticket.ID), 2)
}

func TestPhoneOpensThePageFromItsMenu(t *testing.T) {
	t.Parallel()
	tab := browser(t)
	s := newStack(t)
	s.follow("oAlice")
	phone := tab(1000, 860)
	inWeChat(t, phone, "zh_CN")
	require.NoError(t, chromedp.Do(phone,
		chromedp.Navigate("http://"+s.Addresses().WeChat+"/?openid=oAlice&lang=zh"), click("#menu button")))
	s.showsInFrame(phone, "/web/new", "新建工单")
	require.NoError(t, chromedp.Do(phone, chromedp.WaitVisible(chromedp.CSS("#web-frame"))))
	picture(t, phone, "h5/phone", "main.device")
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

func TestPhoneOpensThePersonalLink(t *testing.T) {
	t.Parallel()
	tab := browser(t)
	s := newStack(t, subscription)
	s.follow("oBob")
	phone := tab(1000, 860)
	require.NoError(t, chromedp.Do(phone,
		chromedp.Navigate("http://"+s.Addresses().WeChat+"/?openid=oBob&lang=en"), click("#menu button"),
		click(`#thread a[href*="/web/link?t="]`),
		chromedp.WaitVisible(chromedp.CSS("#web-frame"))))
	s.pressInFrame(phone, "/web/link", "Continue")
	s.showsInFrame(phone, "/web/new", "New ticket")
	picture(t, phone, "h5/phone-link", "main.device")
}

// TestPhoneShowsPictures: what the follower sends and what an agent attaches, small in the chat and large when tapped.
func TestPhoneShowsPictures(t *testing.T) {
	t.Parallel()
	tab := browser(t)
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	phone := tab(1000, 860)
	require.NoError(t, chromedp.Do(phone, chromedp.Navigate("http://"+s.Addresses().WeChat+"/?openid=oAlice&lang=zh"),
		sees("#thread", ticket.ID), chromedp.SetUploadFiles(chromedp.CSS("#file"), snapshots(t)[1:]),
		loaded("#thread .me img.picture", 1)))
	s.agentReplies(ticket.ID, "图中标出了要检查的部位。", map[string]any{"attachments": s.attachment(snapshots(t)[0], "image/jpeg")})
	require.NoError(t, chromedp.Do(phone, loaded("#thread .line:not(.me) img.picture", 1)))
	picture(t, phone, "h5/phone-pictures", "main.device")
	require.NoError(t, chromedp.Do(phone, click("#thread .line:not(.me) .open"), loaded("#zoom img", 1), click("#zoom"),
		chromedp.WaitNotVisible(chromedp.CSS("#zoom"))))
}

// attachment is a file in an agent's answer.
func (s *scene) attachment(path, kind string) []map[string]any {
	s.t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(s.t, err)
	return []map[string]any{{"name": filepath.Base(path), "mime_type": kind, "content": content}}
}

// showsInFrame waits until the frame of the simulated phone shows a path of the page with its heading.
func (s *scene) showsInFrame(phone context.Context, path, heading string) {
	s.t.Helper()
	s.waitFor("the page in the phone's frame", func() bool {
		_, found := s.inFrame(phone, path, "heading", heading)
		return found
	})
}

// pressInFrame presses a button of the page in the frame of the simulated phone.
func (s *scene) pressInFrame(phone context.Context, path, name string) {
	s.t.Helper()
	s.waitFor("the page's button in the phone's frame", func() bool {
		button, found := s.inFrame(phone, path, "button", name)
		if !found {
			return false
		}
		return chromedp.Do(phone, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			var node struct {
				Object struct {
					ID string `json:"objectId"`
				} `json:"object"`
			}
			if err := target.Call(ctx, "DOM.resolveNode", map[string]any{"backendNodeId": button}, &node); err != nil {
				return err
			}
			return target.Call(ctx, "Runtime.callFunctionOn", map[string]any{
				"objectId": node.Object.ID, "functionDeclaration": "function() { this.click() }",
			}, nil)
		})) == nil
	})
}

// inFrame finds a node of the page in the frame of the simulated phone: it has another origin, so only the
// accessibility tree can be queried.
func (s *scene) inFrame(phone context.Context, path, role, name string) (backendNode int, found bool) {
	s.t.Helper()
	var tree struct {
		FrameTree struct {
			ChildFrames []struct {
				Frame struct {
					ID             string `json:"id"`
					URL            string `json:"url"`
					UnreachableURL string `json:"unreachableUrl"`
				} `json:"frame"`
			} `json:"childFrames"`
		} `json:"frameTree"`
	}
	require.NoError(s.t, chromedp.Do(phone, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, "Page.getFrameTree", nil, &tree)
	})))
	type value struct {
		Value any `json:"value"`
	}
	var told struct {
		Nodes []struct {
			Role value `json:"role"`
			Name value `json:"name"`
			Node int   `json:"backendDOMNodeId"`
		} `json:"nodes"`
	}
	for _, child := range tree.FrameTree.ChildFrames {
		address, _, _ := strings.Cut(child.Frame.URL, "?")
		if child.Frame.UnreachableURL != "" || !strings.HasSuffix(address, s.Addresses().API+path) {
			continue
		}
		err := chromedp.Do(phone, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			return target.Call(ctx, "Accessibility.getFullAXTree", map[string]any{"frameId": child.Frame.ID}, &told)
		}))
		if err != nil {
			return 0, false
		}
		for _, n := range told.Nodes {
			if n.Role.Value == role && n.Name.Value == name {
				return n.Node, true
			}
		}
	}
	return 0, false
}

// personalLink presses a button of the menu and returns the link that the chat answers with.
func (s *scene) personalLink(openid, key string) string {
	s.t.Helper()
	before := len(s.read(openid, "passive"))
	s.wechat.post("/followers/"+openid+"/click", map[string]any{"key": key}, nil)
	var link string
	s.waitFor("a personal link", func() bool {
		answers := s.read(openid, "passive")
		if len(answers) <= before {
			return false
		}
		_, rest, _ := strings.Cut(answers[len(answers)-1], `href="`)
		link, _, _ = strings.Cut(rest, `"`)
		return strings.Contains(link, "/web/link?t=")
	})
	return link
}
