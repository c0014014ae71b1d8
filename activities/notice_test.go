package activities

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	templateInput = SendTemplateInput{
		Follower: testFollower, TemplateID: "tmpl", URL: "https://service.example.com/web/ticket/7",
		ClientMsgID: "0123456789abcdef0123456789abcdef",
		Data:        map[string]string{"thing2": testText},
	}
	subscriptionInput = SendSubscriptionInput{
		Follower: testFollower, TemplateID: "tmpl", Page: "https://service.example.com",
		Data: map[string]string{"thing2": testText},
	}
)

func TestSendTemplate(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.will("message/template/send", status(200, `{"errcode":0,"errmsg":"ok","msgid":200163836}`))
	var sent SentNotice
	require.NoError(t, s.once("SendTemplate", templateInput, &sent))
	require.Equal(t, SentNotice{MsgID: "200163836"}, sent)
	require.JSONEq(t, `{"touser":"`+testOpenID+`","template_id":"tmpl","url":"https://service.example.com/web/ticket/7",`+
		`"client_msg_id":"0123456789abcdef0123456789abcdef","data":{"thing2":{"value":"`+testText+`"}}}`,
		s.body("message/template/send"))
}

func TestSendSubscription(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.will("message/subscribe/bizsend", status(200, `{"errcode":0,"errmsg":"ok"}`))
	require.NoError(t, s.once("SendSubscription", subscriptionInput, nil))
	require.JSONEq(t, `{"touser":"`+testOpenID+
		`","template_id":"tmpl","page":"https://service.example.com","data":{"thing2":{"value":"`+testText+`"}}}`,
		s.body("message/subscribe/bizsend"))
}

// A template message may be repeated, because WeChat recognises its client_msg_id; a granted notice may not.
func TestNoticeClasses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		activity string
		input    any
		op       string
		answer   answer
		want     string
		again    bool
		details  Failure
	}{
		{"no template", "SendTemplate", templateInput, "message/template/send", errcode(40037, "invalid"),
			ErrorWeChatTemplateRefused, false, Failure{Code: "40037", Text: "invalid"}},
		{"bad value", "SendTemplate", templateInput, "message/template/send", errcode(47003, "data.thing2"),
			ErrorWeChatTemplateRefused, false, Failure{Code: "47003", Text: "data.thing2"}},
		{"left", "SendTemplate", templateInput, "message/template/send", errcode(43004, "left"), ErrorWeChatFollowerGone,
			false, Failure{Code: "43004", Text: "left"}},
		{"not permitted", "SendTemplate", templateInput, "message/template/send", errcode(48001, "no"),
			ErrorWeChatNotPermitted, false, Failure{Code: "48001", Text: "no"}},
		{"busy", "SendTemplate", templateInput, "message/template/send", errcode(-1, "busy"), ErrorWeChatBusy, true,
			Failure{Code: "-1", Text: "busy"}},
		{"cut", "SendTemplate", templateInput, "message/template/send", cut, ErrorWeChatUnavailable, true, Failure{}},
		{"not granted", "SendSubscription", subscriptionInput, "message/subscribe/bizsend", errcode(43101, "refuse"),
			ErrorWeChatFollowerUnreachable, false, Failure{Code: "43101", Text: "refuse"}},
		{"no page", "SendSubscription", subscriptionInput, "message/subscribe/bizsend", errcode(41030, "page"),
			ErrorWeChatTemplateRefused, false, Failure{Code: "41030", Text: "page"}},
		{"granted and cut", "SendSubscription", subscriptionInput, "message/subscribe/bizsend", cut,
			ErrorWeChatOutcomeUnknown, false, Failure{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will(test.op, test.answer)
			requireRefused(t, s.once(test.activity, test.input, nil), test.want, test.again, test.details)
		})
	}
}

func TestFollowState(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer string
		want   bool
	}{
		"follows": {`{"subscribe":1,"openid":"` + testOpenID + `"}`, true},
		"left":    {`{"subscribe":0,"openid":"` + testOpenID + `"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will("user/info", status(200, test.answer))
			var found FollowState
			require.NoError(t, s.once("FollowState", testFollower, &found))
			require.Equal(t, FollowState{Follows: test.want}, found)
		})
	}
	s := newServers(t)
	s.will("user/info", errcode(48001, "unauthorized"))
	requireRefused(t, s.once("FollowState", testFollower, nil), ErrorWeChatNotPermitted, false,
		Failure{Code: "48001", Text: "unauthorized"})
}
