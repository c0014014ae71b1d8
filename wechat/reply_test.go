package wechat

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var replyTime = time.Unix(1750000005, 0)

func pushHeader(format Format, encrypted bool) *TextMessage {
	return &TextMessage{Head: Head{
		ToUserName: testOriginalID, FromUserName: testOpenID, MsgType: "text", Format: format, Encrypted: encrypted,
	}}
}

// openReply checks the signature of an encrypted reply and returns what is inside.
func openReply(t *testing.T, c *Codec, body []byte) string {
	t.Helper()
	outer, _, err := parseTree(body)
	require.NoError(t, err)
	require.Len(t, outer.children, 4)
	require.True(t, verify(outer.str("MsgSignature"), testToken, outer.str("TimeStamp"), outer.str("Nonce"),
		outer.str("Encrypt")))
	inner, err := c.decrypt(outer.str("Encrypt"))
	require.NoError(t, err)
	return string(inner)
}

func TestReplyXML(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reply PassiveReply
		want  string
	}{
		{name: "text", reply: TextReply{Content: "您好\n<a href=\"x\">&</a>"},
			want: "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[您好\n<a href=\"x\">&</a>]]></Content>"},
		{name: "text with an end mark and control characters", reply: &TextReply{Content: "a]]>b\x00\x08c\xffd"},
			want: "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[a]]]]><![CDATA[>bcd]]></Content>"},
		{name: "image", reply: ImageReply{MediaID: "M"},
			want: "<MsgType><![CDATA[image]]></MsgType><Image><MediaId><![CDATA[M]]></MediaId></Image>"},
		{name: "voice", reply: VoiceReply{MediaID: "M"},
			want: "<MsgType><![CDATA[voice]]></MsgType><Voice><MediaId><![CDATA[M]]></MediaId></Voice>"},
		{name: "video", reply: VideoReply{MediaID: "M", Title: "T", Description: "D"},
			want: "<MsgType><![CDATA[video]]></MsgType><Video><MediaId><![CDATA[M]]></MediaId><Title><![CDATA[T]]></Title><Description><![CDATA[D]]></Description></Video>"},
		{name: "music", reply: MusicReply{Title: "T", Description: "D", URL: "U", HQURL: "H", ThumbMediaID: "M"},
			want: "<MsgType><![CDATA[music]]></MsgType><Music><Title><![CDATA[T]]></Title><Description><![CDATA[D]]></Description><MusicUrl><![CDATA[U]]></MusicUrl><HQMusicUrl><![CDATA[H]]></HQMusicUrl><ThumbMediaId><![CDATA[M]]></ThumbMediaId></Music>"},
		{name: "news", reply: NewsReply{Title: "T", Description: "D", PicURL: "P", URL: "U"},
			want: "<MsgType><![CDATA[news]]></MsgType><ArticleCount>1</ArticleCount><Articles><item><Title><![CDATA[T]]></Title><Description><![CDATA[D]]></Description><PicUrl><![CDATA[P]]></PicUrl><Url><![CDATA[U]]></Url></item></Articles>"},
		{name: "transfer", reply: TransferReply{}, want: "<MsgType><![CDATA[transfer_customer_service]]></MsgType>"},
		{name: "transfer to an agent", reply: TransferReply{Account: "anna@shop"},
			want: "<MsgType><![CDATA[transfer_customer_service]]></MsgType><TransInfo><KfAccount><![CDATA[anna@shop]]></KfAccount></TransInfo>"},
	}
	const head = "<xml><ToUserName><![CDATA[" + testOpenID + "]]></ToUserName><FromUserName><![CDATA[" + testOriginalID +
		"]]></FromUserName><CreateTime>1750000005</CreateTime>"
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := setupCodec(t)
			body, contentType, err := c.Reply(pushHeader(XML, false), test.reply, replyTime)
			require.NoError(t, err)
			require.Equal(t, head+test.want+"</xml>", string(body))
			require.Equal(t, "text/xml; charset=utf-8", contentType)

			sealed, contentType, err := c.Reply(pushHeader(XML, true), test.reply, replyTime)
			require.NoError(t, err)
			require.Equal(t, "text/xml; charset=utf-8", contentType)
			require.True(t, strings.HasPrefix(string(sealed), "<xml><Encrypt><![CDATA["))
			require.Equal(t, string(body), openReply(t, c, sealed))
		})
	}
}

func TestReplyJSON(t *testing.T) {
	t.Parallel()
	c := setupCodec(t)
	const want = `{"ToUserName":"` + testOpenID + `","FromUserName":"` + testOriginalID +
		`","CreateTime":1750000005,"MsgType":"text","Content":"5 < 7 & \"ok\""}`
	body, contentType, err := c.Reply(pushHeader(JSON, false), TextReply{Content: `5 < 7 & "ok"`}, replyTime)
	require.NoError(t, err)
	require.Equal(t, "application/json; charset=utf-8", contentType)
	require.Equal(t, want, string(body)) //nolint:testifylint // byte for byte: WeChat minds escapes, which JSONEq forgives

	body, _, err = c.Reply(pushHeader(JSON, true), TextReply{Content: `5 < 7 & "ok"`}, replyTime)
	require.NoError(t, err)
	var outer struct {
		Encrypt, MsgSignature, Nonce string
		TimeStamp                    int64
	}
	require.NoError(t, json.Unmarshal(body, &outer))
	require.Equal(t, replyTime.Unix(), outer.TimeStamp)
	require.Equal(t, want, openReply(t, c, body)) //nolint:testifylint // byte for byte, as above

	body, _, err = c.Reply(pushHeader(JSON, false), ImageReply{MediaID: "M"}, replyTime)
	require.NoError(t, err)
	require.JSONEq(t, `{"ToUserName":"`+testOpenID+`","FromUserName":"`+testOriginalID+
		`","CreateTime":1750000005,"MsgType":"image","Image":{"MediaId":"M"}}`, string(body))
}

func TestReplyNothing(t *testing.T) {
	t.Parallel()
	for _, encrypted := range []bool{false, true} {
		body, contentType, err := setupCodec(t).Reply(pushHeader(XML, encrypted), nil, replyTime)
		require.NoError(t, err)
		require.Equal(t, "success", string(body))
		require.Equal(t, "text/plain; charset=utf-8", contentType)
	}
}

func TestReplyRefuses(t *testing.T) {
	t.Parallel()
	c := setupCodec(t)
	_, _, err := c.Reply(pushHeader(XML, false), TextReply{Content: strings.Repeat("x", MaxReplyText)}, replyTime)
	require.NoError(t, err)
	for _, content := range []string{"", strings.Repeat("x", MaxReplyText+1), strings.Repeat("刹", 627)} {
		for _, reply := range []PassiveReply{TextReply{Content: content}, &TextReply{Content: content}} {
			_, _, err := c.Reply(pushHeader(XML, false), reply, replyTime)
			require.ErrorIs(t, err, ErrReply)
		}
	}
	plain, err := NewCodec(CodecOptions{AppID: testAppID, Token: testToken, Mode: ModePlain})
	require.NoError(t, err)
	_, _, err = plain.Reply(pushHeader(XML, true), TextReply{Content: "x"}, replyTime)
	require.ErrorIs(t, err, ErrReply)
}

func TestReplyIsFresh(t *testing.T) {
	t.Parallel()
	c := setupCodec(t)
	seen := map[string]bool{}
	for range 50 {
		body, _, err := c.Reply(pushHeader(XML, true), TextReply{Content: "same"}, replyTime)
		require.NoError(t, err)
		require.False(t, seen[string(body)])
		seen[string(body)] = true
	}
}
