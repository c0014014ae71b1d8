package api_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

func TestVerifyCallback(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(url.Values)
		status int
		body   string
		count  string
	}{
		{"right", func(url.Values) {}, http.StatusOK, "4375120948345356249", "wechat/verification/verified"},
		{"wrong signature", func(q url.Values) { q.Set("signature", strings.Repeat("0", 40)) }, http.StatusUnauthorized, "",
			"wechat/verification/bad_signature"},
		{"no signature", func(q url.Values) { q.Del("signature") }, http.StatusUnauthorized, "",
			"wechat/verification/bad_signature"},
		{"no echostr", func(q url.Values) { q.Del("echostr") }, http.StatusUnauthorized, "",
			"wechat/verification/bad_signature"},
		{"other nonce", func(q url.Values) { q.Set("nonce", "n2") }, http.StatusUnauthorized, "",
			"wechat/verification/bad_signature"},
		{"for tomorrow", func(q url.Values) { maps.Copy(q, signedQuery(testNow.Unix()+86400)) }, http.StatusUnauthorized, "",
			"wechat/verification/stale"},
		{"of eleven minutes ago", func(q url.Values) { maps.Copy(q, signedQuery(testNow.Unix()-660)) },
			http.StatusUnauthorized, "", "wechat/verification/stale"},
		{"of nine minutes ago", func(q url.Values) { maps.Copy(q, signedQuery(testNow.Unix()-540)) }, http.StatusOK,
			"4375120948345356249", "wechat/verification/verified"},
		{"of long ago", func(q url.Values) { maps.Copy(q, signedQuery(testCreated-3600)) }, http.StatusUnauthorized, "",
			"wechat/verification/stale"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			q := signedQuery(testCreated)
			q.Set("echostr", "4375120948345356249")
			tt.change(q)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/wechat?"+q.Encode(), nil)
			require.NoError(t, err)
			res, body := f.do(t, req)
			require.Equal(t, tt.status, res.StatusCode)
			require.Equal(t, tt.body, body)
			if tt.status == http.StatusOK {
				require.Equal(t, "text/plain; charset=UTF-8", res.Header.Get("Content-Type"))
			}
			require.Equal(t, map[string]int64{tt.count: 1}, f.count(t))
		})
	}
}

// unfetchedLine is the ticket's text for a file above the limit.
func unfetchedLine(kind string) string {
	return "[File not fetched from WeChat (" + kind + "): the customer has sent too many files today. " +
		"Please ask them to send it again tomorrow, or another way.]"
}

func TestReceiveMessage(t *testing.T) {
	t.Parallel()
	event := func(name, key string) string {
		return wechatXML("event", "<Event><![CDATA["+name+"]]></Event><EventKey><![CDATA["+key+"]]></EventKey>")
	}
	tests := []struct {
		name    string
		push    string
		inbound conversation.Inbound // zero: no signal
		count   string
	}{
		{
			"text", wechatXML("text", "<Content><![CDATA[my brakes squeal]]></Content><MsgId>9001</MsgId>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9001", MsgID: "9001",
				MsgType: "text", Text: "my brakes squeal"},
			"text/accepted",
		},
		{
			"tapped menu message",
			wechatXML("text", "<Content>yes</Content><MsgId>9002</MsgId><bizmsgmenuid>101</bizmsgmenuid>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9002", MsgID: "9002",
				MsgType: "text", Text: "yes", EventKey: "101"},
			"text/accepted",
		},
		{
			"picture", wechatXML("image", "<PicUrl>http://x/p</PicUrl><MediaId>media-1</MediaId><MsgId>9003</MsgId>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9003", MsgID: "9003",
				MsgType: "image", Text: "[Picture: the file follows as an attachment]",
				Media: &conversation.Media{Kind: "image", ID: "media-1", Unfetched: unfetchedLine("image")}},
			"image/accepted",
		},
		{
			"voice",
			wechatXML("voice", "<MediaId>media-2</MediaId><Format>amr</Format><Recognition></Recognition><MsgId>9004</MsgId>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9004", MsgID: "9004",
				MsgType: "voice", Text: "[Voice message: the file follows as an attachment]",
				Media: &conversation.Media{Kind: "voice", ID: "media-2", Format: "amr", Unfetched: unfetchedLine("voice")}},
			"voice/accepted",
		},
		{
			"recognised voice",
			wechatXML("voice",
				"<MediaId>media-2</MediaId><Format>amr</Format><Recognition>hello</Recognition><MsgId>9004</MsgId>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9004", MsgID: "9004",
				MsgType: "voice", Text: "[Voice message] hello", Media: &conversation.Media{Kind: "voice", ID: "media-2",
					Format: "amr", Unfetched: "[Voice message] hello\n" + unfetchedLine("voice")}},
			"voice/accepted",
		},
		{
			"video", wechatXML("video", "<MediaId>media-3</MediaId><ThumbMediaId>thumb-3</ThumbMediaId><MsgId>9005</MsgId>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9005", MsgID: "9005",
				MsgType: "video", Text: "[Video: the file follows as an attachment]",
				Media: &conversation.Media{Kind: "video", ID: "media-3", ThumbID: "thumb-3", Unfetched: unfetchedLine("video")}},
			"video/accepted",
		},
		{
			"short video",
			wechatXML("shortvideo", "<MediaId>media-4</MediaId><ThumbMediaId>thumb-4</ThumbMediaId><MsgId>9006</MsgId>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9006", MsgID: "9006",
				MsgType: "shortvideo", Text: "[Short video: the file follows as an attachment]",
				Media: &conversation.Media{Kind: "shortvideo", ID: "media-4", ThumbID: "thumb-4",
					Unfetched: unfetchedLine("shortvideo")}},
			"shortvideo/accepted",
		},
		{
			"location",
			wechatXML("location",
				"<Location_X>31.2304</Location_X><Location_Y>121.4737</Location_Y><Scale>20</Scale><Label>People's Square</Label><MsgId>9007</MsgId>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9007", MsgID: "9007",
				MsgType: "location", Text: "[Location] People's Square\nlatitude 31.2304, longitude 121.4737"},
			"location/accepted",
		},
		{
			"link",
			wechatXML("link", "<Title>T</Title><Description>D</Description><Url>https://example.com</Url><MsgId>9008</MsgId>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9008", MsgID: "9008",
				MsgType: "link", Text: "[Link] T\nD\nhttps://example.com"},
			"link/accepted",
		},
		{
			"mini program",
			wechatXML("miniprogrampage", "<Title>T</Title><AppId>wx1</AppId><PagePath>p/q</PagePath><MsgId>9009</MsgId>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9009", MsgID: "9009",
				MsgType: "miniprogrampage", Text: "[Mini program] T\np/q"},
			"miniprogrampage/accepted",
		},
		{
			"unknown type", wechatXML("hologram", "<MsgId>9010</MsgId>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9010", MsgID: "9010",
				MsgType: "hologram", Text: "[Unsupported message: hologram. Please ask the customer to send it another way.]"},
			"unknown_message/accepted",
		},
		{
			"text that cannot be read", wechatXML("text", "<Content>if a < b</Content><MsgId>9011</MsgId>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|9011", MsgID: "9011",
				MsgType: "text", Text: "[Unsupported message: text. Please ask the customer to send it another way.]"},
			"unknown_message/accepted",
		},
		{
			"blank text without an id", wechatXML("text", "<Content> </Content>"),
			conversation.Inbound{Kind: conversation.KindMessage, Key: testOpenID + "|1700000000|", MsgID: "t1700000000",
				MsgType: "text", Text: "[Unsupported message: text. Please ask the customer to send it another way.]"},
			"text/accepted",
		},
		{
			"unfollow", event("unsubscribe", ""),
			conversation.Inbound{Kind: conversation.KindUnfollow, Key: testOpenID + "|1700000000|unsubscribe|",
				MsgType: "event"},
			"unsubscribe/accepted",
		},
		{
			"scan", event("SCAN", "scene-7"),
			conversation.Inbound{Kind: conversation.KindScan, Key: testOpenID + "|1700000000|SCAN|scene-7", MsgType: "event",
				EventKey: "scene-7"},
			"scan/accepted",
		},
		{
			"click", event("CLICK", "new_ticket"),
			conversation.Inbound{Kind: conversation.KindClick, Key: testOpenID + "|1700000000|CLICK|new_ticket",
				MsgType: "event", EventKey: "new_ticket"},
			"click/accepted",
		},
		{
			"scan through the menu", event("scancode_waitmsg", "scan_part"),
			conversation.Inbound{Kind: conversation.KindClick, Key: testOpenID + "|1700000000|scancode_waitmsg|scan_part",
				MsgType: "event", EventKey: "scan_part"},
			"scancode_waitmsg/accepted",
		},
		{"position that floods", event("LOCATION", ""), conversation.Inbound{}, "location/ignored"},
		{"menu link", event("VIEW", "https://example.com"), conversation.Inbound{}, "view/ignored"},
		{"broadcast receipt", event("MASSSENDJOBFINISH", ""), conversation.Inbound{}, "masssendjobfinish/ignored"},
		{"pictures follow", event("pic_weixin", "k"), conversation.Inbound{}, "pic_weixin/ignored"},
		{"verification of the account", event("verify_expired", ""), conversation.Inbound{}, "verify_expired/ignored"},
		{"unknown event", event("brand_new_event", "x"), conversation.Inbound{}, "unknown_event/ignored"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			res, body := f.do(t, f.wechatRequest(t, tt.push))
			require.Equal(t, http.StatusOK, res.StatusCode)
			require.Equal(t, "success", body)
			require.True(t, strings.HasPrefix(res.Header.Get("Content-Type"), "text/plain"))
			require.Equal(t, map[string]int64{"wechat/" + tt.count: 1}, f.count(t))
			require.Empty(t, f.temporal.starts)
			if tt.inbound.Kind == "" {
				require.Empty(t, f.temporal.signals)
				return
			}
			tt.inbound.OpenID, tt.inbound.CreateTime = testOpenID, testCreated
			require.Len(t, f.temporal.signals, 1)
			require.Equal(t, workflows.SignalInbound, f.temporal.signals[0].signal)
			require.Equal(t, tt.inbound, f.temporal.signals[0].arg)
		})
	}
}

func TestConversationIsStartedWithItsOptions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.do(t, f.wechatRequest(t, wechatXML("text", "<Content>hi</Content><MsgId>1</MsgId>")))
	require.Len(t, f.temporal.signals, 1)
	call := f.temporal.signals[0]
	key := testFollowerKey()
	require.Equal(t, "conversation/shop/"+key, call.id)
	require.Equal(t, call.id, call.options.ID)
	require.Equal(t, workflows.TypeConversation, call.workflow)
	require.Equal(t, []any{workflows.ConversationInput{Account: testAccount, OpenID: testOpenID, FollowerKey: key}},
		call.args)
	require.Equal(t, workflows.TaskQueue, call.options.TaskQueue)
	require.Zero(t, call.options.WorkflowIDReusePolicy)
	require.Zero(t, call.options.WorkflowIDConflictPolicy)
	account, _ := call.options.TypedSearchAttributes.GetKeyword(workflows.AttributeAccount)
	follower, _ := call.options.TypedSearchAttributes.GetKeyword(workflows.AttributeFollowerKey)
	require.Equal(t, []string{testAccount, key}, []string{account, follower})
	for _, readable := range []string{call.id, call.options.StaticSummary} {
		require.NotEmpty(t, readable)
		require.NotContains(t, readable, testOpenID)
	}
}

func TestFollowIsWelcomedInAnEncryptedReply(t *testing.T) {
	t.Parallel()
	f := setup(t)
	res, body := f.do(t,
		f.wechatRequest(t, wechatXML("event", "<Event>subscribe</Event><EventKey>qrscene_fair</EventKey>")))
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "text/xml; charset=utf-8", res.Header.Get("Content-Type"))
	require.Equal(t, conversation.Inbound{
		Kind: conversation.KindFollow, Key: testOpenID + "|1700000000|subscribe|qrscene_fair", OpenID: testOpenID,
		CreateTime: testCreated, MsgType: "event", EventKey: "fair",
	}, f.temporal.signals[0].arg)

	sealed := element(body, "Encrypt")
	require.Equal(t, sign(testToken, element(body, "TimeStamp"), element(body, "Nonce"), sealed),
		element(body, "MsgSignature"))
	reply := decrypt(t, sealed)
	require.Equal(t, testOpenID, element(reply, "ToUserName"))
	require.Equal(t, testOriginalID, element(reply, "FromUserName"))
	require.Equal(t, "1700000003", element(reply, "CreateTime"))
	require.Equal(t, "text", element(reply, "MsgType"))
	require.Equal(t, catalogue.Text(catalogue.English, catalogue.Welcome), element(reply, "Content"))
}

// element is the text of one element of flat XML.
func element(xml, name string) string {
	_, rest, _ := strings.Cut(xml, "<"+name+">")
	text, _, _ := strings.Cut(rest, "</"+name+">")
	return strings.TrimSuffix(strings.TrimPrefix(text, "<![CDATA["), "]]>")
}

func TestRefusedPushes(t *testing.T) {
	t.Parallel()
	text := wechatXML("text", "<Content>my brakes squeal</Content><MsgId>1</MsgId>")
	query := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			q := r.URL.Query()
			q.Set(name, value)
			if value == "" {
				q.Del(name)
			}
			r.URL.RawQuery = q.Encode()
		}
	}
	resealed := func(appID, msg string) func(t *testing.T, r *http.Request) {
		return func(t *testing.T, r *http.Request) {
			sealed := encrypt(t, msg, appID)
			query("msg_signature", sign(testToken, "1700000001", "n1", sealed))(r)
			setBody(r, "<xml><Encrypt>"+sealed+"</Encrypt></xml>")
		}
	}
	plain := func(change func(*http.Request)) func(*testing.T, *http.Request) {
		return func(_ *testing.T, r *http.Request) { change(r) }
	}
	tests := []struct {
		name   string
		change func(*testing.T, *http.Request)
		result string
	}{
		{"no query", plain(func(r *http.Request) { r.URL.RawQuery = "" }), "bad_signature"},
		{"no msg_signature", plain(query("msg_signature", "")), "bad_signature"},
		{"wrong msg_signature", plain(query("msg_signature", strings.Repeat("0", 40))), "bad_signature"},
		{"wrong signature", plain(query("signature", strings.Repeat("0", 40))), "bad_signature"},
		{"other time", plain(query("timestamp", "1700000002")), "bad_signature"},
		{"plain body in secure mode", plain(func(r *http.Request) { setBody(r, text) }), "bad_signature"},
		{"other appid", resealed("wx00000000000000bb", text), "bad_signature"},
		{"other account", resealed(testAppID, strings.ReplaceAll(text, testOriginalID, "gh_other")), "bad_signature"},
		{"not XML inside", resealed(testAppID, "hello"), "malformed"},
		{"openid that is none", resealed(testAppID, strings.ReplaceAll(text, testOpenID, "a:b")), "malformed"},
		{"not XML outside", plain(func(r *http.Request) { setBody(r, "hello") }), "malformed"},
		{"document type", plain(func(r *http.Request) { setBody(r, `<!DOCTYPE xml><xml><Encrypt>x</Encrypt></xml>`) }),
			"malformed"},
		{"nothing", plain(func(r *http.Request) { setBody(r, "") }), "malformed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			req := f.wechatRequest(t, text)
			tt.change(t, req)
			res, body := f.do(t, req)
			require.Equal(t, http.StatusUnauthorized, res.StatusCode)
			require.Empty(t, body)
			require.Empty(t, f.temporal.signals)
			require.Equal(t, map[string]int64{"wechat/unknown/" + tt.result: 1}, refusals(f.count(t)))
		})
	}
}

// refusals removes the kind, which a late refusal of a push may have.
func refusals(counts map[string]int64) map[string]int64 {
	out := map[string]int64{}
	for label, n := range counts {
		part := strings.Split(label, "/")
		out[part[0]+"/unknown/"+part[2]] += n
	}
	return out
}

func setBody(r *http.Request, body string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.GetBody = nil
}

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	for _, announced := range []bool{true, false} {
		for _, path := range []string{"/wechat", "/c4c/wechat"} {
			f := setup(t)
			rec := newRecorder(f, path+"?"+signedQuery(testCreated).Encode(), bytes.Repeat([]byte(" "), wechat.MaxBody+1),
				announced)
			require.Equal(t, http.StatusRequestEntityTooLarge, rec.Code, "%s, announced: %v", path, announced)
			require.Empty(t, f.temporal.signals)
		}
	}
	f := setup(t)
	rec := newRecorder(f, "/c4c/wechat", bytes.Repeat([]byte(" "), wechat.MaxBody), true)
	require.Equal(t, http.StatusBadRequest, rec.Code, "1 MiB is read")
}

// A caller that reads nothing before it has sent all it has still learns what was wrong.
func TestLargeBodiesAreAnswered(t *testing.T) {
	t.Parallel()
	address := "/wechat?" + signedQuery(testCreated).Encode()
	for name, head := range map[string]string{
		"announced":   "POST " + address + " HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n",
		"unannounced": "POST " + address + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7a1200\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
			require.NoError(t, err)
			t.Cleanup(func() { _ = conn.Close() })
			_, err = io.WriteString(conn, head+strings.Repeat(" ", 8_000_000)+"\r\n0\r\n\r\n")
			require.NoError(t, err, "the connection is not broken before all is sent")
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
		})
	}
}

func TestTemporalUnreachable(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		context.DeadlineExceeded, serviceerror.NewUnavailable("no connection"), serviceerror.NewResourceExhausted(0, "busy"),
		serviceerror.NewInvalidArgument("no mapping defined for search attribute"), errors.New("anything"),
	} {
		f := setup(t)
		f.temporal.err = err
		res, body := f.do(t, f.wechatRequest(t, wechatXML("event", "<Event>subscribe</Event>")))
		require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
		require.Empty(t, body)
		require.Equal(t, map[string]int64{"wechat/subscribe/unavailable": 1}, f.count(t))
		require.Contains(t, f.log.String(), `"level":"ERROR"`)
	}
}

func TestPlainModeIsAnsweredPlainly(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *api.Options) { o.WeChat = options(t, wechat.ModePlain).WeChat; o.Language = catalogue.Chinese })
	query := signedQuery(testCreated)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/wechat?"+query.Encode(),
		strings.NewReader(wechatXML("event", "<Event>subscribe</Event>")))
	require.NoError(t, err)
	_, body := f.do(t, req)
	require.Equal(t, catalogue.Text(catalogue.Chinese, catalogue.Welcome), element(body, "Content"))
}

func TestDeliveredThriceSignalsTheSameKey(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for range 3 {
		f.do(t, f.wechatRequest(t, wechatXML("text", "<Content>hi</Content><MsgId>7</MsgId>")))
	}
	require.Len(t, f.temporal.signals, 3)
	for _, call := range f.temporal.signals {
		require.Equal(t, f.temporal.signals[0].id, call.id)
		require.Equal(t, f.temporal.signals[0].arg, call.arg)
	}
}
