package prove

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// proxied is the proxy of the compose file, run by this machine's nginx, in front of an api that echoes its requests.
type proxied struct {
	t           *testing.T
	plain, door string // addresses
	client      *http.Client
}

// startProxy fills the template in as the image does.
func startProxy(t *testing.T) *proxied {
	t.Helper()
	binary, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("nginx is not installed (Debian: apt-get install nginx)")
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s host=%s for=%s proto=%s body=%d", r.Method, r.URL, r.Host, r.Header.Get("X-Forwarded-For"),
			r.Header.Get("X-Forwarded-Proto"), len(body))
	}))
	t.Cleanup(api.Close)
	dir := t.TempDir()
	certificate := makeCertificate(t, dir)
	plain, plainPort := free(t)
	door, doorPort := free(t)
	conf := fill(t, map[string]string{"API_ADDRESS": strings.TrimPrefix(api.URL, "http://"), "RESOLVER": "127.0.0.1"})
	conf = strings.NewReplacer("listen 80;", "listen 127.0.0.1:"+plainPort+";", "listen 443 ssl;", "listen 127.0.0.1:"+
		doorPort+" ssl;",
		"http2 on;", "", "/etc/nginx/certs", dir).Replace(conf) // nginx before 1.25 has another directive for http2
	main := filepath.Join(dir, "nginx.conf")
	require.NoError(t, os.WriteFile(main, []byte("daemon off; pid "+dir+"/pid; worker_processes 1; error_log stderr;\n"+
		"events {} http { client_body_temp_path "+dir+"/body; proxy_temp_path "+dir+"/proxy; fastcgi_temp_path "+dir+
		"/f; uwsgi_temp_path "+dir+"/u; scgi_temp_path "+dir+"/s;\n"+conf+"}\n"), 0o600))
	known := x509.NewCertPool()
	known.AddCert(certificate)
	p := &proxied{t: t, plain: plain, door: door, client: &http.Client{
		//nolint:gosec // the newest
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: known, ServerName: "service.example.com"}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	run(t, program{name: "nginx", command: []string{binary, "-p", dir, "-c", main, "-e", "stderr", "-g", asWhom(t)},
		env: os.Environ(), health: func(ctx context.Context) error {
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", door)
			if err == nil {
				_ = conn.Close()
			}
			return err
		}}).ready()
	return p
}

// asWhom keeps an nginx started by root from switching to a user who cannot read the test's files.
func asWhom(t *testing.T) string {
	t.Helper()
	if os.Geteuid() == 0 {
		return "user root;"
	}
	return ""
}

// fill substitutes the variables of the compose file's service, and nothing else.
func fill(t *testing.T, with map[string]string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "deploy/compose/proxy/default.conf.template"))
	require.NoError(t, err)
	service := loadCompose(t, filepath.Join(root, "deploy/compose/simulators.env"), nil, "proxy").service("proxy")
	conf := string(content)
	for name := range service.Environment {
		require.Contains(t, with, name)
		conf = strings.ReplaceAll(conf, "${"+name+"}", with[name])
	}
	require.NotContains(t, conf, "${", "a variable that the compose file does not give")
	return conf
}

func makeCertificate(t *testing.T, dir string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "service.example.com"},
		DNSNames:  []string{"service.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t,
		os.WriteFile(filepath.Join(dir, "tls.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600))
	require.NoError(t,
		os.WriteFile(filepath.Join(dir, "tls.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
			0o600))
	certificate, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	return certificate
}

func (p *proxied) ask(method, url string, body int) (int, string, http.Header) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, url, bytes.NewReader(make([]byte, body)))
	require.NoError(p.t, err)
	request.Host = "service.example.com"
	request.Header.Set("X-Forwarded-For", "203.0.113.9")
	answer, err := p.client.Do(request)
	require.NoError(p.t, err)
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	require.NoError(p.t, err)
	return answer.StatusCode, string(content), answer.Header
}

func TestProxyForwardsWhatIsPublic(t *testing.T) {
	t.Parallel()
	p := startProxy(t)
	for _, path := range []string{
		"/wechat?signature=a", "/wechat/shop?signature=a", "/c4c/wechat", "/c4c/events/shop", "/getWXWebToken?code=1",
		"/MP_verify_aB3.txt", "/web", "/web/", "/web/tickets/1",
	} {
		status, body, _ := p.ask(http.MethodPost, "https://"+p.door+path, 10)
		require.Equal(t, http.StatusOK, status, path)
		require.Equal(t, "POST "+path+" host=service.example.com for=127.0.0.1 proto=https body=10", body,
			"the sender is who connects, whatever they say")
	}
	for _, path := range []string{"/", "/metrics", "/codec/decode", "/livez", "/c4c", "/webx",
		"/MP_verify_a/../../metrics", "/wechatx", "/web/../metrics", "/_sim/requests", "/getWXWebToken/x"} {
		status, body, header := p.ask(http.MethodGet, "https://"+p.door+path, 0)
		require.Contains(t, []int{http.StatusNotFound, http.StatusBadRequest}, status, "%s: %s", path, body)
		require.Equal(t, "nginx", header.Get("Server"), "%s: no version is shown", path)
	}
}

func TestProxyBoundsBodies(t *testing.T) {
	t.Parallel()
	p := startProxy(t)
	for _, test := range []struct {
		path string
		mb   int
		want int
	}{
		{"/wechat", 1, http.StatusOK}, {"/wechat", 2, http.StatusRequestEntityTooLarge}, {"/web/create", 54, http.StatusOK},
		{"/web/create", 56, http.StatusRequestEntityTooLarge},
	} {
		status, _, _ := p.ask(http.MethodPost, "https://"+p.door+test.path, test.mb<<20)
		require.Equal(t, test.want, status, "%s with %d MB", test.path, test.mb)
	}
}

func TestProxySendsToTLS(t *testing.T) {
	t.Parallel()
	p := startProxy(t)
	status, _, header := p.ask(http.MethodGet, "http://"+p.plain+"/web/new?lang=zh", 0)
	require.Equal(t, http.StatusMovedPermanently, status)
	require.Equal(t, "https://service.example.com/web/new?lang=zh", header.Get("Location"))
}
