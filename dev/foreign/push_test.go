package foreign

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// TestForeignServerReadsThePushes: in each mode and format the foreign server accepts signature, encryption and fields
// as WeChat's, and the simulator accepts its answer.
func TestForeignServerReadsThePushes(t *testing.T) {
	for _, mode := range []wechatsim.Mode{wechatsim.ModePlain, wechatsim.ModeSecure} {
		t.Run(string(mode), func(t *testing.T) {
			s := start(t, wechatsim.Options{Mode: mode}, true)
			s.say = func(m *message.MixMessage) *message.Reply {
				if m.MsgType != message.MsgTypeText {
					return nil
				}
				return &message.Reply{MsgType: message.MsgTypeText, MsgData: message.NewText("收到 & <" + m.Content + ">")}
			}
			for _, tt := range []struct {
				path, body string
				check      func(*message.MixMessage)
			}{
				{"subscribe", `{"scene":"qr-7"}`, func(m *message.MixMessage) {
					require.Equal(t, message.EventSubscribe, m.Event)
					require.Equal(t, "qrscene_qr-7", m.EventKey)
					require.NotEmpty(t, m.Ticket)
				}},
				{"messages", `{"content":"刹车 & <b>响</b> ]] 😀"}`, func(m *message.MixMessage) {
					require.Equal(t, "刹车 & <b>响</b> ]] 😀", m.Content)
					require.NotZero(t, m.MsgID)
				}},
				{"messages", `{"type":"image"}`, func(m *message.MixMessage) {
					require.Equal(t, message.MsgTypeImage, m.MsgType)
					require.NotEmpty(t, m.MediaID)
					require.NotEmpty(t, m.PicURL)
				}},
				{"messages", `{"type":"voice","recognition":"你好"}`, func(m *message.MixMessage) { require.NotEmpty(t, m.Format) }},
				{"messages", `{"type":"video"}`, func(m *message.MixMessage) { require.NotEmpty(t, m.ThumbMediaID) }},
				{"messages", `{"type":"location","latitude":31.2,"longitude":121.5,"label":"上海"}`, func(m *message.MixMessage) {
					require.InDelta(t, 31.2, m.LocationX, 1e-6)
					require.Equal(t, "上海", m.Label)
				}},
				{"messages", `{"type":"link","title":"a & b","url":"https://example.com/?a=1&b=2"}`, func(m *message.MixMessage) {
					require.Equal(t, "a & b", m.Title)
					require.Equal(t, "https://example.com/?a=1&b=2", m.URL)
				}},
				{"click", `{"key":"account"}`, func(m *message.MixMessage) { require.Equal(t, "account", m.EventKey) }},
				{"scan", `{"scene":"qr-8"}`, func(m *message.MixMessage) { require.Equal(t, message.EventScan, m.Event) }},
				{"location", `{"latitude":31.2,"longitude":121.5,"precision":10}`, func(m *message.MixMessage) {
					require.NotEmpty(t, m.Latitude)
				}},
				{"unsubscribe", `{}`, func(m *message.MixMessage) { require.Equal(t, message.EventUnsubscribe, m.Event) }},
			} {
				said := s.act("/followers/"+anna+"/"+tt.path, tt.body)
				require.Contains(t, []any{"success", "empty", "reply"}, said["result"], "%s %s: %v", tt.path, tt.body, said)
				m := s.last()
				require.Equal(t, anna, string(m.FromUserName))
				require.Equal(t, wechatsim.DefaultOriginalID, string(m.ToUserName))
				require.NotZero(t, m.CreateTime)
				tt.check(m)
			}
			require.Equal(t, "收到 & <刹车 & <b>响</b> ]] 😀>", s.inbox(anna)[0]["content"],
				"the foreign answer as the follower reads it")
		})
	}
}

// TestForeignCryptographyAndOurs read each other: pushes in one direction, passive replies in the other.
func TestForeignCryptographyAndOurs(t *testing.T) {
	codec, err := wechat.NewCodec(wechat.CodecOptions{
		AppID: wechatsim.DefaultAppID, OriginalID: wechatsim.DefaultOriginalID, Token: wechatsim.DefaultToken,
		EncodingAESKey: wechatsim.DefaultEncodingAESKey,
	})
	require.NoError(t, err)
	for _, text := range []string{"", "a", "刹车响 😀", string(make([]byte, 0)) + "x ]]&gt; y", fmt.Sprintf("%032d", 1),
		fmt.Sprintf("%0999d", 7)} {
		now := time.Now()
		push := fmt.Sprintf(
			"<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>"+
				"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content><MsgId>1</MsgId></xml>",
			wechatsim.DefaultOriginalID, anna, now.Unix(), text)
		sealed, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(push), wechatsim.DefaultAppID,
			wechatsim.DefaultEncodingAESKey)
		require.NoError(t, err)
		timestamp := strconv.FormatInt(now.Unix(), 10)
		q := url.Values{
			"timestamp": {timestamp}, "nonce": {"n"}, "encrypt_type": {"aes"},
			"signature":     {util.Signature(wechatsim.DefaultToken, timestamp, "n")},
			"msg_signature": {util.Signature(wechatsim.DefaultToken, timestamp, "n", string(sealed))},
		}
		require.True(t, codec.Signed(q))
		opened, err := codec.Open(q, []byte("<xml><ToUserName>"+wechatsim.DefaultOriginalID+"</ToUserName><Encrypt>"+
			string(sealed)+"</Encrypt></xml>"))
		require.NoError(t, err)
		require.Equal(t, text, opened.(*wechat.TextMessage).Content)

		body, _, err := codec.Reply(opened, wechat.TextReply{Content: "答 & <" + text + ">"}, now)
		require.NoError(t, err)
		var envelope message.ResponseEncryptedXMLMsg
		require.NoError(t, xml.Unmarshal(body, &envelope))
		require.Equal(t, envelope.MsgSignature,
			util.Signature(wechatsim.DefaultToken, strconv.FormatInt(envelope.Timestamp, 10), envelope.Nonce,
				envelope.EncryptedMsg))
		_, plain, err := util.DecryptMsg(wechatsim.DefaultAppID, envelope.EncryptedMsg, wechatsim.DefaultEncodingAESKey)
		require.NoError(t, err)
		var reply struct {
			ToUserName, FromUserName, MsgType, Content string
		}
		require.NoError(t, xml.Unmarshal(plain, &reply))
		require.Equal(t, anna, reply.ToUserName)
		require.Equal(t, "答 & <"+text+">", reply.Content)
	}
}
