package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// withPage adds the H5 page of an account without OAuth.
func withPage(o *api.Options) {
	account, err := wechat.New(wechat.Options{AppID: testAppID, AppSecret: "secret-of-these-tests"})
	if err != nil {
		panic(err)
	}
	o.Web = &web.Options{
		URL: "https://service.example.com", SessionKey: []byte(strings.Repeat("k", 32)), PrivacyVersion: "1", WeChat: account,
	}
}

// TestOldClicksOfTheErasedGetNoLink: the clicks are repeated deliveries.
func TestOldClicksOfTheErasedGetNoLink(t *testing.T) {
	t.Parallel()
	f := setup(t, withPage)
	f.temporal.mark = &workflowpb.WorkflowExecutionInfo{
		Type: &commonpb.WorkflowType{Name: workflows.TypeErasedFollower}, StartTime: timestamppb.New(testNow),
	}
	click := wechatXML("event", "<Event>CLICK</Event><EventKey>my_tickets</EventKey>")
	res, body := f.do(t, f.wechatRequest(t, click))
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "success", body)
	require.Empty(t, f.temporal.signals)
}

func TestWhoAsksForThePageGetsALink(t *testing.T) {
	t.Parallel()
	text := func(s string) string { return wechatXML("text", "<Content>"+s+"</Content><MsgId>9001</MsgId>") }
	click := func(key string) string {
		return wechatXML("event", "<Event>CLICK</Event><EventKey>"+key+"</EventKey>")
	}
	for _, tt := range []struct {
		name, push string
		entrance   string // empty: no answer
		kind       conversation.InboundKind
	}{
		{"menu", click("my_tickets"), "my_tickets", conversation.KindClick},
		{"another menu key", click("opening_hours"), "", conversation.KindClick},
		{"Chinese word", text("我的工单"), "my_tickets", conversation.KindClick},
		{"English word", text(" new TICKET "), "new_ticket", conversation.KindClick},
		{"a sentence", text("where are my tickets"), "", conversation.KindMessage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, withPage)
			res, body := f.do(t, f.wechatRequest(t, tt.push))
			require.Equal(t, http.StatusOK, res.StatusCode)
			require.Len(t, f.temporal.signals, 1)
			in := f.temporal.signals[0].arg.(conversation.Inbound)
			require.Equal(t, tt.kind, in.Kind)
			if tt.entrance == "" {
				require.Equal(t, "success", body)
				return
			}
			require.Equal(t, tt.entrance, in.EventKey)
			require.Empty(t, in.Text)
			_, sealed, _ := strings.Cut(body, "<Encrypt><![CDATA[")
			sealed, _, _ = strings.Cut(sealed, "]]>")
			answer := decrypt(t, sealed)
			require.Contains(t, answer, "https://service.example.com/web/link?t=1.")
			require.NotContains(t, answer, "secret")
		})
	}
}

// TestPlainPushesGetNothingPersonal: otherwise anyone who has seen one signature could ask for another follower's
// link.
func TestPlainPushesGetNothingPersonal(t *testing.T) {
	t.Parallel()
	ask := wechatXML("text", "<Content>account</Content><MsgId>9001</MsgId>")
	for _, mode := range []wechat.Mode{wechat.ModePlain, wechat.ModeCompatible} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			own := func(o *api.Options) { o.WeChat = options(t, mode).WeChat }
			f := setup(t, withPage, own)
			res, body := f.do(t, f.plainRequest(t, signedQuery(testCreated), ask))
			require.Equal(t, http.StatusOK, res.StatusCode)
			require.Contains(t, body, "cannot be opened from here")
			require.NotContains(t, body, "/web/")

			f, conversations := autoReplying(t, own)
			conversations.told = workflows.TellAnswer{TicketID: "8000012"}
			_, body = f.do(t, f.plainRequest(t, signedQuery(testCreated), wechatXML("text", textPush)))
			require.Contains(t, body, catalogue.Text(catalogue.English, catalogue.Received))
			require.NotContains(t, body, "8000012")

			f = setup(t, withPage, own, func(o *api.Options) { o.Web.OAuth = true })
			_, body = f.do(t, f.plainRequest(t, signedQuery(testCreated), ask))
			require.Contains(t, body, `https://service.example.com/web/account"`,
				"an address that opens nothing without a login")
		})
	}
}

func TestThePageIsServed(t *testing.T) {
	t.Parallel()
	f := setup(t, withPage)
	res, err := http.Get(f.url + "/web/tickets")
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.Contains(t, res.Header.Get("Content-Security-Policy"), "script-src 'nonce-")
	require.Equal(t, "DENY", res.Header.Get("X-Frame-Options"))

	without, err := http.Get(setup(t).url + "/web/tickets")
	require.NoError(t, err)
	defer without.Body.Close()
	require.Equal(t, http.StatusNotFound, without.StatusCode)
	_, err = api.NewPublic(func() api.Options {
		o := options(t, wechat.ModeSecure)
		withPage(&o)
		o.Web.SessionKey = nil
		return o
	}())
	require.ErrorContains(t, err, "session key")
}
