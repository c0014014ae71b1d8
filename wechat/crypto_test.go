package wechat

import (
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sealBuffer encrypts a buffer as it is, including padding: only someone with the key could make that.
func sealBuffer(t *testing.T, key *aesKey, buf []byte) string {
	t.Helper()
	sealed := make([]byte, len(buf))
	cipher.NewCBCEncrypter(key.block, key.iv).CryptBlocks(sealed, buf)
	return base64.StdEncoding.EncodeToString(sealed)
}

// The length inside the buffer is untrusted until it is checked against the actual size.
func TestDecryptChecksTheLength(t *testing.T) {
	t.Parallel()
	key, err := newAESKey(testAESKey)
	require.NoError(t, err)
	const message, appID, pad = "<xml/>", "wx01", 2 // 16 + 4 + 6 + 4 + 2 bytes: one block
	for _, test := range []struct {
		name string
		size uint32
		err  error
	}{
		{name: "as it is", size: 6},
		{name: "a byte of the appid", size: 7, err: ErrAppID},
		{name: "no message", size: 0, err: ErrAppID},
		{name: "up to the padding", size: 10, err: ErrAppID},
		{name: "a byte of the padding", size: 11, err: ErrBuffer},
		{name: "all of the padding", size: 12, err: ErrBuffer},
		{name: "beyond the buffer", size: 13, err: ErrBuffer},
		{name: "beyond a signed number", size: 1 << 31, err: ErrBuffer},
		{name: "the largest", size: 1<<32 - 1, err: ErrBuffer},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			buf := binary.BigEndian.AppendUint32(make([]byte, randomSize), test.size)
			buf = append(buf, message+appID+strings.Repeat(string(rune(pad)), pad)...)
			got, err := key.decrypt(sealBuffer(t, key, buf), appID)
			require.ErrorIs(t, err, test.err)
			if test.err == nil {
				require.Equal(t, message, string(got))
			} else {
				require.Nil(t, got)
			}
		})
	}
}

func TestDecryptRefusesOtherShapes(t *testing.T) {
	t.Parallel()
	key, err := newAESKey(testAESKey)
	require.NoError(t, err)
	short := make([]byte, blockSize)
	short[blockSize-1] = blockSize - headSize + 1 // leaves one byte less than the head
	for _, test := range []struct {
		name, encrypt string
		err           error
	}{
		{"nothing", "", ErrDecrypt},
		{"no base64", "????", ErrBase64},
		{"base64 of the web", strings.Repeat("-_", 22), ErrBase64},
		{"no whole block of AES", base64.StdEncoding.EncodeToString(make([]byte, 31)), ErrDecrypt},
		{"a block of AES, half a block of WeChat", base64.StdEncoding.EncodeToString(make([]byte, 16)), ErrDecrypt},
		{"three blocks of AES", base64.StdEncoding.EncodeToString(make([]byte, 48)), ErrDecrypt},
		{"no room for the head", sealBuffer(t, key, short), ErrBuffer},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := key.decrypt(test.encrypt, testAppID)
			require.ErrorIs(t, err, test.err)
			require.ErrorIs(t, err, ErrDecrypt, "whoever asks for undecryptable pushes finds them all")
			require.Nil(t, got)
		})
	}
}

// The parts are sorted, whatever their order in the call.
func TestSign(t *testing.T) {
	t.Parallel()
	const signature = "2809f5614d4b6b0c4e1bb4c3f67ef361c7ef7281" // printf 12abc | sha1sum
	require.Equal(t, signature, sign("abc", "2", "1"))
	require.True(t, verify(signature, "2", "abc", "1"))
	for name, given := range map[string]string{
		"upper case": strings.ToUpper(signature), "cut": signature[:39], "longer": signature + "0", "none": "",
	} {
		require.False(t, verify(given, "2", "abc", "1"), name)
	}
	require.False(t, verify(signature, "2", "abc"), "a part is missing")
}
