package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// signer signs what leaves the server and comes back: sessions, links, login states. purpose keeps one from being
// used as another.
type signer struct{ key []byte }

// signerOf separates accounts that share a key: one account's signatures are invalid for another.
func signerOf(key []byte, account string) signer {
	return signer{[]byte(signer{key}.mac("account", account))}
}

func (s signer) mac(purpose, text string) string {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// matches compares in constant time.
func (s signer) matches(purpose, text, mac string) bool {
	return hmac.Equal([]byte(s.mac(purpose, text)), []byte(mac))
}

// signedVersion begins every signed value. A new format gets a new version.
const signedVersion = "1."

// sign encodes a value so that a change is detected.
func (s signer) sign(purpose string, value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		panic("web: a signed value that JSON cannot hold: " + err.Error())
	}
	text := signedVersion + base64.RawURLEncoding.EncodeToString(data)
	return text + "." + s.mac(purpose, text)
}

// open decodes a value that sign encoded with this key and purpose.
func (s signer) open(purpose, signed string, value any) bool {
	rest, known := strings.CutPrefix(signed, signedVersion)
	text, mac, _ := strings.Cut(rest, ".")
	if !known || !s.matches(purpose, signedVersion+text, mac) {
		return false
	}
	data, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && json.Unmarshal(data, value) == nil
}
