package api_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// reply is a reply's push with changes applied; a change to "" removes the field.
func reply(changes ...string) string {
	fields := map[string]string{
		"original_id": "", "sma_id": "59161", "service_req_no": "8000012", "author_name": "Li Lei", "author_email": "",
		"sma_create_datetime": "2023-11-14T22:13:20Z", "private_ind": "FALSE", "text": "come by",
	}
	for i := 0; i < len(changes); i += 2 {
		fields[changes[i]] = changes[i+1]
		if changes[i+1] == "" {
			delete(fields, changes[i])
		}
	}
	var parts []string
	for name, value := range fields {
		parts = append(parts, fmt.Sprintf("%q:%q", name, value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func TestReceiveReply(t *testing.T) {
	t.Parallel()
	ours := conversation.MessageID(testAccount, testOpenID, "9001")
	want := conversation.Reply{SmaID: "59161", TicketID: "8000012", Author: "Li Lei", CreatedAt: "2023-11-14T22:13:20Z",
		Text: "come by"}
	with := func(change func(*conversation.Reply)) conversation.Reply {
		r := want
		change(&r)
		return r
	}
	tests := []struct {
		name    string
		content string
		signal  conversation.Reply // what the conversation gets
		route   conversation.Reply // what RouteReply gets
		count   string
	}{
		{"our original_id", reply("original_id", ours),
			with(func(r *conversation.Reply) { r.OriginalID, r.OpenID = ours, testOpenID }), conversation.Reply{},
			"reply/accepted"},
		{"no original_id", reply(), conversation.Reply{}, want, "reply/accepted"},
		{"foreign original_id", reply("original_id", "1003"), conversation.Reply{},
			with(func(r *conversation.Reply) { r.OriginalID = "1003" }), "reply/accepted"},
		{
			"another account", reply("original_id", "wx:other:"+testOpenID+":1"), conversation.Reply{},
			with(func(r *conversation.Reply) { r.OriginalID = "wx:other:" + testOpenID + ":1" }), "reply/accepted",
		},
		{
			"original_id in small letters", reply("original_id", strings.ToLower("wx:shop:oABCDEFGHIJKLMNOPQRSTUVWXY_1:9001")),
			conversation.Reply{},
			with(func(r *conversation.Reply) { r.OriginalID = "wx:shop:oabcdefghijklmnopqrstuvwxy_1:9001" }), "reply/accepted",
		},
		{
			"forged openid", reply("original_id", "wx:shop:a b:1"), conversation.Reply{},
			with(func(r *conversation.Reply) { r.OriginalID = "wx:shop:a b:1" }), "reply/accepted",
		},
		{"blanks around ids, not in the text", reply("sma_id", " 59161 ", "text", " a + b & 50% 刹车 "), conversation.Reply{},
			with(func(r *conversation.Reply) { r.Text = " a + b & 50% 刹车 " }), "reply/accepted"},
		{"attachments alone", `{"sma_id":"59161","service_req_no":"8000012","text":""}`, conversation.Reply{},
			conversation.Reply{SmaID: "59161", TicketID: "8000012", Received: testNow.Unix()}, "reply/accepted"},
		{"numbers", `{"sma_id":59161,"service_req_no":8000012,"text":"come by","private_ind":false}`, conversation.Reply{},
			conversation.Reply{SmaID: "59161", TicketID: "8000012", Text: "come by", Received: testNow.Unix()},
			"reply/accepted"},
		{"private note", reply("private_ind", "TRUE"), conversation.Reply{}, conversation.Reply{}, "private_note/ignored"},
		{"private note as a truth value", `{"sma_id":"1","text":"x","private_ind":true}`, conversation.Reply{},
			conversation.Reply{}, "private_note/ignored"},
		{"private note as ABAP writes it", reply("private_ind", "X"), conversation.Reply{}, conversation.Reply{},
			"private_note/ignored"},
		{"private note without a text", reply("private_ind", "true", "text", ""), conversation.Reply{}, conversation.Reply{},
			"private_note/ignored"},
		{
			"survey", `{"type":"WKF","data":[{"openId":"` + testOpenID +
				`","fullText":"rate us #SURVEY1#","surveyLink":"https://s.example.com/1"}]}`,
			conversation.Reply{SmaID: "wkf-" + workflowHash("rate us https://s.example.com/1"), OpenID: testOpenID,
				Text: "rate us https://s.example.com/1", Automatic: true},
			conversation.Reply{}, "survey/accepted",
		},
	}
	for _, tt := range tests {
		for _, raw := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, raw %v", tt.name, raw), func(t *testing.T) {
				t.Parallel()
				f := setup(t)
				req := f.c4cRequest(t, tt.content)
				if raw {
					setBody(req, "\ufeff "+tt.content)
				}
				res, body := f.do(t, req)
				require.Equal(t, http.StatusOK, res.StatusCode, body)
				require.Equal(t, map[string]int64{"c4c/" + tt.count: 1}, f.count(t))
				var signals, routes []any
				for _, call := range f.temporal.signals {
					require.Equal(t, workflows.SignalReply, call.signal)
					require.Equal(t, "conversation/shop/"+testFollowerKey(), call.id)
					signals = append(signals, call.arg)
				}
				for _, call := range f.temporal.starts {
					require.Equal(t, workflows.TypeRouteReply, call.workflow)
					routes = append(routes, call.args...)
				}
				require.Equal(t, list(tt.signal.SmaID != "", tt.signal), signals)
				require.Equal(t, list(tt.route.SmaID != "", workflows.RouteReplyInput{Account: testAccount, Reply: tt.route}),
					routes)
			})
		}
	}
}

// TestFormsOfReplies: a mashup with another content type, or one that does not escape what it sends.
func TestFormsOfReplies(t *testing.T) {
	t.Parallel()
	content := reply("text", "50% off; a & b")
	for _, tt := range []struct{ name, contentType, body string }{
		{"JSON with the object", "application/json", `{"content":` + content + `}`},
		{"JSON with the object as a text", "application/json", `{"content":` + fmt.Sprintf("%q", content) + `}`},
		{"a form that is not escaped", "application/x-www-form-urlencoded", "content=" + content},
		{"a form of parts", "multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\n" + content + "\r\n--b--\r\n"},
		{"a text in quotation marks", "application/json", fmt.Sprintf("%q", content)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			req := f.c4cRequest(t, "")
			setBody(req, tt.body)
			req.Header.Set("Content-Type", tt.contentType)
			res, body := f.do(t, req)
			require.Equal(t, http.StatusOK, res.StatusCode, body)
			require.Len(t, f.temporal.starts, 1)
			require.Equal(t, "50% off; a & b", f.temporal.starts[0].args[0].(workflows.RouteReplyInput).Reply.Text)
		})
	}
}

// A follower without a conversation cannot be sent anything, and a text of C4C must not start one.
func TestSurveyForSomebodyUnknown(t *testing.T) {
	t.Parallel()
	const survey = `{"type":"WKF","data":[{"openId":"` + testOpenID + `","fullText":"rate us"}]}`
	f := setup(t)
	f.temporal.signalErr = serviceerror.NewNotFound("no such workflow")
	res, body := f.do(t, f.c4cRequest(t, survey))
	require.Equal(t, http.StatusOK, res.StatusCode, body)
	require.Equal(t, map[string]int64{"c4c/survey/ignored": 1}, f.count(t))
	require.Empty(t, f.temporal.signals)

	f.temporal.signalErr = serviceerror.NewUnavailable("away")
	res, _ = f.do(t, f.c4cRequest(t, survey))
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
}

// workflowHash is the key of C4C's automatic text, on the day of the tests.
func workflowHash(text string) string {
	sum := sha256.Sum256([]byte(testNow.UTC().Format("2006-01-02") + "\x00" + text))
	return hex.EncodeToString(sum[:8])
}

func list(ok bool, value any) []any {
	if !ok {
		return nil
	}
	return []any{value}
}

func TestRouteReplyIsStartedOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.do(t, f.c4cRequest(t, reply()))
	require.Len(t, f.temporal.starts, 1)
	call := f.temporal.starts[0]
	require.Equal(t, "route/shop/59161", call.options.ID)
	require.Equal(t, workflows.TaskQueue, call.options.TaskQueue)
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, call.options.WorkflowIDReusePolicy)
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL, call.options.WorkflowIDConflictPolicy)
	require.True(t, call.options.WorkflowExecutionErrorWhenAlreadyStarted)
	require.NotContains(t, call.options.StaticSummary, "come by")
	state, _ := call.options.TypedSearchAttributes.GetKeyword(workflows.AttributeSyncState)
	ticket, _ := call.options.TypedSearchAttributes.GetKeyword(workflows.AttributeTicketID)
	require.Equal(t, []string{workflows.StateSyncing, "8000012"}, []string{state, ticket})
	require.Positive(t, call.deadline)

	f.temporal.err = serviceerror.NewWorkflowExecutionAlreadyStarted("already started", "request", "run")
	res, _ := f.do(t, f.c4cRequest(t, reply()))
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, map[string]int64{"c4c/reply/accepted": 1, "c4c/reply/duplicate": 1}, f.count(t))
}

func TestRepliesAreNotAnsweredBeforeTemporalHasThem(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"signal": reply("original_id",
		conversation.MessageID(testAccount, testOpenID, "1")), "route": reply()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.temporal.err = serviceerror.NewUnavailable("no connection")
			res, _ := f.do(t, f.c4cRequest(t, content))
			require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
			require.NotEmpty(t, res.Header.Get("Retry-After"))
			require.Equal(t, map[string]int64{"c4c/reply/unavailable": 1}, f.count(t))
		})
	}
}

func TestRefusedRepliesNameTheField(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, field string }{
		{"nothing", "", "content"},
		{"another field", "body=1", "content"},
		{"empty field", "content=", "content"},
		{"not JSON", "content=hello", "content"},
		{"an array", "content=[]", "content"},
		{"null", "content=null", "content"},
		{"broken escape", "content=%zz", "content"},
		{"cut JSON", `{"sma_id":"1"`, "content"},
		{"no sma_id", reply("sma_id", ""), "sma_id"},
		{"blank sma_id", reply("sma_id", "  "), "sma_id"},
		{"long sma_id", reply("sma_id", strings.Repeat("1", 101)), "sma_id"},
		{"quotation mark in sma_id", `{"sma_id":"88\"77","text":"x"}`, "sma_id"},
		{"backslash in sma_id", `{"sma_id":"88\\77","text":"x"}`, "sma_id"},
		{"sma_id of an automatic text", `{"sma_id":"auto/key/status/1","text":"x"}`, "sma_id"},
		{"quotation mark in the ticket number", `{"sma_id":"1","text":"x","service_req_no":"80\"12"}`, "service_req_no"},
		{"line break in sma_id", `{"sma_id":"1\n2","text":"x"}`, "sma_id"},
		{"sma_id is an object", `{"sma_id":{},"text":"x"}`, "sma_id"},
		{"no text", `{"sma_id":"1","service_req_no":"8000012"}`, "text"},
		{"text is a list", `{"sma_id":"1","text":["x"]}`, "text"},
		{"ticket number is a list", `{"sma_id":"1","text":"x","service_req_no":[]}`, "service_req_no"},
		{"type is an object", `{"type":{}}`, "type"},
		{"survey without data", `{"type":"WKF"}`, "data"},
		{"survey for nobody", `{"type":"WKF","data":[]}`, "data"},
		{"survey for too many", `{"type":"WKF","data":[` + strings.Repeat(`{"openId":"o1","fullText":"x"},`, 100) +
			`{"openId":"o1","fullText":"x"}]}`, "data"},
		{"survey without an openid", `{"type":"WKF","data":[{"fullText":"x"}]}`, "openId"},
		{"survey to something else", `{"type":"WKF","data":[{"openId":"../x","fullText":"x"}]}`, "openId"},
		{"survey without a text", `{"type":"WKF","data":[{"openId":"o1","fullText":" #SURVEY1# "}]}`, "fullText"},
		{"survey with a list for a text", `{"type":"WKF","data":[{"openId":"o1","fullText":[]}]}`, "fullText"},
		{"survey with a list for a link", `{"type":"WKF","data":[{"openId":"o1","fullText":"x","surveyLink":{}}]}`,
			"surveyLink"},
		{"private_ind is unknown", `{"sma_id":"1","text":"x","private_ind":"maybe"}`, "private_ind"},
		{"private_ind is an object", `{"private_ind":{}}`, "private_ind"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			req := f.c4cRequest(t, "")
			setBody(req, tt.body)
			res, body := f.do(t, req)
			require.Equal(t, http.StatusBadRequest, res.StatusCode)
			require.True(t, strings.HasPrefix(body, tt.field+" "), body)
			require.Empty(t, f.temporal.signals)
			require.Empty(t, f.temporal.starts)
			require.EqualValues(t, 1, refusals(f.count(t))["c4c/unknown/malformed"])
		})
	}
}

func TestCredentialsOfC4C(t *testing.T) {
	t.Parallel()
	basicOnly := func(o *api.Options) { o.C4C.Secret = "" }
	secretOnly := func(o *api.Options) { o.C4C.User, o.C4C.Password = "", "" }
	both := func(*api.Options) {}
	tests := []struct {
		name       string
		configured func(*api.Options)
		present    func(*http.Request)
		status     int
	}{
		{"Basic", both, func(r *http.Request) { r.SetBasicAuth(testUser, testPassword) }, http.StatusOK},
		{"secret", both, func(r *http.Request) { r.URL.RawQuery = "secret=" + testQuery }, http.StatusOK},
		{"secret alone", secretOnly, func(r *http.Request) { r.URL.RawQuery = "secret=" + testQuery }, http.StatusOK},
		{"nothing", both, func(*http.Request) {}, http.StatusUnauthorized},
		{"wrong password", both, func(r *http.Request) { r.SetBasicAuth(testUser, testPassword+"x") },
			http.StatusUnauthorized},
		{"wrong user", both, func(r *http.Request) { r.SetBasicAuth("C4C", testPassword) }, http.StatusUnauthorized},
		{"wrong secret", both, func(r *http.Request) { r.URL.RawQuery = "secret=" + testQuery[1:] }, http.StatusUnauthorized},
		{"empty secret where none is set", basicOnly, func(r *http.Request) { r.URL.RawQuery = "secret=" },
			http.StatusUnauthorized},
		{"empty Basic where none is set", secretOnly, func(r *http.Request) { r.SetBasicAuth("", "") },
			http.StatusUnauthorized},
		{"password as secret", both, func(r *http.Request) { r.URL.RawQuery = "secret=" + testPassword },
			http.StatusUnauthorized},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, tt.configured)
			req := f.c4cRequest(t, reply())
			req.Header.Del("Authorization")
			tt.present(req)
			res, _ := f.do(t, req)
			require.Equal(t, tt.status, res.StatusCode)
			if tt.status != http.StatusOK {
				require.Empty(t, f.temporal.starts)
				require.Equal(t, map[string]int64{"c4c/unknown/unauthorized": 1}, f.count(t))
			}
		})
	}
}

func TestCredentialsAreRequired(t *testing.T) {
	t.Parallel()
	for _, k := range []api.Credentials{{}, {User: "c4c"}, {Password: "p"}} {
		o := options(t, "secure")
		o.C4C = k
		_, err := api.NewPublic(o)
		require.ErrorContains(t, err, "needs a user and a password, or a secret")
	}
}
