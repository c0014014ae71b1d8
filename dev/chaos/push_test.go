package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// The connector opens what the driver seals. The driver uses the account of the development stack.
func TestPushIsWhatTheConnectorTakes(t *testing.T) {
	t.Parallel()
	cfg := config.Development()
	codec, err := wechat.NewCodec(wechat.CodecOptions{
		AppID: cfg.WeChat.AppID, OriginalID: cfg.WeChat.OriginalID, Mode: wechat.ModeSecure,
		Token: cfg.WeChat.Token.Reveal(), EncodingAESKey: cfg.WeChat.AESKey.Reveal(),
	})
	require.NoError(t, err)
	fields := []field{{"MsgType", "text"}, {"Content", "brakes & <squeal>"}, {"MsgId", "17"}}
	push := development.push("oAlice", at(0), fields...)
	req := httptest.NewRequest(http.MethodPost, push.path, strings.NewReader(string(push.body)))
	opened, err := codec.Open(req.URL.Query(), push.body)
	require.NoError(t, err)
	text, ok := opened.(*wechat.TextMessage)
	require.True(t, ok, "%T", opened)
	require.Equal(t, "brakes & <squeal>", text.Content)
	got := opened.Header()
	require.Equal(t, []string{"oAlice", "17"}, []string{got.FromUserName, got.MsgID})
	require.True(t, at(0).Equal(got.CreateTime))

	other := development
	other.token = "somebodyelse"
	forged := other.push("oAlice", at(0), field{"MsgType", "text"})
	query, err := url.ParseQuery(forged.path[strings.IndexByte(forged.path, '?')+1:])
	require.NoError(t, err)
	_, err = codec.Open(query, forged.body)
	require.ErrorIs(t, err, wechat.ErrSignature)
}

func TestMashupIsWhatC4CPosts(t *testing.T) {
	t.Parallel()
	written := &reply{SMA: "59161", Text: "Answer 1 & more", Written: at(0)}
	got := development.mashup(written, "wx:default:oAlice:17", "8000001")
	require.Equal(t, "/c4c/wechat", got.path)
	form, err := url.ParseQuery(string(got.body))
	require.NoError(t, err)
	require.JSONEq(t, `{"original_id":"wx:default:oAlice:17","sma_id":"59161","service_req_no":"8000001",
		"author_name":"Chen Li","author_email":"",
		"sma_create_datetime":"2023-11-14T22:13:20Z","private_ind":"FALSE","text":"Answer 1 & more"}`, form.Get("content"))
	req := &http.Request{Header: got.header}
	user, password, ok := req.BasicAuth()
	require.True(t, ok)
	require.Equal(t, []string{"c4c", "dev-c4c-key"}, []string{user, password})
}
