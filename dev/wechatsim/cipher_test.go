package wechatsim

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSign(t *testing.T) {
	t.Parallel()
	// The example of the message push page.
	require.Equal(t, "f464b24fc39322e44b38aa78f5edd27bd1441696", sign("AAAAA", "1714036504", "1514711492"))
	require.Equal(t, sign("c", "a", "b"), sign("a", "b", "c"), "order must not matter")
}

func TestEncryptPublishedVectors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, key, appID, random, message, want string }{
		{
			"message push page, reply", strings.Repeat("A", 43), "wxba5fad812f8e6fb9", "707722b803182950",
			`{"demo_resp":"good luck"}`,
			"ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==",
		},
		{
			"Java sample", DefaultEncodingAESKey, "wxb11529c136998cb6", "aaaabbbbccccdddd",
			"我是中文abcd123",
			"jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			key, err := decodeAESKey(tt.key)
			require.NoError(t, err)
			sealed, err := encrypt(key, tt.appID, tt.random, []byte(tt.message))
			require.NoError(t, err)
			require.Equal(t, tt.want, sealed)
			opened, err := decrypt(key, tt.appID, sealed)
			require.NoError(t, err)
			require.Equal(t, tt.message, string(opened))
		})
	}
}

func TestDecryptRefuses(t *testing.T) {
	t.Parallel()
	key, err := decodeAESKey(DefaultEncodingAESKey)
	require.NoError(t, err)
	sealed, err := encrypt(key, DefaultAppID, "0123456789abcdef", []byte("<xml>一</xml>"))
	require.NoError(t, err)
	raw, err := base64.StdEncoding.DecodeString(sealed)
	require.NoError(t, err)
	flipped := bytes.Clone(raw)
	flipped[len(flipped)-1] ^= 1
	tests := []struct {
		name, appID, sealed string
		want                error
	}{
		{"other appid", "wx0000000000000000", sealed, errForeignAppID},
		{"empty", DefaultAppID, "", errDecrypt},
		{"no base64", DefaultAppID, "%%%", errDecrypt},
		{"truncated", DefaultAppID, base64.StdEncoding.EncodeToString(raw[:len(raw)-16]), errDecrypt},
		{"flipped bit", DefaultAppID, base64.StdEncoding.EncodeToString(flipped), errDecrypt},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := decrypt(key, tt.appID, tt.sealed)
			require.ErrorIs(t, err, tt.want)
		})
	}
	for _, length := range []int{0, 42, 44} {
		_, err := decodeAESKey(strings.Repeat("a", length))
		require.ErrorIs(t, err, errIllegalAESKey)
	}
}

func FuzzDecrypt(f *testing.F) {
	key, err := decodeAESKey(DefaultEncodingAESKey)
	require.NoError(f, err)
	sealed, err := encrypt(key, DefaultAppID, "0123456789abcdef", []byte("hello"))
	require.NoError(f, err)
	f.Add(sealed)
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, sealed string) {
		message, err := decrypt(key, DefaultAppID, sealed)
		if err == nil && len(message) > len(sealed) {
			t.Fatalf("%d bytes out of %d characters", len(message), len(sealed))
		}
	})
}
