package wechatsim

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The block size of WeChat's PKCS#7 padding: 32, not the 16 of AES.
const padBlock = 32

var (
	errDecrypt       = errors.New("wechatsim: ciphertext cannot be decrypted")
	errForeignAppID  = errors.New("wechatsim: encrypted for another appid")
	errBadSignature  = errors.New("wechatsim: signature does not match")
	errIllegalAESKey = errors.New("wechatsim: EncodingAESKey is not 43 base64 characters")
)

// sign computes both kinds of signature: sorted, joined, SHA-1, lower-case hex.
func sign(parts ...string) string {
	sorted := slices.Clone(parts)
	slices.Sort(sorted)
	sum := sha1.Sum([]byte(strings.Join(sorted, "")))
	return hex.EncodeToString(sum[:])
}

// decodeAESKey is lenient about the trailing bits, because published keys have them set.
func decodeAESKey(encoded string) ([]byte, error) {
	if len(encoded) != 43 {
		return nil, errIllegalAESKey
	}
	key, err := base64.StdEncoding.DecodeString(encoded + "=")
	if err != nil {
		return nil, errIllegalAESKey
	}
	return key, nil
}

// encrypt wraps message as random(16) ‖ length(4, big endian) ‖ message ‖ appid.
func encrypt(key []byte, appID, random string, message []byte) (string, error) {
	if len(random) != 16 {
		return "", fmt.Errorf("wechatsim: %d random bytes in place of 16", len(random))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", fmt.Errorf("wechatsim: encrypt: %w", err)
	}
	buf := binary.BigEndian.AppendUint32([]byte(random), uint32(len(message)))
	buf = append(append(buf, message...), appID...)
	pad := padBlock - len(buf)%padBlock
	buf = append(buf, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(buf, buf)
	return base64.StdEncoding.EncodeToString(buf), nil
}

// decrypt reverses encrypt and refuses another appid.
func decrypt(key []byte, appID, encoded string) ([]byte, error) {
	buf, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(buf) == 0 || len(buf)%padBlock != 0 {
		return nil, errDecrypt
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("wechatsim: decrypt: %w", err)
	}
	cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(buf, buf)
	pad := int(buf[len(buf)-1])
	if pad < 1 || pad > padBlock || !bytes.Equal(buf[len(buf)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errDecrypt
	}
	buf = buf[:len(buf)-pad]
	if len(buf) < 20 {
		return nil, errDecrypt
	}
	length := int64(binary.BigEndian.Uint32(buf[16:20]))
	if length > int64(len(buf)-20) {
		return nil, errDecrypt
	}
	message, receiver := buf[20:20+length], buf[20+length:]
	if string(receiver) != appID {
		return nil, errForeignAppID
	}
	return message, nil
}
