package activities

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/wechat"
)

var textInput = SendTextInput{Follower: testFollower, Text: testText}

func TestSendText(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	require.NoError(t, s.once("SendText", textInput, nil))
	require.JSONEq(t, `{"touser":"`+testOpenID+`","msgtype":"text","text":{"content":"`+testText+`"}}`,
		s.body("message/custom/send"))
}

// A message that may have arrived is not repeated automatically; one that was not sent is.
func TestSendTextClasses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		answer  answer
		want    string
		again   bool
		details Failure
	}{
		{"no answer", cut, ErrorWeChatOutcomeUnknown, false, Failure{}},
		{"busy", errcode(-1, "system error"), ErrorWeChatOutcomeUnknown, false, Failure{Code: "-1", Text: "system error"}},
		{"server error", status(http.StatusInternalServerError, ""), ErrorWeChatOutcomeUnknown, false,
			Failure{Code: "HTTP 500"}},
		{"not an answer", status(http.StatusOK, "<html>"), ErrorWeChatOutcomeUnknown, false, Failure{}},
		{"turned away", status(http.StatusForbidden, ""), ErrorWeChatUnavailable, true, Failure{Code: "HTTP 403"}},
		{"rate limited", errcode(45011, "too often"), ErrorWeChatRateLimited, true,
			Failure{Code: "45011", Text: "too often"}},
		{"window closed", errcode(45015, "too late"), ErrorWeChatWindowClosed, false,
			Failure{Code: "45015", Text: "too late"}},
		{"window used up", errcode(45047, "too much"), ErrorWeChatWindowUsedUp, false,
			Failure{Code: "45047", Text: "too much"}},
		{"gone", errcode(43004, "no follower"), ErrorWeChatFollowerGone, false, Failure{Code: "43004", Text: "no follower"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will("message/custom/send", test.answer)
			requireRefused(t, s.once("SendText", textInput, nil), test.want, test.again, test.details)
			s.will("message/custom/send", test.answer)
			err := s.run("SendText", textInput, nil, 2)
			require.Equal(t, test.again, err == nil, "sent again")
		})
	}
}

// The outcome of the token's call says nothing about the send, which never happened.
func TestSendTextWithoutAToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer answer
		want   string
		code   string
	}{
		"no answer":    {cut, ErrorWeChatUnavailable, ""},
		"server error": {status(http.StatusBadGateway, ""), ErrorWeChatUnavailable, "HTTP 502"},
		"busy":         {errcode(-1, ""), ErrorWeChatBusy, "-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will("stable_token", test.answer)
			requireRefused(t, s.once("SendText", textInput, nil), test.want, true, Failure{Code: test.code})
			require.Empty(t, s.operations())
		})
	}
}

// While WeChat refuses every token of an account, its sends return in time and are retried: nobody has to decide
// about a message that was never sent.
func TestSendTextWhileTheTokenIsReplaced(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.usual["message/custom/send"] = errcode(40001, "invalid credential")
	stuck := func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
	tokens := wechat.NewStableTokens(s.account.WeChat, wechat.WithForceRefresh(stuck))
	var err error
	s.account.WeChat, err = wechat.New(wechat.Options{
		AppID: "wx0000000000000001", APIURL: s.wechat.URL, Tokens: tokens,
		HTTPClient: &http.Client{Timeout: 500 * time.Millisecond},
	})
	require.NoError(t, err)
	s.options.StartToCloseTimeout = 1500 * time.Millisecond
	requireRefused(t, s.once("SendText", textInput, nil), ErrorWeChatTokenRefused, true,
		Failure{Code: "40001", Text: "invalid credential"})
	require.Equal(t, []string{"message/custom/send"}, s.operations())
}

func TestCheckToken(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	var health TokenHealth
	require.NoError(t, s.once("CheckToken", TokenInput{Account: testAccount}, &health))
	require.Equal(t, wechat.Token{Value: testToken}.Fingerprint(), health.Fingerprint)
	require.False(t, health.ExpiresAt.IsZero())
	require.Equal(t, []string{"getcallbackip"}, s.operations(), "the token is proven, not only fetched")
}

func TestForceRefreshToken(t *testing.T) {
	t.Parallel()
	fingerprint := func(value string) string { return wechat.Token{Value: value}.Fingerprint() }
	for _, test := range []struct {
		name    string
		refused string
		answers []answer
		tried   answer
		want    string
		asked   []string
		forced  bool
	}{
		{"replaced already", fingerprint("77_first-token"), []answer{second}, nil, fingerprint("77_second-token"),
			[]string{"stable_token"}, false},
		{"taken after all", fingerprint("77_first-token"), []answer{first}, errcode(0, "ok"), fingerprint("77_first-token"),
			[]string{"stable_token", "getcallbackip"}, false},
		{"forced", fingerprint("77_first-token"), []answer{first, second}, errcode(42001, "expired"),
			fingerprint("77_second-token"),
			[]string{"stable_token", "getcallbackip", "stable_token"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServers(t)
			s.will("stable_token", test.answers...)
			if test.tried != nil {
				s.will("getcallbackip", test.tried)
			}
			var health TokenHealth
			require.NoError(t, s.once("ForceRefreshToken", TokenInput{Account: testAccount, Refused: test.refused}, &health))
			require.Equal(t, test.want, health.Fingerprint)
			var asked []string
			for _, r := range s.requests {
				asked = append(asked, r.operation)
			}
			require.Equal(t, test.asked, asked)
			last := s.requests[len(s.requests)-1]
			require.Equal(t, test.forced, last.operation == "stable_token" && last.body != s.requests[0].body)
		})
	}
}

func TestForceRefreshTokenFails(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	in := TokenInput{Account: testAccount, Refused: wechat.Token{Value: "77_first-token"}.Fingerprint()}
	s.usual["getcallbackip"] = errcode(40001, "invalid credential")
	s.will("stable_token", first, first)
	refused := requireRefused(t, s.once("ForceRefreshToken", in, nil), ErrorWeChatTokenRefused, true, Failure{})
	require.Equal(t, forcePause, refused.NextRetryDelay())
	s.will("stable_token", first, errcode(45009, "quota"))
	refused = requireRefused(t, s.once("ForceRefreshToken", in, nil), ErrorWeChatQuotaExhausted, true,
		Failure{Code: "45009", Text: "quota"})
	require.Positive(t, refused.NextRetryDelay())
	s.will("stable_token", errcode(40125, "wrong"))
	requireRefused(t, s.once("ForceRefreshToken", in, nil), ErrorWeChatCredentials, false,
		Failure{Code: "40125", Text: "wrong"})
}

func TestSendMenu(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	in := SendMenuInput{Follower: testFollower, Head: "Happy?",
		Items: []MenuItem{{ID: "1", Text: "Yes"}, {ID: "2", Text: "No"}}, Tail: "Thanks"}
	require.NoError(t, s.once("SendMenu", in, nil))
	require.JSONEq(t, `{"touser":"`+testOpenID+`","msgtype":"msgmenu","msgmenu":{"head_content":"Happy?","list":[
		{"id":"1","content":"Yes"},{"id":"2","content":"No"}],"tail_content":"Thanks"}}`, s.body("message/custom/send"))
	s.will("message/custom/send", cut)
	requireRefused(t, s.once("SendMenu", in, nil), ErrorWeChatOutcomeUnknown, false, Failure{})
}
