package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

const (
	blockSize  = 32 // WeChat pads to 32 bytes although AES blocks have 16
	randomSize = 16
	headSize   = randomSize + 4
)

// sign returns the hexadecimal SHA-1 of the sorted and concatenated parts.
func sign(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// verify compares in constant time, so that strangers cannot guess a signature byte by byte.
func verify(signature string, parts ...string) bool {
	return subtle.ConstantTimeCompare([]byte(signature), []byte(sign(parts...))) == 1
}

// aesKey is a decoded EncodingAESKey.
type aesKey struct {
	block cipher.Block
	iv    []byte
}

// newAESKey decodes the 43 characters of an EncodingAESKey. Their last two bits are surplus and not always zero.
func newAESKey(encoded string) (*aesKey, error) {
	if len(encoded) != 43 {
		return nil, ErrAESKey
	}
	key, err := base64.StdEncoding.DecodeString(encoded + "=")
	if err != nil || len(key) != 32 {
		return nil, ErrAESKey
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrAESKey
	}
	return &aesKey{block: block, iv: key[:aes.BlockSize]}, nil
}

// decrypt returns the message of random(16) ‖ length(4, big endian) ‖ message ‖ appid, padded to 32 bytes.
func (k *aesKey) decrypt(encrypt, appID string) ([]byte, error) {
	buf, err := base64.StdEncoding.DecodeString(encrypt)
	if err != nil {
		return nil, ErrBase64
	}
	if len(buf) == 0 || len(buf)%blockSize != 0 {
		return nil, fmt.Errorf("%w: ciphertext is no multiple of %d bytes", ErrDecrypt, blockSize)
	}
	cipher.NewCBCDecrypter(k.block, k.iv).CryptBlocks(buf, buf)
	pad := int(buf[len(buf)-1])
	if pad < 1 || pad > blockSize {
		return nil, fmt.Errorf("%w: padding", ErrBuffer)
	}
	buf = buf[:len(buf)-pad]
	if len(buf) < headSize {
		return nil, fmt.Errorf("%w: too short", ErrBuffer)
	}
	size := uint64(binary.BigEndian.Uint32(buf[randomSize:headSize]))
	buf = buf[headSize:]
	if size > uint64(len(buf)) {
		return nil, fmt.Errorf("%w: length", ErrBuffer)
	}
	if subtle.ConstantTimeCompare(buf[size:], []byte(appID)) != 1 {
		return nil, ErrAppID
	}
	return buf[:size:size], nil
}

// encrypt is the reverse of decrypt.
func (k *aesKey) encrypt(random [randomSize]byte, msg []byte, appID string) string {
	size := headSize + len(msg) + len(appID)
	pad := blockSize - size%blockSize
	buf := make([]byte, 0, size+pad)
	buf = append(buf, random[:]...)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(msg)))
	buf = append(buf, msg...)
	buf = append(buf, appID...)
	for range pad {
		buf = append(buf, byte(pad))
	}
	cipher.NewCBCEncrypter(k.block, k.iv).CryptBlocks(buf, buf)
	return base64.StdEncoding.EncodeToString(buf)
}
