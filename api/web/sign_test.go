package web

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSignedValuesServeOnePurposeOfOneAccount(t *testing.T) {
	t.Parallel()
	key := []byte(strings.Repeat("k", 32))
	s := signerOf(key, "shop")
	signed := s.sign("session", map[string]string{"o": "alice"})
	for _, tt := range []struct {
		name, purpose, signed string
		signer                signer
		opens                 bool
	}{
		{"as it was signed", "session", signed, s, true},
		{"for another purpose", "link", signed, s, false},
		{"of another account", "session", signed, signerOf(key, "repairs"), false},
		{"by the bare key", "session", signed, signer{key}, false},
		{"without its version", "session", strings.TrimPrefix(signed, signedVersion), s, false},
		{"with something behind", "session", signed + ".", s, false},
		{"signed, and no JSON", "session", "1.e30x." + s.mac("session", "1.e30x"), s, false},
		{"signed, and no base64", "session", "1.*." + s.mac("session", "1.*"), s, false},
		{"signed, and nothing else", "session", "1.." + s.mac("session", "1."), s, false},
	} {
		var value map[string]string
		require.Equal(t, tt.opens, tt.signer.open(tt.purpose, tt.signed, &value), tt.name)
	}
	require.NotEqual(t, s.mac("csrf", "x"), s.mac("csrfx", ""), "where the purpose ends is signed as well")
}

func FuzzOpen(f *testing.F) {
	s := signerOf([]byte(strings.Repeat("k", 32)), "shop")
	good := s.sign(purposeSession, session{ID: "1", OpenID: "alice"})
	for _, seed := range []string{good, "", ".", "1.", "1..", "2." + good[2:], good[2:], good + "A"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, signed string) {
		var own session
		if s.open(purposeSession, signed, &own) && signed != good {
			t.Fatalf("forged: %q", signed)
		}
	})
}
