package wechat

import (
	"encoding/json"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// vector is one published sample of a signature or an encryption.
type vector struct {
	ID, Kind, Source, Token, Timestamp, Nonce, Signature, Echostr string
	AppID, Encrypt, Plaintext, Random                             string
	MsgSignature                                                  string `json:"msg_signature"`
	EncodingAESKey                                                string `json:"encoding_aes_key"`
	Ticket                                                        string `json:"jsapi_ticket"`
	Noncestr, URL                                                 string
}

func vectors(t testing.TB) []vector {
	t.Helper()
	doc, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var file struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(doc, &file))
	require.Len(t, file.Vectors, 15)
	return file.Vectors
}

func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	check := map[string]func(*testing.T, vector){
		"url_verify_plain": checkPlainVector, "decrypt": checkDecryptVector,
		"encrypt": checkEncryptVector, "jssdk": checkJSSDKVector,
	}
	for _, v := range vectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, check, v.Kind)
			check[v.Kind](t, v)
		})
	}
}

func checkPlainVector(t *testing.T, v vector) {
	require.Equal(t, v.Signature, sign(v.Token, v.Timestamp, v.Nonce))
	if v.Echostr == "" {
		return
	}
	c, err := NewCodec(CodecOptions{AppID: "wx0000000000000001", Token: v.Token, Mode: ModePlain})
	require.NoError(t, err)
	q := url.Values{"signature": {v.Signature}, "timestamp": {v.Timestamp}, "nonce": {v.Nonce}, "echostr": {v.Echostr}}
	echostr, err := c.VerifyURL(q)
	require.NoError(t, err)
	require.Equal(t, v.Echostr, echostr)
}

func checkDecryptVector(t *testing.T, v vector) {
	key, err := newAESKey(v.EncodingAESKey)
	require.NoError(t, err)
	plain, err := key.decrypt(v.Encrypt, v.AppID)
	require.NoError(t, err)
	require.Equal(t, v.Plaintext, string(plain))
	require.Equal(t, v.MsgSignature, sign(v.Token, v.Timestamp, v.Nonce, v.Encrypt))
	if v.Signature != "" {
		require.Equal(t, v.Signature, sign(v.Token, v.Timestamp, v.Nonce))
	}
	if !strings.HasPrefix(v.Plaintext, "<") && !strings.HasPrefix(v.Plaintext, "{") {
		return
	}
	c, err := NewCodec(CodecOptions{AppID: v.AppID, Token: v.Token, EncodingAESKey: v.EncodingAESKey})
	require.NoError(t, err)
	q := url.Values{
		"signature":     {sign(v.Token, v.Timestamp, v.Nonce)}, // some of the published examples leave it out
		"msg_signature": {v.MsgSignature}, "timestamp": {v.Timestamp}, "nonce": {v.Nonce},
	}
	m, err := c.Open(q, []byte("<xml><Encrypt>"+v.Encrypt+"</Encrypt></xml>"))
	require.NoError(t, err)
	require.True(t, m.Header().Encrypted)
	require.Equal(t, v.Plaintext, string(m.Header().Raw))
}

func checkEncryptVector(t *testing.T, v vector) {
	key, err := newAESKey(v.EncodingAESKey)
	require.NoError(t, err)
	var random [randomSize]byte
	require.Equal(t, randomSize, copy(random[:], v.Random))
	require.Equal(t, v.Encrypt, key.encrypt(random, []byte(v.Plaintext), v.AppID))
	plain, err := key.decrypt(v.Encrypt, v.AppID)
	require.NoError(t, err)
	require.Equal(t, v.Plaintext, string(plain))
	if v.MsgSignature == "" {
		return
	}
	c, err := NewCodec(CodecOptions{AppID: v.AppID, Token: v.Token, EncodingAESKey: v.EncodingAESKey})
	require.NoError(t, err)
	envelope := string(c.envelope(JSON, v.Encrypt, v.Timestamp, v.Nonce))
	require.JSONEq(t, `{"Encrypt":"`+v.Encrypt+`","MsgSignature":"`+v.MsgSignature+
		`","TimeStamp":`+v.Timestamp+`,"Nonce":"`+v.Nonce+`"}`, envelope)
}

func checkJSSDKVector(t *testing.T, v vector) {
	require.Equal(t, v.Signature, JSSignature(v.Ticket, v.Noncestr, v.Timestamp, v.URL))
	require.Equal(t, v.Signature, JSSignature(v.Ticket, v.Noncestr, v.Timestamp, v.URL+"#top"))
}
