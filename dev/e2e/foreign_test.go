package e2e

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
	"github.com/stretchr/testify/require"
)

// TestForeignCryptographyPushesToTheAPI: the api accepts and answers a push that another library signs and encrypts,
// and that library reads the answer. A push sealed with another key is refused.
func TestForeignCryptographyPushesToTheAPI(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	w := s.Settings().WeChat
	push := func(key, kind, content string) visited {
		t.Helper()
		now := time.Now()
		body := fmt.Sprintf(
			"<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[oForeign]]></FromUserName><CreateTime>%d</CreateTime>"+
				"<MsgType><![CDATA[%s]]></MsgType>%s</xml>", w.OriginalID, now.Unix(), kind, content)
		sealed, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(body), w.AppID, key)
		require.NoError(t, err)
		timestamp, token := strconv.FormatInt(now.Unix(), 10), w.Token.Reveal()
		q := url.Values{
			"timestamp": {timestamp}, "nonce": {"n"}, "encrypt_type": {"aes"},
			"signature":     {util.Signature(token, timestamp, "n")},
			"msg_signature": {util.Signature(token, timestamp, "n", string(sealed))}, "openid": {"oForeign"},
		}
		envelope := "<xml><ToUserName><![CDATA[" + w.OriginalID + "]]></ToUserName><Encrypt><![CDATA[" + string(sealed) +
			"]]></Encrypt></xml>"
		return s.visitor("oForeign").do("POST", "/wechat?"+q.Encode(), strings.NewReader(envelope), "text/xml")
	}
	key := w.AESKey.Reveal()
	welcome := push(key, "event", "<Event><![CDATA[subscribe]]></Event><EventKey><![CDATA[]]></EventKey>")
	require.Equal(t, 200, welcome.status, welcome.body)
	var envelope message.ResponseEncryptedXMLMsg
	require.NoError(t, xml.Unmarshal([]byte(welcome.body), &envelope), welcome.body)
	require.Equal(t, envelope.MsgSignature,
		util.Signature(w.Token.Reveal(), strconv.FormatInt(envelope.Timestamp, 10), envelope.Nonce, envelope.EncryptedMsg))
	_, plain, err := util.DecryptMsg(w.AppID, envelope.EncryptedMsg, key)
	require.NoError(t, err)
	var said struct{ ToUserName, FromUserName, MsgType, Content string }
	require.NoError(t, xml.Unmarshal(plain, &said))
	require.Equal(t, "oForeign", said.ToUserName)
	require.Equal(t, w.OriginalID, said.FromUserName)
	require.NotEmpty(t, said.Content)

	require.Equal(t, 200,
		push(key, "text", "<Content><![CDATA[written by a stranger's library]]></Content><MsgId>1</MsgId>").status)
	s.waitForThread("written by a stranger's library")
	refused := push(strings.Repeat("x", 43), "text", "<Content>x</Content><MsgId>2</MsgId>")
	require.Equal(t, 401, refused.status)
	require.Empty(t, refused.body)
}
