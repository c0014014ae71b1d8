package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// What checks from outside rely on: names, forms and answers of the development stack. These tests write them out
// instead of using the project's constants, so that no change alters them unnoticed.

// outside calls the stack as a program that knows only the contract.
type outside struct {
	*scene
	wechatURL, c4cURL, api, internal string
}

func newOutside(t *testing.T) outside {
	t.Helper()
	s := newStack(t)
	at := s.Addresses()
	return outside{s, "http://" + at.WeChat, "http://" + at.C4C, "http://" + at.API, "http://" + at.Internal}
}

// call sends a request and returns its answer; JSON unless the header names another type.
func (o outside) call(method, address, body string, header ...string) (int, http.Header, string) {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), method, address, strings.NewReader(body))
	require.NoError(o.t, err)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(o.t, err, "%s %s", method, address)
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	require.NoError(o.t, err)
	return res.StatusCode, res.Header, string(answer)
}

// control calls an endpoint that must succeed; its answer is decoded if it is JSON.
func (o outside) control(method, address, body string) (decoded any) {
	o.t.Helper()
	status, _, answer := o.call(method, address, body)
	require.Less(o.t, status, http.StatusMultipleChoices, "%s %s %s: %s", method, address, body, answer)
	if answer != "" {
		require.NoError(o.t, json.NewDecoder(bytes.NewBufferString(answer)).Decode(&decoded), answer)
	}
	return decoded
}

// members checks that each object of a list has these members.
func (o outside) members(list any, names ...string) []map[string]any {
	o.t.Helper()
	var objects []map[string]any
	for _, element := range list.([]any) {
		object := element.(map[string]any)
		for _, name := range names {
			require.Contains(o.t, object, name)
		}
		objects = append(objects, object)
	}
	require.NotEmpty(o.t, objects, names)
	return objects
}

func TestContractOfSettings(t *testing.T) {
	t.Parallel()
	c := config.Development()
	for want, got := range map[string]string{
		"wx0123456789abcdef": c.WeChat.AppID, "gh_0123456789ab": c.WeChat.OriginalID,
		"dev-appsecret": c.WeChat.AppSecret.Reveal(), "devtoken": c.WeChat.Token.Reveal(),
		"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG": c.WeChat.AESKey.Reveal(), "secure": fmt.Sprint(c.WeChat.Mode),
		"wechat": c.C4C.User, "dev-password": c.C4C.Password.Reveal(), "WECHAT": c.C4C.ChannelID, "008": c.C4C.ChannelCode,
		"c4c": config.WebhookUser, "dev-c4c-key": c.C4C.WebhookPassword.Reveal(),
		"default": c.Account,
	} {
		require.Equal(t, want, got)
	}
}

func TestContractOfEndpoints(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	for _, tt := range []struct {
		method, address string
		status          int
	}{
		{"GET", o.internal + "/livez", 200}, {"GET", o.internal + "/readyz", 200}, {"GET", o.internal + "/metrics", 200},
		{"POST", o.internal + "/codec/encode", 200}, {"POST", o.internal + "/codec/decode", 200},
		{"GET", o.api + "/wechat", 401}, {"POST", o.api + "/wechat", 401},
		{"POST", o.api + "/c4c/wechat", 401}, {"POST", o.api + "/c4c/events", 401},
		{"POST", o.api + "/getWXWebToken", 403}, {"GET", o.api + "/web/tickets", 401},
		{"GET", o.wechatURL + "/", 200}, {"GET", o.c4cURL + "/", 200},
		{"GET", o.wechatURL + "/_sim/requests", 200}, {"GET", o.c4cURL + "/_sim/requests", 200},
		{"GET", o.c4cURL + "/sap/c4c/odata/v1/c4codataapi/$metadata", 401},
		{"POST", o.c4cURL + "/sap/bc/srt/scs/sap/managesocialmediaactivityin", 401},
	} {
		status, _, answer := o.call(tt.method, tt.address, `{}`)
		require.Equal(t, tt.status, status, "%s %s: %s", tt.method, tt.address, answer)
	}
}

// TestContractOfTheControlEndpoints has everything that the table of control endpoints names.
func TestContractOfTheControlEndpoints(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	alice := o.wechatURL + "/_sim/followers/oAlice"
	for _, act := range [][2]string{
		{"/subscribe", ``}, {"/scan", `{"scene":"shop-7"}`}, {"/click", `{"key":"account"}`}, {"/view", `{}`},
		{"/location", `{}`},
		{"/messages", `{"type":"text","content":"squeal"}`},
		{"/messages", fmt.Sprintf(`{"type":"text","content":"again","msg_id":"9001","create_time":%d,"repeat":3}`,
			time.Now().Unix())},
		{"/messages", `{"type":"text","content":"number","msg_id":9002}`},
		{"/messages", `{"type":"image"}`}, {"/messages", `{"type":"voice"}`}, {"/messages", `{"type":"video"}`},
		{"/messages", `{"type":"location"}`}, {"/messages", `{"type":"link"}`},
	} {
		pushed := o.control("POST", alice+act[0], act[1]).(map[string]any)
		require.EqualValues(t, 200, pushed["status"], "%s: %v", act, pushed)
		require.Contains(t, pushed, "body")
	}
	o.control("POST", o.wechatURL+"/_sim/followers/oBob/subscribe", "{}")
	o.control("POST", o.wechatURL+"/_sim/followers/oBob/unsubscribe", "{}")
	var ticket map[string]any
	o.waitFor("the ticket with its lines and files", func() bool {
		list := o.control("GET", o.c4cURL+"/_sim/tickets", "").([]any)
		if len(list) == 1 {
			ticket = list[0].(map[string]any)
		}
		return len(list) == 1 && len(ticket["thread"].([]any)) == 8 && len(ticket["attachments"].([]any)) == 3
	})
	o.members([]any{ticket}, "id", "subject", "status", "customer_id", "thread", "attachments", "notes")
	o.members(ticket["thread"], "id", "message_id", "text", "from", "private", "at")
	o.members(ticket["attachments"], "name", "mime_type", "size", "sha256")
	path := o.c4cURL + "/_sim/tickets/" + ticket["id"].(string)
	require.Equal(t, ticket["id"], o.control("GET", path, "").(map[string]any)["id"])
	o.members(o.control("GET", o.c4cURL+"/_sim/customers", ""), "id", "first_name", "last_name", "mobile")
	o.members(o.control("GET", o.c4cURL+"/_sim/profiles", ""), "id", "openid", "customer_id")

	o.control("POST", path+"/replies", `{"text":"private","author_name":"Chen Li","private":true}`)
	o.control("POST", path+"/replies", `{"text":"come by","author_name":"Chen Li","private":false}`)
	o.waitFor("the reply on the phone", func() bool {
		return slices.Contains(o.read("oAlice", "customer_service"), "come by")
	})
	for _, line := range o.members(o.control("GET", alice+"/inbox", ""), "kind", "type", "content", "at") {
		require.Contains(t, []any{"passive", "customer_service", "template"}, line["kind"])
		require.NotEqual(t, "private", line["content"])
		_, err := time.Parse(time.RFC3339, line["at"].(string))
		require.NoError(t, err)
	}
	o.control("POST", path+"/status", `{"status":"5"}`)
	require.Equal(t, "5", o.control("GET", path, "").(map[string]any)["status"])

	for _, simulator := range []string{o.wechatURL, o.c4cURL} {
		_, header, _ := o.call("GET", simulator+"/_sim/requests", "")
		require.Regexp(t, `^[1-9][0-9]*$`, header.Get("X-Sim-Max-Parallel"))
		o.members(o.control("GET", simulator+"/_sim/requests", ""), "method", "path", "operation", "status", "at", "refused")
		o.control("POST", simulator+"/_sim/clock", `{"advance":"48h"}`)
		o.control("POST", simulator+"/_sim/reset", "")
	}
	require.Equal(t, []any{}, o.control("GET", o.c4cURL+"/_sim/tickets", ""))
	require.Equal(t, []any{}, o.control("GET", alice+"/inbox", ""))
}

func TestContractOfFaults(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	for _, simulator := range []string{o.wechatURL, o.c4cURL} {
		for _, more := range []string{`"kind":"errcode","errcode":45009`, `"kind":"http","status":502`, `"kind":"fault"`,
			`"kind":"latency","ms":10`, `"kind":"drop_before"`, `"kind":"drop_after_commit"`, `"kind":"lock"`,
			`"kind":"lock","errcode":0,"status":0,"ms":0`} {
			o.control("POST", simulator+"/_sim/faults",
				`{"seed":7,"rules":[{"match":"POST /cgi-bin/message/custom/send","times":2,"probability":0.5,`+more+`}]}`)
		}
		o.control("DELETE", simulator+"/_sim/faults", "")
	}
}

// TestContractOfIDs: what stands in Temporal's visibility after a follow, a message and a reply.
func TestContractOfIDs(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	follow := o.follow("oAlice")
	require.Equal(t, 200, follow.Status)
	o.send("oAlice", map[string]any{"type": "text", "content": "squeal", "msg_id": "9001"})
	ticket := o.waitForThread("squeal")
	require.Equal(t, "wx:default:oAlice:9001", ticket.Thread[0].MessageID)
	smaID := o.agentReplies(ticket.ID, "come by", nil).SMAID
	o.waitForRead("oAlice", "come by")
	o.waitForState("OnboardFollower", "synced", 1)
	o.waitForState("CreateTicket", "synced", 1)
	var names []string
	for _, row := range o.workflows(`TaskQueue = "wechat-c4c"`) {
		has := attributes(row)
		id := row.GetExecution().GetWorkflowId()
		names = append(names, row.GetType().GetName()+" "+strings.ReplaceAll(id, has["FollowerKey"], "KEY"))
		if row.GetType().GetName() == "CreateTicket" {
			require.Regexp(t, regexp.MustCompile(`^[a-z2-7]{16}$`), has["FollowerKey"])
			require.Equal(t, "default "+ticket.ID+" synced", has["Account"]+" "+has["TicketID"]+" "+has["SyncState"])
		}
	}
	require.Subset(t, names, []string{
		"Conversation conversation/default/KEY", "CreateTicket ticket/default/KEY/9001",
		"DeliverReply reply/default/" + smaID,
	})
	require.Contains(t, strings.Join(names, "\n"), "OnboardFollower onboard/default/KEY/")
}

// TestContractOfTheWebhooks posts as WeChat and C4C do.
func TestContractOfTheWebhooks(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	query := signedOutside(time.Now())
	query.Set("echostr", "5927")
	status, _, answer := o.call("GET", o.api+"/wechat?"+query.Encode(), "")
	require.Equal(t, "200 5927", fmt.Sprint(status, " ", answer))

	// The sample of WeChat's documentation, sent today: what is told of another day was intercepted.
	text := `<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><FromUserName><![CDATA[oBob]]></FromUserName>` +
		`<CreateTime>` + fmt.Sprint(time.Now().Unix()) + `</CreateTime><MsgType><![CDATA[text]]></MsgType>` +
		`<Content><![CDATA[this is a test]]></Content><MsgId>1234567890123456</MsgId></xml>`
	sealed, query := sealedOutside(t, text, time.Now())
	address := o.api + "/wechat?" + query.Encode()
	for range 3 {
		began := time.Now()
		status, _, answer = o.call("POST", address, sealed, "Content-Type", "text/xml")
		require.Equal(t, "200 success", fmt.Sprint(status, " ", answer))
		require.Less(t, time.Since(began), 5*time.Second)
	}
	query.Set("msg_signature", strings.Repeat("0", 40))
	status, _, _ = o.call("POST", o.api+"/wechat?"+query.Encode(), sealed, "Content-Type", "text/xml")
	require.Equal(t, 401, status, "wrong signature")
	status, _, _ = o.call("POST", o.api+"/wechat?"+signedOutside(time.Now()).Encode(), text, "Content-Type", "text/xml")
	require.Equal(t, 401, status, "not encrypted")
	sealed, query = sealedOutside(t, text, time.Now().Add(-2*time.Hour))
	status, _, _ = o.call("POST", o.api+"/wechat?"+query.Encode(), sealed, "Content-Type", "text/xml")
	require.Equal(t, 401, status, "signed hours ago")
	ticket := o.waitForThread("this is a test")

	o.follow("oBob") // WeChat's part of the simulator knows him only now
	reply := "content=" + url.QueryEscape(`{"original_id":"wx:default:oBob:1234567890123456","sma_id":"59161",`+
		`"service_req_no":"`+ticket.ID+`","author_name":"Li Lei","author_email":"",`+
		`"sma_create_datetime":"2026-01-02T03:04:05Z","private_ind":"FALSE","text":"detail text"}`)
	for range 2 {
		status, _, _ = o.call("POST", o.api+"/c4c/wechat", reply, "Content-Type", "application/x-www-form-urlencoded",
			"Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("c4c:dev-c4c-key")))
		require.Equal(t, 200, status)
	}
	o.waitForRead("oBob", "detail text")
	o.send("oBob", map[string]any{"type": "text", "content": "thanks"})
	o.agentReplies(ticket.ID, "last", nil)
	o.waitForRead("oBob", "last")
	others := func(text string) bool { return text != "detail text" }
	require.Len(t, slices.DeleteFunc(o.read("oBob", "customer_service"), others), 1, "sent once")
}
