package config_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// keyFiles writes a certificate and its key.
func keyFiles(t *testing.T, key crypto.Signer) (cert, private string) {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	cert, private = filepath.Join(t.TempDir(), "c4c.crt"), filepath.Join(t.TempDir(), "c4c.key")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(private, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	return cert, private
}

// TestProofsForC4C: each way of authenticating reports what it lacks.
func TestProofsForC4C(t *testing.T) {
	t.Parallel()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	otherKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	cert, key := keyFiles(t, rsaKey)
	otherCert, other := keyFiles(t, otherKey)
	pair := []string{"C4C_CLIENT_CERT=" + cert, "C4C_CLIENT_KEY=" + key}
	oauth := append([]string{
		"C4C_AUTH=oauth", "C4C_SOCIAL=odata", "C4C_USER=CONNECTOR", "C4C_OAUTH_ISSUER=wechat-c4c", "C4C_OAUTH_CLIENT_ID=_1",
		"C4C_OAUTH_CLIENT_SECRET=s",
	}, pair...)
	with := func(base []string, more ...string) []string { return append(append([]string{}, base...), more...) }
	for _, tt := range []struct {
		name     string
		settings []string
		says     string
	}{
		{"unknown", []string{"C4C_AUTH=kerberos"}, "C4C_AUTH must be one of"},
		{"no password", []string{"C4C_PASSWORD="}, "C4C_PASSWORD is not set"},
		{"certificate", with(pair, "C4C_AUTH=certificate", "C4C_USER=", "C4C_PASSWORD="), ""},
		{"no certificate", []string{"C4C_AUTH=certificate"}, "C4C_CLIENT_CERT is not set"},
		{"no file", []string{"C4C_AUTH=certificate", "C4C_CLIENT_CERT=/nowhere/a", "C4C_CLIENT_KEY=/nowhere/b"},
			"no such file"},
		{"another key", []string{"C4C_AUTH=certificate", "C4C_CLIENT_CERT=" + cert, "C4C_CLIENT_KEY=" + other},
			"name no pair of certificate and key"},
		{"oauth", oauth, ""},
		{"oauth over SOAP", with(oauth, "C4C_SOCIAL=soap"), "C4C_SOCIAL must be odata with WECHAT_C4C_C4C_AUTH=oauth"},
		{"oauth without a client", with(oauth, "C4C_OAUTH_CLIENT_ID="), "C4C_OAUTH_CLIENT_ID is not set"},
		{"oauth without a secret", with(oauth, "C4C_OAUTH_CLIENT_SECRET="), "C4C_OAUTH_CLIENT_SECRET is not set"},
		{"oauth without an issuer", with(oauth, "C4C_OAUTH_ISSUER="), "C4C_OAUTH_ISSUER is not set"},
		{"oauth without a user", with(oauth, "C4C_USER="), "C4C_USER is not set"},
		{"oauth with another kind of key", with(oauth, "C4C_CLIENT_CERT="+otherCert, "C4C_CLIENT_KEY="+other),
			"must be an RSA key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := config.Load(production(tt.settings...))
			if tt.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.says)
		})
	}
}

// TestSecretsAreReadAgain: the file's content may have changed.
func TestSecretsAreReadAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(path, []byte("one\n"), 0o600))
	c, _, err := config.Load(production("C4C_PASSWORD=", "C4C_PASSWORD_FILE="+path))
	require.NoError(t, err)
	require.Equal(t, "one", c.C4C.Password.Reveal())
	require.NoError(t, os.WriteFile(path, []byte("two\n"), 0o600))
	now, err := c.SecretReader("C4C_PASSWORD")()
	require.NoError(t, err)
	require.Equal(t, "two", now)
	require.Nil(t, c.SecretReader("WECHAT_APP_SECRET"), "it came from no file")
}
