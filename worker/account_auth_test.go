package worker

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// writePair writes a certificate for that name instead of another.
func writePair(t *testing.T, c config.C4C, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(c.ClientCert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(c.ClientKey, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
		0o600))
}

// TestCertificateOfTheTenant: each new connection shows the certificate that the files contain at that time.
func TestCertificateOfTheTenant(t *testing.T) {
	t.Parallel()
	var shown []string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		shown = append(shown, r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	dir := t.TempDir()
	c := config.C4C{Auth: config.AuthCertificate, ClientCert: filepath.Join(dir, "crt"),
		ClientKey: filepath.Join(dir, "key"), MaxParallel: 1}
	over := C4CConnections(c)
	over.TLSClientConfig.RootCAs = x509.NewCertPool()
	over.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	client := &http.Client{Transport: over}
	_, err := client.Get(server.URL)
	require.ErrorContains(t, err, "certificate for C4C")
	for _, name := range []string{"first", "second"} {
		writePair(t, c, name)
		over.CloseIdleConnections()
		res, err := client.Get(server.URL)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}
	require.Equal(t, []string{"first", "second"}, shown)

	c.Auth = config.AuthBasic
	plain := C4CConnections(c)
	require.True(t, plain.TLSClientConfig == nil || plain.TLSClientConfig.GetClientCertificate == nil)
}

// TestProofOfTheTenant: the client's options follow the account's settings.
func TestProofOfTheTenant(t *testing.T) {
	t.Parallel()
	cfg := config.Development()
	require.Equal(t, "wechat", C4COptions(cfg, nil).User)
	cfg.C4C.Auth = config.AuthCertificate
	o := C4COptions(cfg, nil)
	require.True(t, o.Certificate)
	require.Empty(t, o.User+o.Password)
	cfg.C4C.Auth, cfg.C4C.OAuthClientID = config.AuthOAuth, "_1"
	o = C4COptions(cfg, nil)
	require.Equal(t, "_1", o.OAuth.ClientID)
	require.Equal(t, "wechat", o.OAuth.User)
	require.Empty(t, o.User+o.Password)
}
