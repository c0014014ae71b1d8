package wechat

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNumbersOfRewrittenPushes: an intermediary may decode and encode JSON, writing numbers as it likes.
func TestNumbersOfRewrittenPushes(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"1438250110", `"1438250110"`, "1438250110.0", "1.43825011e9", "1.43825011E+09"} {
		m, err := ParseMessage([]byte(`{"FromUserName":"o","CreateTime":` + at +
			`,"MsgType":"text","Content":"x","MsgId":1}`))
		require.NoError(t, err, at)
		require.Equal(t, time.Unix(1438250110, 0).UTC(), m.Header().CreateTime, at)
	}
	for _, at := range []string{"1438250110.5", "1e400", "-1.0", "1438250110000", "NaN", "0x1p30", `"1_4"`} {
		_, err := ParseMessage([]byte(`{"FromUserName":"o","CreateTime":` + at + `,"MsgType":"text","Content":"x"}`))
		require.ErrorIs(t, err, ErrMalformed, at)
	}
}

// TestSpellingOfTypes: a follow is recognised however its type is spelled.
func TestSpellingOfTypes(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"event", "EVENT", "Event"} {
		m, err := ParseMessage([]byte(`<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>` + kind +
			`</MsgType><Event>Subscribe</Event></xml>`))
		require.NoError(t, err)
		require.IsType(t, &SubscribeEvent{}, m, kind)
	}
}

// TestStrangeTokens: invalid tokens are rejected, and none is kept longer than WeChat's are valid.
func TestStrangeTokens(t *testing.T) {
	t.Parallel()
	var body string
	c := testClient(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	for _, value := range []string{"", " ", `a b`, `a\n`, `\u0000a`, `<html>`, `a\"b`} {
		body = `{"access_token":"` + value + `","expires_in":7200}`
		_, err := c.StableToken(t.Context(), false)
		require.ErrorIs(t, err, ErrOutcomeUnknown, value)
	}
	for _, seconds := range []string{"7200", "99999999999", "86400"} {
		body = `{"access_token":"75_a-B_c.D~e/f+g=","expires_in":` + seconds + `}`
		token, err := c.StableToken(t.Context(), false)
		require.NoError(t, err, seconds)
		require.LessOrEqual(t, time.Until(token.ExpiresAt), 2*time.Hour, seconds)
	}
}

// TestSpellingOfSupportIDs: each form leaves the text unchanged.
func TestSpellingOfSupportIDs(t *testing.T) {
	t.Parallel()
	for message, want := range map[string][2]string{
		"invalid credential, more details at https://mmbizurl.cn/s/JtxxFh33r rid: 654df33c-64386a2f-29857782": {
			"invalid credential, more details at https://mmbizurl.cn/s/JtxxFh33r", "654df33c-64386a2f-29857782"},
		"response out of time limit or subscription is canceled hint: [pq6u909944105]": {
			"response out of time limit or subscription is canceled", "pq6u909944105"},
		"system error, RID: 12-3":  {"system error", "12-3"},
		"bad request (rid: 5-6)":   {"bad request", "5-6"},
		"bad request hint : [abc]": {"bad request", "abc"},
		"a hybrid: engine":         {"a hybrid: engine", ""},
		"no hint given":            {"no hint given", ""},
	} {
		text, rid := splitRID(message)
		require.Equal(t, want, [2]string{text, rid}, message)
	}
}
