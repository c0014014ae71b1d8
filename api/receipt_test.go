package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const (
	sentNotice = "<Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent><List><TemplateId>tmpl</TemplateId><MsgID>7</MsgID>" +
		"<ErrorCode>%s</ErrorCode><ErrorStatus>%s</ErrorStatus></List></SubscribeMsgSentEvent>"
	popup = "<Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent>" +
		"<List><TemplateId>one</TemplateId><SubscribeStatusString>accept</SubscribeStatusString><PopupScene>1</PopupScene></List>" +
		"<List><TemplateId>two</TemplateId><SubscribeStatusString>reject</SubscribeStatusString><PopupScene>1</PopupScene></List>" +
		"</SubscribeMsgPopupEvent>"
	revoked = "<Event>subscribe_msg_change_event</Event><SubscribeMsgChangeEvent>" +
		"<List><TemplateId>one</TemplateId><SubscribeStatusString>reject</SubscribeStatusString></List></SubscribeMsgChangeEvent>"
)

func TestReceiptsReachTheNotice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, push string
		want       workflows.Receipt
	}{
		{
			"delivered", "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>200163836</MsgID><Status>success</Status>",
			workflows.Receipt{MsgID: "200163836", Delivered: true},
		},
		{
			"refused by the follower", "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>5</MsgID><Status>failed:user block</Status>",
			workflows.Receipt{MsgID: "5", Refused: true, Reason: "user block"},
		},
		{
			"failed", "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>5</MsgID><Status>failed: system failed</Status>",
			workflows.Receipt{MsgID: "5", Reason: "system failed"},
		},
		{"granted one delivered", fmt.Sprintf(sentNotice, "0", "success"), workflows.Receipt{MsgID: "7", TemplateID: "tmpl",
			Delivered: true, Reason: "success"}},
		{"granted one refused", fmt.Sprintf(sentNotice, "43101", "reject"), workflows.Receipt{MsgID: "7", TemplateID: "tmpl",
			Refused: true, Reason: "reject"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			res, body := f.do(t, f.wechatRequest(t, wechatXML("event", tt.push)))
			require.Equal(t, http.StatusOK, res.StatusCode)
			require.Equal(t, "success", body)
			require.Equal(t,
				[]signalCall{{id: workflows.AnnounceID(testAccount, testFollowerKey()), signal: workflows.SignalReceipt,
					arg: tt.want}}, f.temporal.signals)
		})
	}
}

// The account may send notices of its own: their receipts start no conversation and are not an error.
func TestReceiptsOfOthersAreIgnored(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.temporal.signalErr = serviceerror.NewNotFound("no such workflow")
	push := wechatXML("event", "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>5</MsgID><Status>success</Status>")
	res, body := f.do(t, f.wechatRequest(t, push))
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "success", body)
	require.Empty(t, f.temporal.signals)
	require.Equal(t, map[string]int64{"wechat/templatesendjobfinish/ignored": 1}, f.count(t))
}

// WeChat keeps receipts that Temporal did not accept.
func TestReceiptsAreNotLost(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.temporal.signalErr = errors.New("unavailable")
	res, _ := f.do(t,
		f.wechatRequest(t,
			wechatXML("event", "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>5</MsgID><Status>success</Status>")))
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
}

func TestConsentsReachTheConversation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, push string
		want       []conversation.NoticeConsent
	}{
		{"granted", popup, []conversation.NoticeConsent{{TemplateID: "one", Granted: true}}},
		{"revoked", revoked, []conversation.NoticeConsent{{TemplateID: "one", Revoked: true}}},
		{"nothing granted", "<Event>subscribe_msg_popup_event</Event>", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			f.do(t, f.wechatRequest(t, wechatXML("event", tt.push)))
			if tt.want == nil {
				require.Empty(t, f.temporal.signals)
				return
			}
			require.Len(t, f.temporal.signals, 1)
			in, ok := f.temporal.signals[0].arg.(conversation.Inbound)
			require.True(t, ok)
			require.Equal(t, conversation.KindConsent, in.Kind)
			require.Equal(t, tt.want, in.Consents)
		})
	}
}
