package wechat

import (
	"net/url"
	"testing"
	"time"
)

// BenchmarkOpenSecureText verifies, decrypts and parses a secure-mode text message of usual size.
func BenchmarkOpenSecureText(b *testing.B) {
	c, err := NewCodec(testCodecOptions(ModeSecure))
	if err != nil {
		b.Fatal(err)
	}
	q, body := sealPush(c, XML,
		samplePush("text", `<Content><![CDATA[前刹车有异响，可以预约周六上午检查吗？]]></Content><MsgId>6054768590064713728</MsgId>`))
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, err := c.Open(q, body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReplySecureText builds the encrypted answer to it.
func BenchmarkReplySecureText(b *testing.B) {
	c, err := NewCodec(testCodecOptions(ModeSecure))
	if err != nil {
		b.Fatal(err)
	}
	m := &TextMessage{Head: Header{ToUserName: testOriginalID, FromUserName: testOpenID, Encrypted: true}}
	now := time.Unix(1750000000, 0)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := c.Reply(m, TextReply{Content: "已收到，工单号 4711。"}, now); err != nil {
			b.Fatal(err)
		}
	}
}

const (
	testAppID      = "wx0123456789abcdef"
	testOriginalID = "gh_0123456789ab"
	testOpenID     = "oTEST-follower_0000000000001"
	testToken      = "webhooktoken"
	testAESKey     = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	otherAESKey    = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
	testTimestamp  = "1750000000"
	testNonce      = "20250615"
)

func testCodecOptions(mode Mode) CodecOptions {
	return CodecOptions{AppID: testAppID, OriginalID: testOriginalID, Token: testToken, EncodingAESKey: testAESKey,
		Mode: mode}
}

// samplePush is a push of the type with the given elements.
func samplePush(msgType, elements string) string {
	return "<xml><ToUserName><![CDATA[" + testOriginalID + "]]></ToUserName>\n<FromUserName><![CDATA[" + testOpenID +
		"]]></FromUserName>\n<CreateTime>1750000000</CreateTime>\n<MsgType><![CDATA[" + msgType + "]]></MsgType>\n" +
		elements + "</xml>"
}

// signedQuery is the query of a plain push.
func signedQuery() url.Values {
	return url.Values{
		"timestamp": {testTimestamp}, "nonce": {testNonce}, "openid": {testOpenID},
		"signature": {sign(testToken, testTimestamp, testNonce)},
	}
}

// sealPush encrypts a push the way WeChat does, with the codec's first key.
func sealPush(c *Codec, format Format, inner string) (url.Values, []byte) {
	var random [randomSize]byte
	copy(random[:], "0123456789abcdef")
	return wrapPush(format, c.keys[0].encrypt(random, []byte(inner), c.appID))
}

func wrapPush(format Format, encrypt string) (url.Values, []byte) {
	q := signedQuery()
	q.Set("encrypt_type", "aes")
	q.Set("msg_signature", sign(testToken, testTimestamp, testNonce, encrypt))
	return q, render(format, []field{{name: "ToUserName", text: testOriginalID}, {name: "Encrypt", text: encrypt}})
}
