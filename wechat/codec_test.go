package wechat

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const plainText = `<Content><![CDATA[刹车响]]></Content><MsgId>6054768590064713728</MsgId>`

func setupCodec(t testing.TB, opts ...func(*CodecOptions)) *Codec {
	t.Helper()
	o := testCodecOptions(ModeSecure)
	for _, opt := range opts {
		opt(&o)
	}
	c, err := NewCodec(o)
	require.NoError(t, err)
	return c
}

func mode(m Mode) func(*CodecOptions) { return func(o *CodecOptions) { o.Mode = m } }

func TestNewCodec(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*CodecOptions)
		is     error
		want   string
	}{
		{name: "no appid", change: func(o *CodecOptions) { o.AppID = "" }, want: "appid"},
		{name: "no token", change: func(o *CodecOptions) { o.Token = "" }, want: "token"},
		{name: "unknown mode", change: mode("open"), want: "mode"},
		{name: "secure without key", change: func(o *CodecOptions) { o.EncodingAESKey = "" }, is: ErrAESKey,
			want: "EncodingAESKey"},
		{name: "key of 42", change: func(o *CodecOptions) { o.EncodingAESKey = testAESKey[:42] }, is: ErrAESKey,
			want: "EncodingAESKey"},
		{name: "key of 44", change: func(o *CodecOptions) { o.EncodingAESKey += "A" }, is: ErrAESKey, want: "EncodingAESKey"},
		{name: "key with a blank", change: func(o *CodecOptions) { o.EncodingAESKey = " " + testAESKey[:42] }, is: ErrAESKey,
			want: "EncodingAESKey"},
		{name: "bad previous key", change: func(o *CodecOptions) { o.PreviousEncodingAESKey = "x" }, is: ErrAESKey,
			want: "PreviousEncodingAESKey"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := testCodecOptions(ModeSecure)
			test.change(&o)
			_, err := NewCodec(o)
			require.ErrorContains(t, err, test.want)
			if test.is != nil {
				require.ErrorIs(t, err, test.is)
			}
			require.NotContains(t, err.Error(), testAESKey[:42])
			require.NotContains(t, err.Error(), testToken)
		})
	}
	_, err := NewCodec(CodecOptions{AppID: testAppID, Token: testToken, Mode: ModePlain})
	require.NoError(t, err)
	c, err := NewCodec(CodecOptions{AppID: testAppID, Token: testToken, EncodingAESKey: testAESKey})
	require.NoError(t, err)
	require.Equal(t, ModeSecure, c.mode)
}

func TestVerifyURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(url.Values)
		err    error
	}{
		{name: "right", change: func(url.Values) {}},
		{name: "wrong signature", change: func(q url.Values) { q.Set("signature", strings.Repeat("0", 40)) },
			err: ErrSignature},
		{name: "upper-case signature", change: func(q url.Values) { q.Set("signature", strings.ToUpper(q.Get("signature"))) },
			err: ErrSignature},
		{name: "no signature", change: func(q url.Values) { q.Del("signature") }, err: ErrSignature},
		{name: "swapped nonce", change: func(q url.Values) { q.Set("nonce", "1") }, err: ErrSignature},
		{name: "other timestamp", change: func(q url.Values) { q.Set("timestamp", "1") }, err: ErrSignature},
		{name: "no echostr", change: func(q url.Values) { q.Del("echostr") }, err: ErrSignature},
	}
	for _, test := range tests {
		for _, m := range []Mode{ModePlain, ModeCompatible, ModeSecure} {
			t.Run(test.name+" "+string(m), func(t *testing.T) {
				t.Parallel()
				q := signedQuery()
				q.Set("echostr", "437512 <&>")
				test.change(q)
				echostr, err := setupCodec(t, mode(m)).VerifyURL(q)
				require.ErrorIs(t, err, test.err)
				if test.err == nil {
					require.Equal(t, "437512 <&>", echostr)
				} else {
					require.Empty(t, echostr)
				}
			})
		}
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	textJSON := `{"ToUserName":"` + testOriginalID + `","FromUserName":"` + testOpenID +
		`","CreateTime":1750000000,"MsgType":"text","Content":"刹车响","MsgId":6054768590064713728}`
	forms := map[string]func(*Codec) (url.Values, []byte){
		"plain xml":      func(*Codec) (url.Values, []byte) { return signedQuery(), []byte(samplePush("text", plainText)) },
		"plain json":     func(*Codec) (url.Values, []byte) { return signedQuery(), []byte(textJSON) },
		"encrypted xml":  func(c *Codec) (url.Values, []byte) { return sealPush(c, XML, samplePush("text", plainText)) },
		"encrypted json": func(c *Codec) (url.Values, []byte) { return sealPush(c, JSON, textJSON) },
		"both": func(c *Codec) (url.Values, []byte) {
			q, body := sealPush(c, XML, samplePush("text", plainText))
			forged := strings.Replace(samplePush("text", `<Content>forged</Content>`), "<xml>",
				string(body[:len(body)-len("</xml>")]), 1)
			return q, []byte(forged)
		},
		"both, without signature": func(c *Codec) (url.Values, []byte) {
			q, body := sealPush(c, XML, samplePush("text", plainText))
			q.Del("signature")
			return q, body
		},
	}
	tests := []struct {
		mode      Mode
		form      string
		encrypted bool
		err       error
	}{
		{mode: ModePlain, form: "plain xml"},
		{mode: ModePlain, form: "plain json"},
		{mode: ModePlain, form: "encrypted xml", err: ErrMalformed},
		{mode: ModePlain, form: "both, without signature", err: ErrSignature},
		{mode: ModeCompatible, form: "plain xml"},
		{mode: ModeCompatible, form: "plain json"},
		{mode: ModeCompatible, form: "encrypted xml", encrypted: true},
		{mode: ModeCompatible, form: "both", encrypted: true},
		{mode: ModeSecure, form: "plain xml", err: ErrNotEncrypted},
		{mode: ModeSecure, form: "plain json", err: ErrNotEncrypted},
		{mode: ModeSecure, form: "encrypted xml", encrypted: true},
		{mode: ModeSecure, form: "encrypted json", encrypted: true},
		{mode: ModeSecure, form: "both", encrypted: true},
		{mode: ModeSecure, form: "both, without signature", err: ErrSignature},
	}
	for _, test := range tests {
		t.Run(string(test.mode)+" "+test.form, func(t *testing.T) {
			t.Parallel()
			c := setupCodec(t, mode(test.mode))
			q, body := forms[test.form](c)
			m, err := c.Open(q, body)
			require.ErrorIs(t, err, test.err)
			if test.err != nil {
				require.Nil(t, m)
				return
			}
			require.IsType(t, &TextMessage{}, m)
			require.Equal(t, "刹车响", m.(*TextMessage).Content)
			require.Equal(t, "6054768590064713728", m.Header().MsgID)
			require.Equal(t, test.encrypted, m.Header().Encrypted)
			require.Equal(t, strings.HasSuffix(test.form, "json"), m.Header().Format == JSON)
		})
	}
}

// TestOpenRefuses starts from a good secure push and spoils one thing.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	c := setupCodec(t)
	encrypt := func(change func([]byte) []byte) (url.Values, []byte) {
		buf := make([]byte, 0, 512)
		var random [randomSize]byte
		sealed := c.keys[0].encrypt(random, []byte(samplePush("text", plainText)), testAppID)
		buf, err := base64.StdEncoding.AppendDecode(buf, []byte(sealed))
		require.NoError(t, err)
		return wrapPush(XML, base64.StdEncoding.EncodeToString(change(buf)))
	}
	query := func(change func(url.Values)) func() (url.Values, []byte) {
		return func() (url.Values, []byte) {
			q, body := sealPush(c, XML, samplePush("text", plainText))
			change(q)
			return q, body
		}
	}
	tests := []struct {
		name string
		push func() (url.Values, []byte)
		is   []error
	}{
		{name: "wrong msg_signature", push: query(func(q url.Values) { q.Set("msg_signature", strings.Repeat("0", 40)) }),
			is: []error{ErrSignature}},
		{name: "signature stands in", push: query(func(q url.Values) { q.Set("msg_signature", q.Get("signature")) }),
			is: []error{ErrSignature}},
		{name: "no msg_signature", push: query(func(q url.Values) { q.Del("msg_signature") }), is: []error{ErrSignature}},
		{name: "wrong signature", push: query(func(q url.Values) { q.Set("signature", "0") }), is: []error{ErrSignature}},
		{name: "no signature", push: query(func(q url.Values) { q.Del("signature") }), is: []error{ErrSignature}},
		{name: "empty signature", push: query(func(q url.Values) { q.Set("signature", "") }), is: []error{ErrSignature}},
		{name: "swapped nonce", push: query(func(q url.Values) { q.Set("nonce", "0") }), is: []error{ErrSignature}},
		{name: "no query", push: query(func(q url.Values) { clear(q) }), is: []error{ErrSignature}},
		{name: "flipped bit", is: []error{ErrSignature}, push: func() (url.Values, []byte) {
			q, body := sealPush(c, XML, samplePush("text", plainText))
			body[strings.Index(string(body), "<Encrypt><![CDATA[")+40] ^= 1
			return q, body
		}},
		{name: "flipped bit, signed", push: func() (url.Values, []byte) {
			return encrypt(func(b []byte) []byte { b[40] ^= 1; return b })
		}, is: []error{ErrMalformed}},
		{name: "flipped length, signed", push: func() (url.Values, []byte) {
			return encrypt(func(b []byte) []byte { b[0] ^= 0xFF; b[15] ^= 0xFF; b[16+3] ^= 0x55; return b })
		}, is: []error{ErrBuffer, ErrDecrypt}},
		{name: "truncated ciphertext", push: func() (url.Values, []byte) {
			return encrypt(func(b []byte) []byte { return b[:len(b)-16] })
		}, is: []error{ErrDecrypt}},
		{name: "truncated base64", push: func() (url.Values, []byte) { return wrapPush(XML, "abc") },
			is: []error{ErrBase64, ErrDecrypt}},
		{name: "one block of nothing", push: func() (url.Values, []byte) {
			return encrypt(func(b []byte) []byte { return b[:32] })
		}, is: []error{ErrDecrypt}},
		{name: "empty Encrypt", push: func() (url.Values, []byte) { return wrapPush(XML, "") }, is: []error{ErrNotEncrypted}},
		{name: "malformed body", push: func() (url.Values, []byte) { return signedQuery(), []byte("<xml>") },
			is: []error{ErrMalformed}},
		{name: "inner is no push", push: func() (url.Values, []byte) { return sealPush(c, XML, "hello") },
			is: []error{ErrMalformed}},
		{name: "other appid", is: []error{ErrAppID}, push: func() (url.Values, []byte) {
			var random [randomSize]byte
			return wrapPush(XML, c.keys[0].encrypt(random, []byte(samplePush("text", plainText)), "wxother"))
		}},
		{name: "other account inside", is: []error{ErrRecipient}, push: func() (url.Values, []byte) {
			return sealPush(c, XML, strings.ReplaceAll(samplePush("text", plainText), testOriginalID, "gh_other"))
		}},
		{name: "other account outside", is: []error{ErrRecipient}, push: func() (url.Values, []byte) {
			q, body := sealPush(c, XML, samplePush("text", plainText))
			return q, []byte(strings.ReplaceAll(string(body), testOriginalID, "gh_other"))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			q, body := test.push()
			m, err := c.Open(q, body)
			require.Nil(t, m)
			for _, want := range test.is {
				require.ErrorIs(t, err, want)
			}
			if test.is[0] != ErrSignature {
				require.NotErrorIs(t, err, ErrSignature)
			}
			require.NotContains(t, err.Error(), testToken)
		})
	}
}

func TestOpenCompatibleRefusesStrippedEncryption(t *testing.T) {
	t.Parallel()
	c := setupCodec(t, mode(ModeCompatible))
	body := []byte(samplePush("text", plainText))
	q := signedQuery()
	q.Set("encrypt_type", "aes")
	_, err := c.Open(q, body)
	require.ErrorIs(t, err, ErrNotEncrypted)
	q = signedQuery()
	q.Set("msg_signature", "x")
	_, err = c.Open(q, body)
	require.ErrorIs(t, err, ErrNotEncrypted)
}

func TestOpenWithoutOuterRecipient(t *testing.T) {
	t.Parallel()
	c := setupCodec(t, func(o *CodecOptions) { o.OriginalID = "" })
	q, body := sealPush(c, XML, samplePush("text", plainText))
	outer := strings.Replace(string(body), "<ToUserName><![CDATA["+testOriginalID+"]]></ToUserName>", "", 1)
	outer = strings.Replace(outer, "<Encrypt><![CDATA[", "<Encrypt>\n  ", 1)
	m, err := c.Open(q, []byte(strings.Replace(outer, "]]></Encrypt>", "\n</Encrypt>", 1)))
	require.NoError(t, err)
	require.Equal(t, testOpenID, m.Header().FromUserName)
}

// One callback address may be entered in the consoles of two accounts that share token and key.
func TestOpenRefusesPushesForOtherAccounts(t *testing.T) {
	t.Parallel()
	other := func(o *CodecOptions) { o.OriginalID = "gh_another00000" }
	sealed := func(c *Codec) (url.Values, []byte) {
		q, body := sealPush(c, XML, samplePush("text", plainText))
		return q, []byte(strings.Replace(string(body), "<ToUserName><![CDATA["+testOriginalID+"]]></ToUserName>", "", 1))
	}
	plain := func(*Codec) (url.Values, []byte) { return signedQuery(), []byte(samplePush("text", plainText)) }
	for _, test := range []struct {
		name string
		mode Mode
		push func(*Codec) (url.Values, []byte)
	}{
		{"plain", ModePlain, plain},
		{"plain in compatible mode", ModeCompatible, plain},
		{"encrypted in compatible mode", ModeCompatible, sealed},
		{"encrypted", ModeSecure, sealed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ours, theirs := setupCodec(t, mode(test.mode)), setupCodec(t, mode(test.mode), other)
			q, body := test.push(ours)
			_, err := ours.Open(q, body)
			require.NoError(t, err)
			m, err := theirs.Open(q, body)
			require.ErrorIs(t, err, ErrRecipient)
			require.Nil(t, m)
		})
	}
}

func TestOpenDuringKeyChange(t *testing.T) {
	t.Parallel()
	old := setupCodec(t)
	renewed := func(o *CodecOptions) { o.EncodingAESKey, o.PreviousEncodingAESKey = otherAESKey, testAESKey }
	c := setupCodec(t, renewed)
	q, body := sealPush(old, XML, samplePush("text", plainText))
	m, err := c.Open(q, body)
	require.NoError(t, err)

	// The answer uses the current key, which the old codec does not know.
	reply, _, err := c.Reply(m, TextReply{Content: "ok"}, time.Unix(1750000001, 0))
	require.NoError(t, err)
	require.Contains(t, openReply(t, c, reply), "ok")
	outer, err := parseXML(reply)
	require.NoError(t, err)
	_, err = old.decrypt(outer.str("Encrypt"))
	require.ErrorIs(t, err, ErrDecrypt)

	q, body = sealPush(c, XML, samplePush("text", plainText))
	_, err = c.Open(q, body)
	require.NoError(t, err)

	// A key that is neither is undecryptable; another appid under the previous key is reported as such.
	_, err = setupCodec(t, func(o *CodecOptions) { o.EncodingAESKey = otherAESKey }).decrypt(
		old.keys[0].encrypt([16]byte{}, []byte("<xml/>"), testAppID))
	require.ErrorIs(t, err, ErrDecrypt)
	_, err = c.decrypt(old.keys[0].encrypt([16]byte{}, []byte("<xml/>"), "wxother"))
	require.ErrorIs(t, err, ErrAppID)
}

func TestDecryptPadding(t *testing.T) {
	t.Parallel()
	key, err := newAESKey(testAESKey)
	require.NoError(t, err)
	for size := range 70 {
		msg := strings.Repeat("x", size)
		got, err := key.decrypt(key.encrypt([16]byte{1}, []byte(msg), testAppID), testAppID)
		require.NoError(t, err)
		require.Equal(t, msg, string(got))
	}
	// A whole block whose last byte, the padding, is out of range: encrypt ends an appid with it just before the
	// padding.
	for _, pad := range []byte{0, 33, 255} {
		appID := strings.Repeat("a", 11) + string([]byte{pad})
		sealed, err := base64.StdEncoding.DecodeString(key.encrypt([16]byte{}, nil, appID))
		require.NoError(t, err)
		_, err = key.decrypt(base64.StdEncoding.EncodeToString(sealed[:32]), appID)
		require.ErrorIs(t, err, ErrBuffer)
	}
}
