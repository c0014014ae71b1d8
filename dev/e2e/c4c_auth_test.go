package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
)

// identity is a key with its certificate, and their files for the settings.
type identity struct {
	certificate *x509.Certificate
	cert, key   string
}

func newIdentity(t *testing.T) identity {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	id := identity{cert: filepath.Join(t.TempDir(), "c4c.crt"), key: filepath.Join(t.TempDir(), "c4c.key")}
	id.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(id.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(id.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return id
}

// tellsTheStory plays a follow, a message and an answer, each of which needs C4C.
func (s *scene) tellsTheStory() {
	s.t.Helper()
	ticket := s.withTicket("oAlice")
	s.c4c.post("/tickets/"+ticket.ID+"/replies", map[string]any{"text": "we are on it", "author_name": "Ann"}, nil)
	s.waitForRead("oAlice", "we are on it")
	s.say("oAlice", "thank you")
	s.waitForThread("my brakes squeal", "thank you")
}

// TestStoryWithOAuth: a tenant that accepts only access tokens. It issues them for signed assertions, and they expire.
func TestStoryWithOAuth(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	s := newStack(t, func(_ *scene, o *stack.Options) {
		before := o.C4C
		o.C4C = func(c *c4csim.Options) {
			before(c)
			c.OAuth = &c4csim.OAuthClient{
				ID: "_client", Secret: "secret-of-the-client", Scope: "UIWC:CC_HOME", Issuer: "wechat-c4c", User: "CONNECTOR",
				Certificate: id.certificate, Life: 2 * time.Second, Alone: true,
			}
		}
	}, withSettings(func(c *config.Config) {
		c.C4C.Auth, c.C4C.Social, c.C4C.User, c.C4C.Password = config.AuthOAuth, "odata", "CONNECTOR", ""
		c.C4C.ClientCert, c.C4C.ClientKey, c.C4C.OAuthIssuer = id.cert, id.key, "wechat-c4c"
		c.C4C.OAuthClientID, c.C4C.OAuthClientSecret = "_client", "secret-of-the-client"
	}))
	s.tellsTheStory()
	asked, refused := s.tokenCalls()
	require.Positive(t, asked)
	require.Zero(t, refused)
}

// tokenCalls counts the calls to the token service.
func (s *scene) tokenCalls() (asked, refused int) {
	s.t.Helper()
	var calls []struct {
		Path   string `json:"path"`
		Status int    `json:"status"`
	}
	s.c4c.get("/requests", &calls)
	for _, call := range calls {
		if call.Path == "/sap/bc/sec/oauth2/token" {
			asked++
			if call.Status != http.StatusOK {
				refused++
			}
		}
	}
	return asked, refused
}

// TestStoryWithACertificate: the tenant's front end identifies the caller by a client certificate, and lets nobody else
// in.
func TestStoryWithACertificate(t *testing.T) {
	t.Parallel()
	id := newIdentity(t)
	var shown, bare atomic.Int64
	front := httptest.NewUnstartedServer(nil)
	front.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	front.StartTLS()
	t.Cleanup(front.Close)
	s := newStack(t, func(_ *scene, o *stack.Options) {
		behind := &url.URL{Scheme: "http", Host: o.Addresses.C4C}
		pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(behind)
			r.Out.Host = behind.Host
			r.Out.SetBasicAuth(c4csim.DevUser, c4csim.DevPassword)
		}}
		front.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || !r.TLS.PeerCertificates[0].Equal(id.certificate) ||
				r.Header.Get("Authorization") != "" {
				bare.Add(1)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			shown.Add(1)
			pass.ServeHTTP(w, r)
		})
	}, withSettings(func(c *config.Config) {
		c.C4C.URL, c.C4C.Auth, c.C4C.User, c.C4C.Password = front.URL, config.AuthCertificate, "", ""
		c.C4C.ClientCert, c.C4C.ClientKey = id.cert, id.key
	}))
	s.tellsTheStory()
	require.Positive(t, shown.Load())
	require.Zero(t, bare.Load())
}
