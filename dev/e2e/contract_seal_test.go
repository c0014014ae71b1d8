package e2e

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sealedOutside encrypts and signs a push with the contract's key and token; nothing of it is the project's code.
func sealedOutside(t *testing.T, push string, at time.Time) (body string, query url.Values) {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG" + "=")
	require.NoError(t, err)
	plain := append([]byte("0123456789abcdef"), 0, 0, byte(len(push)>>8), byte(len(push)))
	plain = append(plain, push+"wx0123456789abcdef"...)
	pad := 32 - len(plain)%32
	plain = append(plain, strings.Repeat(string(rune(pad)), pad)...)
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(plain, plain)
	sealed := base64.StdEncoding.EncodeToString(plain)
	query = signedOutside(at)
	query.Set("encrypt_type", "aes")
	query.Set("msg_signature", sha1Outside("devtoken", query.Get("timestamp"), query.Get("nonce"), sealed))
	return "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><Encrypt><![CDATA[" + sealed + "]]></Encrypt></xml>", query
}

func signedOutside(at time.Time) url.Values {
	timestamp, nonce := strconv.FormatInt(at.Unix(), 10), "1320562132"
	return url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "signature": {sha1Outside("devtoken", timestamp, nonce)}}
}

func sha1Outside(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}
