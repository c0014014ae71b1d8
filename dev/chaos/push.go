package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// account is the Official Account as WeChat knows it, and the webhook user as C4C knows it.
type account struct {
	appID, originalID, token, aesKey string
	webhookUser, webhookPassword     string
}

// development are the values of the development stack.
var development = account{
	appID: "wx0123456789abcdef", originalID: "gh_0123456789ab", token: "devtoken",
	aesKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", webhookUser: "c4c", webhookPassword: "dev-c4c-key",
}

// field is an element of WeChat's XML.
type field struct{ name, value string }

// request is a request to the connector's webhooks, the same at each delivery.
type request struct {
	path   string
	header http.Header
	body   []byte
}

// push is what WeChat posts in secure mode.
//
// https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html
func (a account) push(openid string, created time.Time, fields ...field) request {
	head := []field{
		{"ToUserName", a.originalID}, {"FromUserName", openid}, {"CreateTime", strconv.FormatInt(created.Unix(), 10)},
	}
	sealed := a.seal(elements(append(head, fields...)))
	timestamp, nonce := strconv.FormatInt(time.Now().Unix(), 10), rand.Text()[:10]
	query := url.Values{
		"signature": {signature(a.token, timestamp, nonce)}, "timestamp": {timestamp}, "nonce": {nonce}, "openid": {openid},
		"encrypt_type": {"aes"}, "msg_signature": {signature(a.token, timestamp, nonce, sealed)},
	}
	return request{
		path:   "/wechat?" + query.Encode(),
		header: http.Header{"Content-Type": {"text/xml"}, "User-Agent": {"Mozilla/4.0"}},
		body:   elements([]field{{"ToUserName", a.originalID}, {"Encrypt", sealed}}),
	}
}

// elements writes WeChat's XML. No value here needs more than CDATA.
func elements(fields []field) []byte {
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, f := range fields {
		fmt.Fprintf(&b, "<%s><![CDATA[%s]]></%s>", f.name, f.value, f.name)
	}
	b.WriteString("</xml>")
	return b.Bytes()
}

// signature is SHA-1 over the sorted parts.
func signature(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// seal encrypts: AES-256-CBC over 16 random bytes, the length, the message and the appid, padded to 32.
func (a account) seal(message []byte) string {
	key, err := base64.StdEncoding.DecodeString(a.aesKey + "=")
	if err != nil {
		panic("chaos: the account's EncodingAESKey: " + err.Error())
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("chaos: the account's EncodingAESKey: " + err.Error())
	}
	plain := binary.BigEndian.AppendUint32([]byte(rand.Text()[:16]), uint32(len(message)))
	plain = append(append(plain, message...), a.appID...)
	padding := 32 - len(plain)%32
	plain = append(plain, bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}

// mashup is what C4C posts for an agent's reply: a form with one field of JSON, whose values are all strings.
func (a account) mashup(r *reply, originalID, ticketID string) request {
	content, err := json.Marshal(map[string]string{
		"original_id": originalID, "sma_id": r.SMA, "service_req_no": ticketID, "author_name": agentName, "author_email": "",
		"sma_create_datetime": r.Written.UTC().Format(time.RFC3339), "private_ind": "FALSE", "text": r.Text,
	})
	if err != nil {
		panic("chaos: texts always encode: " + err.Error())
	}
	basic := base64.StdEncoding.EncodeToString([]byte(a.webhookUser + ":" + a.webhookPassword))
	return request{
		path:   "/c4c/wechat",
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {"Basic " + basic}},
		body:   []byte(url.Values{"content": {string(content)}}.Encode()),
	}
}
