package wechatsim

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// plainOf verifies a push as an account's server must, and returns its plain body.
func plainOf(t *testing.T, mode Mode, format DataFormat, p received) string {
	t.Helper()
	q := p.query
	require.Equal(t, sign(DefaultToken, q.Get("timestamp"), q.Get("nonce")), q.Get("signature"))
	require.Equal(t, map[DataFormat]string{FormatXML: "text/xml", FormatJSON: "application/json"}[format], p.contentType)
	if mode == ModePlain {
		require.False(t, q.Has("msg_signature"))
		return p.body
	}
	var sealed struct{ ToUserName, FromUserName, Encrypt string }
	if format == FormatJSON {
		require.NoError(t, json.Unmarshal([]byte(p.body), &sealed))
	} else {
		require.NoError(t, xml.Unmarshal([]byte(p.body), &sealed))
	}
	require.Equal(t, "aes", q.Get("encrypt_type"))
	require.Equal(t, DefaultOriginalID, sealed.ToUserName)
	require.Equal(t, mode == ModeCompatible, sealed.FromUserName != "", "plain fields only in compatible mode")
	require.Equal(t, sign(DefaultToken, q.Get("timestamp"), q.Get("nonce"), sealed.Encrypt), q.Get("msg_signature"))
	key, err := decodeAESKey(DefaultEncodingAESKey)
	require.NoError(t, err)
	plain, err := decrypt(key, DefaultAppID, sealed.Encrypt)
	require.NoError(t, err)
	return string(plain)
}

func TestPushModesAndFormats(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{ModePlain, ModeCompatible, ModeSecure} {
		for _, format := range []DataFormat{FormatXML, FormatJSON} {
			t.Run(string(mode)+" "+string(format), func(t *testing.T) {
				t.Parallel()
				r := setup(t, Options{Mode: mode, DataFormat: format})
				r.event(anna, "subscribe", nil)
				content := "刹车 <b>&\"</b> ]] > 🚗"
				out := r.event(anna, "messages", map[string]any{"content": content})
				require.Equal(t, "success", out.Result)
				require.Equal(t, 1, out.Attempts)
				require.Equal(t, http.StatusOK, out.Status)
				pushes := r.pushes()
				require.Len(t, pushes, 2)
				require.Equal(t, anna, pushes[1].query.Get("openid"))
				plain := plainOf(t, mode, format, pushes[1])
				var m struct {
					ToUserName, FromUserName, MsgType, Content string
					CreateTime, MsgId                          int64
				}
				if format == FormatJSON {
					require.NoError(t, json.Unmarshal([]byte(plain), &m))
					require.NotContains(t, plain, `\u003c`)
				} else {
					require.NoError(t, xml.Unmarshal([]byte(plain), &m))
				}
				require.Equal(t, anna, m.FromUserName)
				require.Equal(t, content, m.Content)
				require.Equal(t, out.MsgID, strconv.FormatInt(m.MsgId, 10))
				require.Len(t, out.MsgID, 17)
				require.Equal(t, out.CreateTime, m.CreateTime)
				require.InDelta(t, time.Now().Unix(), m.CreateTime, 5, "seconds")
			})
		}
	}
}

// TestEndMarksAreNotSplit: WeChat puts a follower's text between the marks unchanged, so the result may be invalid XML.
func TestEndMarksAreNotSplit(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{Mode: ModePlain})
	r.event(anna, "subscribe", nil)
	r.event(anna, "messages", map[string]any{"content": "<status><![CDATA[1]]></status>"})
	require.Contains(t, r.pushes()[1].body, "<Content><![CDATA[<status><![CDATA[1]]></status>]]></Content>")
}

func TestEventShapes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, what string
		body       map[string]any
		want       []string
	}{
		{"click", "click", map[string]any{"key": "V1"},
			[]string{"<Event><![CDATA[CLICK]]></Event><EventKey><![CDATA[V1]]></EventKey>"}},
		{"view", "view", map[string]any{"url": "http://a.example/", "menu_id": 7},
			[]string{"<![CDATA[VIEW]]>", "<![CDATA[http://a.example/]]>", "<MenuId>7</MenuId>"}},
		{"scan", "scan", map[string]any{"scene": "shop-3"},
			[]string{"<![CDATA[SCAN]]>", "<EventKey><![CDATA[shop-3]]></EventKey>", "<Ticket><![CDATA[gQ"}},
		{"location", "location", map[string]any{"latitude": 23.137466, "longitude": 113.352425, "precision": 119.38504},
			[]string{"<![CDATA[LOCATION]]>", "<Latitude>23.137466</Latitude>", "<Precision>119.385040</Precision>"}},
		{"scancode", "click", map[string]any{"key": "6", "type": "scancode_waitmsg", "result": "VIN"},
			[]string{"<Event><![CDATA[scancode_waitmsg]]></Event>",
				"<ScanCodeInfo><ScanType><![CDATA[qrcode]]></ScanType><ScanResult><![CDATA[VIN]]></ScanResult></ScanCodeInfo>"}},
		{"re-follow", "subscribe", map[string]any{"scene": "s1"}, []string{"<EventKey><![CDATA[qrscene_s1]]></EventKey>",
			"<Ticket>"}},
		{"popup", "subscription", map[string]any{"template_id": SubscriptionReplyWaiting, "status": "accept", "scene": "2"},
			[]string{"<SubscribeMsgPopupEvent><List><TemplateId>",
				"<PopupScene><![CDATA[2]]></PopupScene></List></SubscribeMsgPopupEvent>"}},
		{"unsubscribe", "unsubscribe", nil,
			[]string{"<Event><![CDATA[unsubscribe]]></Event><EventKey><![CDATA[]]></EventKey>"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, Options{Mode: ModePlain})
			r.event(anna, "subscribe", nil)
			require.Contains(t, r.pushes()[0].body, "<Event><![CDATA[subscribe]]></Event><EventKey><![CDATA[]]></EventKey>")
			require.Equal(t, "success", r.event(anna, tt.what, tt.body).Result)
			last := r.pushes()[1].body
			for _, want := range tt.want {
				require.Contains(t, last, want)
			}
			require.NotContains(t, last, "MsgId")
		})
	}
}

func TestMessageShapes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		body map[string]any
		want []string
	}{
		{"menu tap", map[string]any{"content": "满意", "menu_id": "101"},
			[]string{"<bizmsgmenuid><![CDATA[101]]></bizmsgmenuid>"}},
		{"voice", map[string]any{"type": "voice", "recognition": "你好"},
			[]string{"<Format><![CDATA[amr]]></Format>", "<MediaId16K>", "<Recognition><![CDATA[你好]]></Recognition>"}},
		{"shortvideo", map[string]any{"type": "shortvideo"}, []string{"<MsgType><![CDATA[shortvideo]]></MsgType>",
			"<ThumbMediaId>"}},
		{"location", map[string]any{"type": "location", "latitude": 23.134521, "longitude": 113.358803, "scale": 20,
			"label": "位置"}, []string{"<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale>"}},
		{"link", map[string]any{"type": "link", "title": "T", "url": "http://a.example/", "description": "D"},
			[]string{
				"<Title><![CDATA[T]]></Title><Description><![CDATA[D]]></Description><Url><![CDATA[http://a.example/]]></Url>"}},
		{"control characters", map[string]any{"content": "a\x01b"}, []string{"a\x01b"}},
		{"chosen as texts", map[string]any{"content": "x", "msg_id": 24312345678901234, "create_time": "1700000000"},
			[]string{"<MsgId>24312345678901234</MsgId>", "<CreateTime>1700000000</CreateTime>"}},
		{"chosen day", map[string]any{"content": "x", "create_time": "2023-11-14T22:13:20Z"},
			[]string{"<CreateTime>1700000000</CreateTime>"}},
		{"sample link", map[string]any{"type": "link"}, []string{"<Title><![CDATA[https://www.example.com/]]></Title>",
			"<Url><![CDATA[https://www.example.com/]]></Url>"}},
		{"chosen ids", map[string]any{"content": "x", "msg_id": "24312345678901234", "create_time": 1700000000},
			[]string{"<MsgId>24312345678901234</MsgId>", "<CreateTime>1700000000</CreateTime>"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, Options{Mode: ModePlain})
			r.event(anna, "subscribe", nil)
			r.event(anna, "messages", tt.body)
			for _, want := range tt.want {
				require.Contains(t, r.pushes()[1].body, want)
			}
		})
	}
}

func TestImageCanBeFetched(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{Mode: ModePlain})
	r.event(anna, "subscribe", nil)
	r.event(anna, "messages", map[string]any{"type": "image", "data": []byte("\x89PNG\r\n\x1a\nrest"),
		"filename": "x.png"})
	var m struct{ PicUrl, MediaId string }
	require.NoError(t, xml.Unmarshal([]byte(r.pushes()[1].body), &m))
	res, err := http.Get(m.PicUrl)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "\x89PNG\r\n\x1a\nrest", string(data))
	require.Equal(t, "image/png", res.Header.Get("Content-Type"))
}

func TestRedelivery(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		answer   func(w http.ResponseWriter, n int, p received)
		attempts int
		result   string
		notices  int
	}{
		{"success at once", nil, 1, "success", 0},
		{"empty", func(http.ResponseWriter, int, received) {}, 1, "empty", 0},
		{"second time", func(w http.ResponseWriter, n int, _ received) {
			if n == 1 {
				http.Error(w, "", http.StatusServiceUnavailable)
				return
			}
			_, _ = io.WriteString(w, "success")
		}, 2, "success", 0},
		{"never", func(w http.ResponseWriter, _ int, _ received) { w.WriteHeader(http.StatusInternalServerError) }, 4,
			"failed", 1},
		{"success with line break", func(w http.ResponseWriter, _ int, _ received) { _, _ = io.WriteString(w, "success\n") },
			4, "failed", 1},
		{"json", func(w http.ResponseWriter, _ int, _ received) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"ok":true}`)
		}, 4, "failed", 1},
		{"redirect", func(w http.ResponseWriter, _ int, _ received) {
			w.Header().Set("Location", "/")
			w.WriteHeader(http.StatusFound)
		}, 4, "failed", 1},
		{"connection cut", func(http.ResponseWriter, int, received) { panic(http.ErrAbortHandler) }, 4, "failed", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := setup(t, Options{})
			r.event(anna, "subscribe", nil)
			r.answering(tt.answer)
			out := r.event(anna, "messages", map[string]any{"content": "hello"})
			require.Equal(t, tt.attempts, out.Attempts)
			require.Equal(t, tt.result, out.Result)
			pushes := r.pushes()
			require.Len(t, pushes, tt.attempts)
			for _, p := range pushes {
				require.Equal(t, pushes[0], p, "a retry is the identical request")
			}
			me := control[summary](r, get, "/_sim/followers/"+anna, nil)
			require.Equal(t, tt.notices, me.Notices)
			require.Empty(t, r.inbox(anna), "the notice is not a message of the account")
		})
	}
}

func TestPushTimeout(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{PushTimeout: 400 * time.Millisecond})
	r.event(anna, "subscribe", nil)
	release := make(chan struct{})
	r.answering(func(w http.ResponseWriter, n int, _ received) {
		if n < 3 {
			<-release
		}
		_, _ = io.WriteString(w, "success")
	})
	out := r.event(anna, "messages", map[string]any{"content": "hello"})
	close(release)
	require.Equal(t, 3, out.Attempts)
	require.Equal(t, "success", out.Result)
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{CallbackURL: "http://127.0.0.1:1/wechat"})
	out := r.event(anna, "subscribe", nil)
	require.Zero(t, out.Status)
	require.Equal(t, 4, out.Attempts)
	require.NotEmpty(t, out.Error)
	require.NotContains(t, out.Error, anna)
}

func TestRepeatAndDuplicates(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{Mode: ModePlain})
	const ben = "oBen0000000000000000000000002"
	r.event(anna, "subscribe", nil)
	r.event(ben, "subscribe", nil)
	r.answering(nil)
	out := r.event(anna, "messages", map[string]any{"content": "hello", "repeat": 3, "msg_id": 77})
	require.Equal(t, 3, out.Attempts)
	require.Len(t, out.Pushes, 3)
	require.Equal(t, "77", out.MsgID)
	r.event(ben, "messages", map[string]any{"content": "same id", "msg_id": "77"})
	out = r.event(anna, "location", map[string]any{"latitude": 1, "longitude": 2, "create_time": 1700000000, "repeat": 5,
		"parallel": true})
	require.Len(t, out.Pushes, 5)
	pushes := r.pushes()
	require.Len(t, pushes, 9)
	require.Equal(t, pushes[0], pushes[2])
	for _, p := range pushes[4:] {
		require.Contains(t, p.body, "<CreateTime>1700000000</CreateTime>")
	}
	window := control[[]grant](r, get, "/_sim/followers/"+anna+"/window", nil)
	require.Contains(t, fmt.Sprint(window), "{message 5 ")
}

func TestTamperedPushes(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event(anna, "subscribe", nil)
	r.answering(func(w http.ResponseWriter, _ int, _ received) { w.WriteHeader(http.StatusUnauthorized) })
	for _, tamper := range []string{"signature", "ciphertext", "appid"} {
		out := r.event(anna, "messages", map[string]any{"content": "forged", "tamper": tamper})
		require.Equal(t, http.StatusUnauthorized, out.Status)
		pushes := r.pushes()
		q := pushes[len(pushes)-1].query
		var sealed struct{ Encrypt string }
		require.NoError(t, xml.Unmarshal([]byte(pushes[len(pushes)-1].body), &sealed))
		good := sign(DefaultToken, q.Get("timestamp"), q.Get("nonce"), sealed.Encrypt)
		require.Equal(t, tamper == "signature", good != q.Get("msg_signature"))
		key, err := decodeAESKey(DefaultEncodingAESKey)
		require.NoError(t, err)
		plain, err := decrypt(key, DefaultAppID, sealed.Encrypt)
		intact := err == nil && strings.Contains(string(plain), "forged")
		require.Equal(t, tamper == "signature", intact)
	}
	status, _, _ := r.do(post, "/_sim/followers/"+anna+"/messages", map[string]any{"content": "x", "tamper": "colour"})
	require.Equal(t, http.StatusBadRequest, status)
}

func TestRawPush(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{ModePlain, ModeCompatible, ModeSecure} {
		r := setup(t, Options{Mode: mode})
		body := "<xml><ToUserName>" + DefaultOriginalID + "</ToUserName><FromUserName>" + anna +
			"</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>annual_renew</Event></xml>"
		out := control[outcome](r, post, "/_sim/push", map[string]any{"openid": anna, "body": body})
		require.Equal(t, "success", out.Result)
		require.Contains(t, plainOf(t, mode, FormatXML, r.pushes()[0]), "annual_renew")
	}
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	next := strings.Repeat("Zz9", 14) + "A"
	r.set(map[string]any{"encoding_aes_key": next})
	r.event(anna, "subscribe", nil)
	var sealed struct{ Encrypt string }
	require.NoError(t, xml.Unmarshal([]byte(r.pushes()[0].body), &sealed))
	for key, opens := range map[string]bool{DefaultEncodingAESKey: false, next: true} {
		raw, err := decodeAESKey(key)
		require.NoError(t, err)
		_, err = decrypt(raw, DefaultAppID, sealed.Encrypt)
		require.Equal(t, opens, err == nil)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.answering(func(w http.ResponseWriter, _ int, p received) {
		q := p.query
		if q.Get("signature") != sign(DefaultToken, q.Get("timestamp"), q.Get("nonce")) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, q.Get("echostr"))
	})
	good := control[map[string]any](r, post, "/_sim/verify", nil)
	require.Equal(t, true, good["ok"])
	bad := control[map[string]any](r, post, "/_sim/verify", map[string]any{"tamper": "signature"})
	require.Equal(t, false, bad["ok"])
	require.EqualValues(t, http.StatusUnauthorized, bad["status"])
	require.False(t, r.pushes()[0].query.Has("msg_signature"), "the echo is never encrypted")
}

func TestPushRefusals(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	r.event("leaver", "unsubscribe", nil)
	for _, what := range []string{"messages", "click", "view", "location", "unsubscribe"} {
		status, data, _ := r.do(post, "/_sim/followers/leaver/"+what, map[string]any{})
		require.Equal(t, http.StatusConflict, status, "%s: %s", what, data)
	}
	r.event(anna, "subscribe", nil)
	for what, body := range map[string]string{
		"click": `{}`, "scan": `{}`, "messages": `{"type":"hologram"}`, "location": `{"latitud":1}`,
		"subscription": `{"template_id":"none"}`,
	} {
		status, _, _ := r.do(post, "/_sim/followers/"+anna+"/"+what, body)
		require.Equal(t, http.StatusBadRequest, status, what)
	}
	r.set(map[string]any{"account_type": SubscriptionVerified})
	for what, body := range map[string]string{"location": `{}`, "scan": `{"scene":"x"}`} {
		status, _, _ := r.do(post, "/_sim/followers/"+anna+"/"+what, body)
		require.Equal(t, http.StatusConflict, status, what)
	}
	require.Len(t, r.pushes(), 2)
}

func TestFollowersFromBefore(t *testing.T) {
	t.Parallel()
	r := setup(t, Options{})
	require.Equal(t, "success", r.event("early", "click", map[string]any{"key": "menu"}).Result)
	status, data, _ := r.do(post, "/_sim/followers/earlier/messages", map[string]any{"content": "hello"})
	require.Equal(t, http.StatusOK, status, "%s", data)
	require.Zero(t, r.send("earlier", "good morning"))
}
