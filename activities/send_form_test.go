package activities

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
)

var (
	cardInput = SendCardInput{
		Follower: testFollower, Title: "The manual", Description: "x.example", URL: "https://x.example/?a=1&b=2",
		Words: `<a href="https://x.example/?a=1&b=2">The manual</a>`,
	}
	menuInput = SendMenuInput{
		Follower: testFollower, Head: "Is it still there?", Items: []MenuItem{{"answer:1:1", "Yes"}, {"answer:1:2", "No"}},
		Words: "Is it still there?\n[1] Yes\n[2] No",
	}
)

func TestSendCard(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	require.NoError(t, s.once("SendCard", cardInput, nil))
	require.JSONEq(t, `{"touser":"`+testOpenID+`","msgtype":"news","news":{"articles":[{"title":"The manual",
		"description":"x.example","url":"https://x.example/?a=1&b=2","picurl":""}]}}`, s.body("message/custom/send"))
}

// If WeChat refuses a form for good, the message goes in words, once. All other answers mean the same as for a text.
func TestRefusedFormsGoInWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer answer
		want   string // error; empty: the words arrive
	}{
		{"message type", errcode(40008, "invalid message type"), ""},
		{"parameter", errcode(40035, "invalid parameter"), ""},
		{"address", errcode(40048, "invalid url domain"), ""},
		{"title", errcode(45003, "title too long"), ""},
		{"no permission for the type", errcode(48008, "no permission for this msgtype"), ""},
		{"not for this account", errcode(48001, "api unauthorized"), ""},
		{"one that nobody knows", errcode(49999, "new"), ""},

		{"no answer", cut, ErrorWeChatOutcomeUnknown},
		{"busy", errcode(-1, "system error"), ErrorWeChatOutcomeUnknown},
		{"server error", status(http.StatusInternalServerError, ""), ErrorWeChatOutcomeUnknown},
		{"window closed", errcode(45015, "too late"), ErrorWeChatWindowClosed},
		{"window used up", errcode(45047, "too much"), ErrorWeChatWindowUsedUp},
		{"gone", errcode(43004, "no follower"), ErrorWeChatFollowerGone},
		{"rate limited", errcode(45011, "too often"), ErrorWeChatRateLimited},
		{"risky", errcode(87014, "risky content"), ErrorWeChatRejected},
		{"blocked", errcode(48004, "api forbidden"), ErrorWeChatNotPermitted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, in := range map[string]any{"SendCard": cardInput, "SendMenu": menuInput} {
				s := newServers(t)
				s.will("message/custom/send", tt.answer)
				err := s.once(name, in, nil)
				var last struct {
					MsgType string `json:"msgtype"`
					Text    struct{ Content string }
				}
				s.mu.Lock()
				require.NoError(t, json.Unmarshal([]byte(s.requests[len(s.requests)-1].body), &last))
				s.mu.Unlock()
				if tt.want == "" {
					require.NoError(t, err)
					require.Equal(t, []string{"message/custom/send", "message/custom/send"}, s.operations())
					require.Equal(t, "text", last.MsgType)
					require.Contains(t, []string{cardInput.Words, menuInput.Words}, last.Text.Content)
					continue
				}
				var refused *temporal.ApplicationError
				require.ErrorAs(t, err, &refused)
				require.Equal(t, tt.want, refused.Type())
				require.Equal(t, []string{"message/custom/send"}, s.operations())
				require.NotEqual(t, "text", last.MsgType)
			}
		})
	}
}

// An account that may not send anything gets the error of the words.
func TestRefusedWordsOfARefusedForm(t *testing.T) {
	t.Parallel()
	s := newServers(t)
	s.usual["message/custom/send"] = errcode(48001, "api unauthorized")
	requireRefused(t, s.once("SendMenu", menuInput, nil), ErrorWeChatNotPermitted, false,
		Failure{Code: "48001", Text: "api unauthorized"})
	require.Len(t, s.operations(), 2)

	s = newServers(t)
	s.will("message/custom/send", errcode(48008, "no permission"), cut)
	requireRefused(t, s.once("SendCard", cardInput, nil), ErrorWeChatOutcomeUnknown, false, Failure{})

	s = newServers(t)
	s.will("message/custom/send", errcode(48008, "no permission"))
	wordless := menuInput
	wordless.Words = ""
	requireRefused(t, s.once("SendMenu", wordless, nil), ErrorWeChatNotPermitted, false,
		Failure{Code: "48008", Text: "no permission"})
}
