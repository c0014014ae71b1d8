package wechatsim

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWindowLedger(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(r *rig)
		want []int // codes of one send after another
	}{
		{"follow: 3 in a minute", func(r *rig) {}, []int{0, 0, 0, 45047}},
		{"follow: over after a minute", func(r *rig) { r.advance("61s") }, []int{45015}},
		{"message: 5, after the follow's 3", func(r *rig) { r.event(anna, "messages", map[string]any{"content": "x"}) },
			[]int{0, 0, 0, 0, 0, 0, 0, 0, 45047}},
		{"message: 5 in 48 h", func(r *rig) {
			r.event(anna, "messages", map[string]any{"content": "x"})
			r.advance("47h59m")
		}, []int{0, 0, 0, 0, 0, 45047}},
		{"message: over after 48 h", func(r *rig) {
			r.event(anna, "messages", map[string]any{"content": "x"})
			r.advance("48h1s")
		}, []int{45015}},
		{"click: 3", func(r *rig) {
			r.advance("2m")
			r.event(anna, "click", map[string]any{"key": "k"})
		}, []int{0, 0, 0, 45047}},
		{"scan: 3", func(r *rig) {
			r.advance("2m")
			r.event(anna, "scan", map[string]any{"scene": "k"})
		}, []int{0, 0, 0, 45047}},
		{"view opens nothing", func(r *rig) {
			r.advance("2m")
			r.event(anna, "view", map[string]any{"url": "http://a"})
		}, []int{45015}},
		{"a menu tap counts as a click", func(r *rig) {
			r.advance("2m")
			r.event(anna, "messages", map[string]any{"content": "满意", "menu_id": "101"})
		}, []int{0, 0, 0, 45047}},
		{"unsubscribed", func(r *rig) { r.event(anna, "unsubscribe", nil) }, []int{45015}},
		{"unsubscribed, the other code", func(r *rig) {
			r.set(map[string]any{"unsubscribed_code": 43004})
			r.event(anna, "unsubscribe", nil)
		}, []int{43004}},
		{"twenty", func(r *rig) {
			r.set(map[string]any{"message_quota": 20})
			r.event(anna, "messages", map[string]any{"content": "x"})
			r.advance("2m")
		}, append(make([]int, 20), 45047)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, Options{})
			r.event(anna, "subscribe", nil)
			tt.do(r)
			r.token = "" // the clock may have moved past its end
			var got []int
			sent := 0
			for i := range tt.want {
				code := r.send(anna, fmt.Sprint("answer ", i))
				got = append(got, code)
				if code == 0 {
					sent++
				}
			}
			require.Equal(t, tt.want, got)
			require.Len(t, r.inbox(anna), sent, "a refused message does not arrive")
		})
	}
}

func TestShortestLivedIsSpentFirst(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	r.event(anna, "messages", map[string]any{"content": "x"})
	require.Zero(t, r.send(anna, "one"))
	window := control[[]grant](r, get, "/_sim/followers/"+anna+"/window", nil)
	require.Equal(t, "follow", window[0].Trigger)
	require.Equal(t, 2, window[0].Left)
	require.Equal(t, 5, window[1].Left)
	r.advance("61s")
	window = control[[]grant](r, get, "/_sim/followers/"+anna+"/window", nil)
	require.Len(t, window, 1)
	require.Equal(t, 5, window[0].Left)
}

func TestCustomSendRefusals(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	r.event(anna, "messages", map[string]any{"content": "x"})
	picture := r.upload("image", "media", "a.jpg", samplePicture(1))["media_id"].(string)
	article := map[string]any{"title": "T", "url": "http://a"}
	message := func(kind string, value any) map[string]any {
		return map[string]any{"touser": anna, "msgtype": kind, kind: value}
	}
	tests := []struct {
		name string
		body any
		want int
	}{
		{"2049 bytes", text(anna, strings.Repeat("a", 2049)), 45002},
		{"683 characters are 2049 bytes", text(anna, strings.Repeat("字", 683)), 45002},
		{"empty", text(anna, ""), 44004},
		{"no text at all", map[string]any{"touser": anna, "msgtype": "text"}, 44004},
		{"stranger", text("oStranger", "x"), 40003},
		{"nobody", text("", "x"), 40003},
		{"type", message("hologram", nil), 40008},
		{"escaped", `{"touser":"` + anna + `","msgtype":"text","text":{"content":"\u4f60"}}`, 40033},
		{"html escaped", `{"touser":"` + anna + `","msgtype":"text","text":{"content":"\u003ca\u003e"}}`, 40033},
		{"no json", "hello", 47001},
		{"no body", nil, 44002},
		{"bad utf-8", "{\"touser\":\"\xff\"}", 47001},
		{"two articles", message("news", map[string]any{"articles": []any{article, article}}), 45008},
		{"no article", message("news", map[string]any{"articles": []any{}}), 44003},
		{"unknown media", message("image", map[string]any{"media_id": "x"}), 40007},
		{"media of another kind", message("voice", map[string]any{"media_id": picture}), 40007},
		{"no media id", message("image", map[string]any{}), 41006},
		{"empty menu", message("msgmenu", map[string]any{"list": []any{}}), 40035},
		{"agent", map[string]any{"touser": anna, "msgtype": "text", "text": map[string]any{"content": "x"},
			"customservice": map[string]any{"kf_account": "nobody"}}, 61452},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, r.api(post, "/cgi-bin/message/custom/send", tt.body).code())
		})
	}
	require.Empty(t, r.inbox(anna))
	window := control[[]grant](r, get, "/_sim/followers/"+anna+"/window", nil)
	require.Equal(t, 3, window[0].Left, "refusals cost nothing")
}

func TestCustomSendKinds(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	r.event(anna, "messages", map[string]any{"content": "x"})
	send := func(body map[string]any) {
		require.Zero(t, r.api(post, "/cgi-bin/message/custom/send", body).code())
	}
	send(text(anna, strings.Repeat("a", 2048)))
	send(text(anna, "<a href=\"http://a\">&</a> \"quotes\" 🚗 \\\\u0041"))
	picture := r.upload("image", "media", "a.jpg", samplePicture(1))["media_id"].(string)
	send(map[string]any{"touser": anna, "msgtype": "image", "image": map[string]any{"media_id": picture}})
	send(map[string]any{"touser": anna, "msgtype": "news",
		"news": map[string]any{"articles": []any{map[string]any{"title": "T", "description": "D", "url": "http://a"}}}})
	send(map[string]any{"touser": anna, "msgtype": "msgmenu", "customservice": map[string]any{"kf_account": "li@shop"},
		"msgmenu": map[string]any{
			"head_content": "满意吗？", "list": []any{map[string]any{"id": "101", "content": "满意"}}, "tail_content": "谢谢",
		}})
	inbox := r.inbox(anna)
	require.Len(t, inbox, 5)
	for _, it := range inbox {
		require.Equal(t, "customer_service", it.Kind)
		require.False(t, it.At.IsZero())
	}
	require.Equal(t, "<a href=\"http://a\">&</a> \"quotes\" 🚗 \\\\u0041", inbox[1].Content,
		"an escaped backslash before u is no escape")
	require.Equal(t, picture, inbox[2].MediaID)
	require.Equal(t, "T", inbox[3].Title)
	require.Equal(t, "满意吗？\n满意\n谢谢", inbox[4].Content)
	require.Equal(t, "li@shop", inbox[4].Agent)
}

func TestUnreachableFollowers(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	require.Zero(t, r.api(post, "/cgi-bin/tags/members/batchblacklist",
		map[string]any{"openid_list": []string{anna}}).code())
	require.Equal(t, 43019, r.send(anna, "x"))
	status, _, _ := r.do(post, "/_sim/followers/"+anna+"/messages", map[string]any{"content": "x"})
	require.Equal(t, 409, status)
	list := r.api(post, "/cgi-bin/tags/members/getblacklist", map[string]any{"begin_openid": ""})
	require.EqualValues(t, 1, list["total"])
	require.Zero(t, r.api(post, "/cgi-bin/tags/members/batchunblacklist",
		map[string]any{"openid_list": []string{anna}}).code())
	control[summary](r, "PATCH", "/_sim/followers/"+anna, map[string]any{"refuses": true})
	require.Equal(t, 48002, r.send(anna, "x"))
}

func TestTyping(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	typing := func(command string) int {
		return r.api(post, "/cgi-bin/message/custom/typing", map[string]any{"touser": anna, "command": command}).code()
	}
	require.Equal(t, 45072, typing("Dance"))
	require.Zero(t, typing("Typing"))
	require.Equal(t, 45081, typing("Typing"))
	state := control[map[string]any](r, get, "/_sim/phone?openid="+anna, nil)
	require.Equal(t, true, state["typing"])
	require.Zero(t, typing("CancelTyping"))
	require.Zero(t, typing("Typing"))
	require.Zero(t, r.send(anna, "there"))
	state = control[map[string]any](r, get, "/_sim/phone?openid="+anna, nil)
	require.Equal(t, false, state["typing"], "the message ends the indicator")
	r.advance("31s")
	require.Equal(t, 45080, typing("Typing"))
}

func templateData() map[string]any {
	return map[string]any{
		"character_string1": map[string]any{"value": "8000012"},
		"thing2":            map[string]any{"value": "有新的回复"},
		"time3":             map[string]any{"value": "2026年3月1日 10:30"},
	}
}

func TestTemplateSend(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{Mode: ModePlain})
	r.event(anna, "subscribe", nil)
	r.advance("49h") // no window is needed
	r.answering(nil)
	send := func(change map[string]any) reply {
		body := map[string]any{"touser": anna, "template_id": TemplateReplyWaiting, "url": "http://a/",
			"data": templateData()}
		maps.Copy(body, change)
		return r.api(post, "/cgi-bin/message/template/send", body)
	}
	first := send(map[string]any{"client_msg_id": "once-1"})
	require.Zero(t, first.code())
	again := send(map[string]any{"client_msg_id": "once-1"})
	require.Equal(t, first["msgid"], again["msgid"])
	require.Len(t, r.inbox(anna), 1)
	require.Equal(t, "工单回复提醒\n工单编号：8000012\n回复内容：有新的回复\n回复时间：2026年3月1日 10:30", r.inbox(anna)[0].Content)
	r.eventually(func() bool { return len(r.pushes()) == 1 })
	receipt := r.pushes()[0].body
	_, rest, found := strings.Cut(receipt, "<![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>")
	require.True(t, found, receipt)
	id, _, _ := strings.Cut(rest, "<")
	settled, err := strconv.ParseFloat(id, 64) // the answer was decoded as a float, which holds 53 bits of the number
	require.NoError(t, err)
	require.InDelta(t, first["msgid"], settled, 0)
	require.Contains(t, receipt, "<Status><![CDATA[success]]></Status>")
	r.advance("11m")
	require.NotEqual(t, first["msgid"], send(map[string]any{"client_msg_id": "once-1"})["msgid"],
		"forgotten after 10 minutes")

	require.Equal(t, 40037, send(map[string]any{"template_id": "none"}).code())
	require.Equal(t, 40003, send(map[string]any{"touser": "oStranger"}).code())
	require.Equal(t, 45067, send(map[string]any{"client_msg_id": strings.Repeat("x", 33)}).code())
	data := templateData()
	data["thing2"] = map[string]any{"value": strings.Repeat("长", 21)}
	refused := send(map[string]any{"data": data})
	require.Equal(t, 47003, refused.code())
	require.Contains(t, refused["errmsg"], "data.thing2.value")

	r.answering(nil)
	control[settings](r, "PATCH", "/_sim/settings", map[string]any{"receipt_without_id": true})
	require.NotZero(t, send(map[string]any{"client_msg_id": "once-2"})["msgid"])
	r.eventually(func() bool { return strings.Contains(fmt.Sprint(r.pushes()), "</Event><MsgID>0</MsgID>") })

	control[summary](r, "PATCH", "/_sim/followers/"+anna, map[string]any{"refuses": true})
	require.Zero(t, send(nil).code())
	r.eventually(func() bool {
		return strings.Contains(fmt.Sprint(r.pushes()), "failed:user block")
	})
	r.event(anna, "unsubscribe", nil)
	require.Equal(t, 43004, send(nil).code())
}

// TestTemplateValues: keywords accept only values of their kind.
func TestTemplateValues(t *testing.T) {
	t.Parallel()
	for keyword, values := range map[string]struct{ good, bad []string }{
		"thing": {[]string{"有新的回复 1!", strings.Repeat("长", 20)},
			[]string{strings.Repeat("长", 21), "a\nb", "a\tb"}},
		"short_thing":      {[]string{"回复"}, []string{"有新的回复了"}},
		"const":            {[]string{"维修"}, []string{strings.Repeat("长", 21)}},
		"phrase":           {[]string{"配送中"}, []string{"配送中心已回复", "已回…", "OK", "已回复!"}},
		"character_string": {[]string{"A-1/2"}, []string{"工单1", strings.Repeat("1", 33)}},
		"letter":           {[]string{"abc"}, []string{"字母", "a1"}},
		"symbol":           {[]string{"…"}, []string{"a", "······"}},
		"number":           {[]string{"7", "-1.5"}, []string{"七", "1.2.3"}},
		"amount":           {[]string{"¥12.5元", "100"}, []string{"一百", "12345678901"}},
		"phone_number":     {[]string{"+86-0766-66888866"}, []string{"电话", strings.Repeat("1", 18)}},
		"car_number":       {[]string{"粤A8Z888挂"}, []string{"粤粤A8888", "A123456789"}},
		"name": {[]string{"欧阳建国", "Maximilian Musterman"},
			[]string{strings.Repeat("长", 11), strings.Repeat("a", 21), "a1"}},
		"time":   {[]string{"15:01", "2019年10月1日 15:01"}, []string{"soon"}},
		"date":   {[]string{"2019-10-01"}, []string{"soon"}},
		"remark": {[]string{"anything\nat all"}, nil},
	} {
		for _, value := range values.good {
			require.True(t, fitsKind(keyword+"1", value), "%s %q", keyword, value)
		}
		for _, value := range values.bad {
			require.False(t, fitsKind(keyword+"1", value), "%s %q", keyword, value)
		}
	}
}

// TestListsForOtherClients: lists that other clients read before they send.
func TestListsForOtherClients(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	list := r.api(get, "/wxaapi/newtmpl/gettemplate", nil)
	require.Equal(t, SubscriptionReplyWaiting, list["data"].([]any)[0].(map[string]any)["priTmplId"])
	require.Empty(t, r.api(get, "/cgi-bin/customservice/getkflist", nil)["kf_list"])
}

func TestTemplateLibrary(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	list := r.api(get, "/cgi-bin/template/get_all_private_template", nil)
	require.Len(t, list["template_list"], 2)
	added := r.api(post, "/cgi-bin/template/api_add_template",
		map[string]any{"template_id_short": "TM1", "keyword_name_list": []string{"工单"}})
	id := added["template_id"].(string)
	require.Len(t, id, 43)
	require.Zero(t, r.api(post, "/cgi-bin/template/del_private_template", map[string]any{"template_id": id}).code())
	require.Equal(t, 40037, r.api(post, "/cgi-bin/template/del_private_template",
		map[string]any{"template_id": id}).code())
}

func TestSubscriptionNotification(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{Mode: ModePlain})
	r.event(anna, "subscribe", nil)
	send := func() int {
		return r.api(post, "/cgi-bin/message/subscribe/bizsend", map[string]any{
			"touser": anna, "template_id": SubscriptionReplyWaiting, "page": "http://a/", "data": templateData(),
		}).code()
	}
	choose := func(status string) {
		r.event(anna, "subscription", map[string]any{"template_id": SubscriptionReplyWaiting, "status": status})
	}
	require.Equal(t, 43101, send())
	choose("reject")
	require.Equal(t, 43101, send())
	choose("accept")
	require.Zero(t, send())
	require.Equal(t, 43101, send(), "one accept is one message")
	require.Equal(t, "subscription", r.inbox(anna)[0].Kind)
	r.eventually(func() bool {
		return strings.Contains(fmt.Sprint(r.pushes()), "<SubscribeMsgSentEvent><List><TemplateId><![CDATA["+
			SubscriptionReplyWaiting)
	})
	choose("accept")
	choose("revoke")
	require.Equal(t, 43101, send())
}
