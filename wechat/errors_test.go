package wechat

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestErrorMatchesByCode(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("deliver: %w", &Error{Op: "message/custom/send", Code: 45015, Message: "response out of time limit",
		RID: "6500-1"})
	require.ErrorIs(t, err, ErrWindowClosed)
	require.ErrorIs(t, err, &Error{Code: 45015})
	require.NotErrorIs(t, err, ErrWindowUsedUp)
	require.NotErrorIs(t, err, &Error{Op: "message/custom/send", Code: 45047})
	var code Errcode
	require.ErrorAs(t, err, &code)
	require.Equal(t, ErrWindowClosed, code)
	require.EqualError(t, err,
		"deliver: wechat: message/custom/send: errcode 45015: response out of time limit (rid 6500-1)")
	require.EqualError(t, &Error{Op: "menu/get", Code: ErrMenuNotFound}, "wechat: menu/get: errcode 46003")
}

func TestTransportErrorText(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection reset")
	require.EqualError(t, &TransportError{Op: "user/get", Err: cause},
		"wechat: user/get: outcome unknown: connection reset")
	require.EqualError(t, &TransportError{Op: "user/get", Unsent: true, Status: 403, Err: cause},
		"wechat: user/get: not sent: http status 403: connection reset")
	require.ErrorIs(t, &TransportError{Err: cause}, cause)
}

func TestSplitRID(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, message, text, rid string }{
		{name: "rid", message: "api unauthorized rid: 6500000b-1000000b-2000000b", text: "api unauthorized",
			rid: "6500000b-1000000b-2000000b"},
		{name: "comma", message: "invalid code, rid: 65000003-1-2", text: "invalid code", rid: "65000003-1-2"},
		{name: "hint", message: "invalid media_id hint: [SAMPLEHINT0001]", text: "invalid media_id", rid: "SAMPLEHINT0001"},
		{name: "hint with a mark", message: "invalid code, hint: [dLTTea0566vr46!]", text: "invalid code",
			rid: "dLTTea0566vr46!"},
		{name: "hints of web OAuth", message: "invalid code, hints: [ req_id: hDexla0781ns89 ]", text: "invalid code",
			rid: "hDexla0781ns89"},
		{name: "both", message: "x hint: [H1] rid: 65-1", text: "x", rid: "65-1"},
		{name: "none", message: "forbid to clear quota", text: "forbid to clear quota"},
		{name: "empty"},
		{
			name: "address stays", message: "invalid ip 203.0.113.21 ipv6 ::ffff:203.0.113.21, not in whitelist rid: 65-5",
			text: "invalid ip 203.0.113.21 ipv6 ::ffff:203.0.113.21, not in whitelist", rid: "65-5",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text, rid := splitRID(test.message)
			require.Equal(t, test.text, text)
			require.Equal(t, test.rid, rid)
		})
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{name: "query", text: `Get "https://h/p?access_token=abc&x=1&secret=d": EOF`,
			want: `Get "https://h/p?access_token=[redacted]&x=1&secret=[redacted]": EOF`},
		{name: "json", text: `{"refresh_token":"abc","n":1}`, want: `{"refresh_token":"[redacted]","n":1}`},
		{name: "known value", text: "cannot use hunter2hunter2 here", want: "cannot use [redacted] here"},
		{name: "openid", text: "no such user oABCDEFGHIJKLMNOPQRSTUVWXYZ0", want: "no such user [redacted]"},
		{name: "address and codes stay", text: "errcode: 40164 invalid ip 203.0.113.21",
			want: "errcode: 40164 invalid ip 203.0.113.21"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, redact(test.text, "hunter2hunter2", ""))
		})
	}
}
