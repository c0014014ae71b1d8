package wechat

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

// Mode is the account's message encryption, as set in WeChat's console.
type Mode string

// The three modes.
const (
	// ModePlain pushes carry no encryption; only the token's signature protects them, and it does not cover the body.
	ModePlain Mode = "plain"
	// ModeCompatible accepts an encrypted push only through its Encrypt element, never through the plain fields next to
	// it. It also accepts plain pushes, for the time while the console is being switched. As long as it does, it
	// protects no better than ModePlain.
	ModeCompatible Mode = "compatible"
	// ModeSecure accepts encrypted pushes only.
	ModeSecure Mode = "secure"
)

// CodecError is a failure of the webhook codec, numbered like the official library's. Match it with errors.Is.
//
// https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html
type CodecError int

// The failures. The official -40003 (SHA-1) and -40009 (Base64 encoding) cannot happen here.
const (
	// ErrSignature: a signature is wrong or missing. Answer 401 and process nothing.
	ErrSignature CodecError = -40001
	// ErrMalformed: the body is not the XML or JSON of a push.
	ErrMalformed CodecError = -40002
	// ErrAESKey: an EncodingAESKey is not 43 characters of Base64.
	ErrAESKey CodecError = -40004
	// ErrAppID: the push was encrypted for another appid.
	ErrAppID CodecError = -40005
	// ErrEncrypt: the reply could not be encrypted.
	ErrEncrypt CodecError = -40006
	// ErrDecrypt: the ciphertext has no valid length. ErrBuffer and ErrBase64 match it too: all three are undecryptable.
	ErrDecrypt CodecError = -40007
	// ErrBuffer: what was decrypted has no valid padding or length, as with a wrong key.
	ErrBuffer CodecError = -40008
	// ErrBase64: Encrypt is not Base64.
	ErrBase64 CodecError = -40010
	// ErrReply: the passive reply cannot be built.
	ErrReply CodecError = -40011
)

// Failures without a number in the official library.
var (
	// ErrNotEncrypted: secure mode got a plain push, or an encrypted one without its Encrypt element.
	ErrNotEncrypted = errors.New("wechat: push is not encrypted")
	// ErrRecipient: the push is for another account. Either ToUserName is not the configured original id, or the
	// ToUserName outside the encryption differs from the one inside.
	ErrRecipient = errors.New("wechat: push is for another account")
)

var codecErrorTexts = map[CodecError]string{
	ErrSignature: "signature wrong or missing", ErrMalformed: "malformed body", ErrAESKey: "illegal encoding AES key",
	ErrAppID: "appid does not match", ErrEncrypt: "encryption failed", ErrDecrypt: "decryption failed",
	ErrBuffer: "decrypted buffer is illegal", ErrBase64: "illegal base64", ErrReply: "illegal reply",
}

// Error returns the meaning and the official number.
func (e CodecError) Error() string {
	return "wechat: " + codecErrorTexts[e] + " (" + strconv.Itoa(int(e)) + ")"
}

// Is lets ErrBuffer and ErrBase64 match [ErrDecrypt].
func (e CodecError) Is(target error) bool {
	return target == ErrDecrypt && (e == ErrBuffer || e == ErrBase64)
}

// CodecOptions are an account's webhook settings, as set in WeChat's console.
type CodecOptions struct {
	// AppID is the account's appid; required.
	AppID string
	// OriginalID is the account's gh_… id; when set, pushes for other accounts are refused.
	OriginalID string
	// Token signs the pushes; required.
	Token string
	// EncodingAESKey, 43 characters, is required unless Mode is plain.
	EncodingAESKey string
	// PreviousEncodingAESKey is tried second when decrypting, while the key is being changed; optional.
	PreviousEncodingAESKey string
	// Mode is plain, compatible or secure (default).
	Mode Mode
}

// Codec verifies, decrypts and parses pushes and builds passive replies. It is safe for concurrent use.
type Codec struct {
	appID, originalID, token string
	mode                     Mode
	keys                     []*aesKey
	rand                     func([]byte)
}

// NewCodec checks the settings. Its errors name the setting but never quote its value.
func NewCodec(o CodecOptions) (*Codec, error) {
	if o.AppID == "" || o.Token == "" {
		return nil, errors.New("wechat: codec needs an appid and a token")
	}
	if o.Mode == "" {
		o.Mode = ModeSecure
	}
	switch o.Mode {
	case ModePlain:
	case ModeCompatible, ModeSecure:
		if o.EncodingAESKey == "" {
			return nil, fmt.Errorf("%w: mode %s needs an EncodingAESKey", ErrAESKey, o.Mode)
		}
	default:
		return nil, errors.New("wechat: mode is not plain, compatible or secure")
	}
	c := &Codec{appID: o.AppID, originalID: o.OriginalID, token: o.Token, mode: o.Mode, rand: fillRandom}
	for _, setting := range [][2]string{
		{"EncodingAESKey", o.EncodingAESKey}, {"PreviousEncodingAESKey", o.PreviousEncodingAESKey},
	} {
		if setting[1] == "" {
			continue
		}
		key, err := newAESKey(setting[1])
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, setting[0])
		}
		c.keys = append(c.keys, key)
	}
	return c, nil
}

func fillRandom(b []byte) { _, _ = rand.Read(b) } // crypto/rand.Read never fails

// VerifyURL checks the GET by which WeChat verifies the callback URL and returns echostr. Answer with it, unchanged,
// as the whole body. An Official Account's echostr is never encrypted. The error is [ErrSignature].
//
// https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
func (c *Codec) VerifyURL(q url.Values) (echostr string, err error) {
	echostr = q.Get("echostr")
	if echostr == "" || !c.Signed(q) {
		return "", ErrSignature
	}
	return echostr, nil
}

// Mode returns the codec's mode.
func (c *Codec) Mode() Mode { return c.mode }

// Signed checks the signature over token, timestamp and nonce, which every push has in its query. It needs no body
// and proves nothing about one: only Open does.
func (c *Codec) Signed(q url.Values) bool {
	return verify(q.Get("signature"), c.token, q.Get("timestamp"), q.Get("nonce"))
}

// Open verifies, decrypts and parses one push; q is the query of the callback, body at most [MaxBody] bytes.
//
// Every push must carry the signature over time and nonce. An encrypted push must also have a valid msg_signature,
// which signature cannot replace. The errors are [ErrSignature], and for pushes that are signed but unusable
// [ErrNotEncrypted], [ErrDecrypt], [ErrAppID], [ErrRecipient] and [ErrMalformed].
//
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html
func (c *Codec) Open(q url.Values, body []byte) (Message, error) {
	if !c.Signed(q) {
		return nil, ErrSignature
	}
	if c.mode == ModePlain {
		return c.checkRecipient(ParseMessage(body))
	}
	outer, err := readEnvelope(body)
	if err != nil {
		return nil, err
	}
	if outer.encrypt == "" {
		return c.openPlain(q, body)
	}
	if !verify(q.Get("msg_signature"), c.token, q.Get("timestamp"), q.Get("nonce"), outer.encrypt) {
		return nil, ErrSignature
	}
	inner, err := c.decrypt(outer.encrypt)
	if err != nil {
		return nil, err
	}
	m, err := c.checkRecipient(parseMessage(inner, true))
	if errors.Is(err, ErrMalformed) {
		m, err = c.rescue(inner, err)
	}
	if err != nil {
		return nil, err
	}
	if outer.toUserName != "" && outer.toUserName != m.Header().ToUserName {
		return nil, ErrRecipient
	}
	return m, nil
}

// openPlain accepts a push without Encrypt. Only compatible mode allows that, and only if the push does not claim to
// be encrypted.
func (c *Codec) openPlain(q url.Values, body []byte) (Message, error) {
	if c.mode == ModeSecure || q.Has("msg_signature") || q.Get("encrypt_type") == "aes" {
		return nil, ErrNotEncrypted
	}
	return c.checkRecipient(ParseMessage(body))
}

// rescue opens the readable remainder of a message that cannot be read. If that is not useful, it returns the
// original error.
func (c *Codec) rescue(inner []byte, wrong error) (Message, error) {
	left, ok := rescued(inner)
	if !ok {
		return nil, wrong
	}
	if _, err := c.checkRecipient(left, nil); err != nil {
		return nil, wrong
	}
	return left, nil
}

func (c *Codec) checkRecipient(m Message, err error) (Message, error) {
	if err != nil {
		return nil, err
	}
	if c.originalID != "" && m.Header().ToUserName != c.originalID {
		return nil, ErrRecipient
	}
	return m, nil
}

// decrypt tries the current key, then the previous one. A wrong key almost never yields a valid buffer, so ErrAppID
// from either key is more informative than the other's ErrBuffer.
func (c *Codec) decrypt(encrypt string) ([]byte, error) {
	var first error
	for _, key := range c.keys {
		msg, err := key.decrypt(encrypt, c.appID)
		if err == nil {
			return msg, nil
		}
		if first == nil || errors.Is(err, ErrAppID) {
			first = err
		}
	}
	return nil, first
}
