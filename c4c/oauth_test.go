package c4c

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/stretchr/testify/require"
)

const oauthSecret = "secret-of-the-oauth-client"

// keyPair makes a key and the certificate that the tenant knows.
func keyPair(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// tokens is the token service of a tenant that trusts one certificate.
type tokens struct {
	f      *fake
	pair   tls.Certificate
	answer func(w http.ResponseWriter, token string) // nil: an hour

	mu    sync.Mutex
	given int
	good  string
	forms []url.Values
}

// oauthTenant is a tenant that accepts only access tokens.
func oauthTenant(t *testing.T, change ...func(*Options)) (*Client, *fake, *tokens) {
	t.Helper()
	s := &tokens{pair: keyPair(t)}
	c, f := setup(t, SocialOData, append([]func(*Options){func(o *Options) {
		o.User, o.Password = "", ""
		o.OAuth = &OAuth{
			ClientID: "_client", ClientSecret: oauthSecret, Issuer: "wechat-c4c", User: "CONNECTOR",
			KeyPair: func() (tls.Certificate, error) { return s.pair, nil },
		}
	}}, change...)...)
	s.f = f
	f.giveToken = s.serve
	f.proven = func(r *http.Request) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.good != "" && r.Header.Get("Authorization") == "Bearer "+s.good
	}
	return c, f, s
}

func (s *tokens) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = r.ParseForm()
	s.forms = append(s.forms, r.PostForm)
	s.given++
	s.good = fmt.Sprintf("access-token-%d", s.given)
	w.Header().Set("Content-Type", "application/json")
	if s.answer != nil {
		s.answer(w, s.good)
		return
	}
	_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":"3600","scope":"UIWC:CC_HOME"}`, s.good)
}

func (s *tokens) fetched() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.given
}

// revoke makes the tenant forget the token that it issued.
func (s *tokens) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good = "none"
}

func TestOAuth(t *testing.T) {
	t.Parallel()
	c, f, s := oauthTenant(t)
	_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li", NickName: testOpenID})
	require.NoError(t, err)
	_, err = c.FindCustomer(t.Context(), testOpenID)
	require.NoError(t, err)
	require.Equal(t, 1, s.fetched(), "one token for all")
	form := s.forms[0]
	require.Equal(t, "urn:ietf:params:oauth:grant-type:saml2-bearer", form.Get("grant_type"))
	require.Equal(t, "UIWC:CC_HOME", form.Get("scope"))
	require.Equal(t, "_client", form.Get("client_id"))
	ask := f.seen()[0]
	client, secret, _ := (&http.Request{Header: ask.header}).BasicAuth()
	require.Equal(t, []string{"_client", oauthSecret}, []string{client, secret})

	written, err := base64.RawURLEncoding.DecodeString(form.Get("assertion"))
	require.NoError(t, err)
	document := etree.NewDocument()
	require.NoError(t, document.ReadFromBytes(written))
	trusted, err := x509.ParseCertificate(s.pair.Certificate[0])
	require.NoError(t, err)
	proven, err := dsig.NewDefaultValidationContext(
		&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{trusted}}).Validate(document.Root())
	require.NoError(t, err, string(written))
	require.Equal(t, "Signature", document.Root().ChildElements()[1].Tag, "behind the issuer")
	text := func(path string) string { return proven.FindElement(path).Text() }
	require.Equal(t, "wechat-c4c", text("./saml2:Issuer"))
	require.Equal(t, "CONNECTOR", text("./saml2:Subject/saml2:NameID"))
	require.Equal(t, "_client", text("./saml2:AttributeStatement/saml2:Attribute/saml2:AttributeValue"))
	tenant, err := url.Parse(f.url)
	require.NoError(t, err)
	require.Equal(t, tenant.Host, text("./saml2:Conditions/saml2:AudienceRestriction/saml2:Audience"))
	require.Equal(t, f.url+oauthTokenPath,
		proven.FindElement("./saml2:Subject/saml2:SubjectConfirmation/saml2:SubjectConfirmationData").SelectAttrValue(
			"Recipient", ""))
}

// TestAccessTokensAreRenewed: ahead of their end, and when C4C no longer accepts them.
func TestAccessTokensAreRenewed(t *testing.T) {
	t.Parallel()
	c, _, s := oauthTenant(t)
	now := time.Now()
	c.odata.http.credentials.oauth.clock = func() time.Time { return now }
	find := func() {
		t.Helper()
		_, err := c.FindCustomer(t.Context(), testOpenID)
		require.ErrorIs(t, err, ErrNotFound)
	}
	find()
	now = now.Add(57 * time.Minute)
	find()
	require.Equal(t, 1, s.fetched())
	now = now.Add(2 * time.Minute)
	find()
	require.Equal(t, 2, s.fetched())
	s.revoke()
	find()
	require.Equal(t, 3, s.fetched())
	s.revoke()
	_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
	require.NoError(t, err, "a write is made once more as well")
	require.Equal(t, 4, s.fetched())

	var all sync.WaitGroup
	s.revoke()
	for range 8 {
		all.Go(func() {
			_, err := c.FindCustomer(t.Context(), testOpenID)
			if !errors.Is(err, ErrNotFound) && err != nil {
				t.Errorf("%v", err)
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, s.fetched(), 4+8)
}

// TestAccessTokenInAFile: a file cannot be sent a second time, and the next attempt gets through.
func TestAccessTokenInAFile(t *testing.T) {
	t.Parallel()
	c, f, s := oauthTenant(t)
	w := f.settle()
	attach := func() error {
		return c.AddTicketAttachment(t.Context(), w.ticket,
			NewAttachment{Name: "a.txt", Content: strings.NewReader("brakes")})
	}
	require.NoError(t, attach())
	s.revoke()
	require.ErrorIs(t, attach(), ErrUnavailable)
	require.NoError(t, attach())
}

// TestStrangeTokenAnswers: none is accepted as a token, and the call that needed one is not made.
func TestStrangeTokenAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer func(w http.ResponseWriter)
		class  error
	}{
		{"invalid_grant", body(400, `{"error":"invalid_grant","error_description":"Provided authorization grant is invalid. `+
			oauthSecret+`"}`), ErrUnauthorized},
		{"invalid_client", body(401, `{"error":"invalid_client"}`), ErrUnauthorized},
		{"error in 200", body(200, `{"error":"unauthorized_client"}`), ErrUnauthorized},
		{"overloaded", body(503, `{"error":"temporarily_unavailable"}`), ErrUnavailable},
		{"log-on page", body(200, "<html>Logon</html>"), ErrUnavailable},
		{"redirect", body(302, ""), ErrUnavailable},
		{"nothing", body(200, ""), ErrNotSent},
		{"null", body(200, "null"), ErrNotSent},
		{"no token", body(200, `{"token_type":"Bearer"}`), ErrNotSent},
		{"a number", body(200, `{"access_token":7}`), ErrNotSent},
		{"forbidden", body(403, ""), ErrNotAuthorized},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, f, s := oauthTenant(t)
			s.answer = func(w http.ResponseWriter, _ string) { tt.answer(w) }
			_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
			require.ErrorIs(t, err, tt.class)
			requireRedacted(t, err, oauthSecret)
			require.Equal(t, 1, s.fetched())
			for _, call := range f.seen() {
				require.Equal(t, oauthTokenPath, call.path)
			}
			s.answer = nil
			_, err = c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
			require.NoError(t, err)
		})
	}
	c, _, s := oauthTenant(t, func(o *Options) {
		o.OAuth.KeyPair = func() (tls.Certificate, error) { return tls.Certificate{}, errors.New("no such file") }
	})
	require.ErrorIs(t, c.Ping(t.Context()), ErrNotSent)
	require.Zero(t, s.fetched())
}

func body(status int, text string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// TestNewPassword: the password that replaces the old one is read without a restart.
func TestNewPassword(t *testing.T) {
	t.Parallel()
	for _, social := range []string{SocialSOAP, SocialOData} {
		password := "first-password"
		c, f := setup(t, social, func(o *Options) {
			o.Password = password
			o.ReadPassword = func() (string, error) { return password, nil }
		})
		f.proven = func(r *http.Request) bool {
			_, given, _ := r.BasicAuth()
			return given == "second-password"
		}
		_, err := c.Social().FindProfile(t.Context(), testOpenID)
		require.ErrorIs(t, err, ErrUnauthorized)
		require.Len(t, f.seen(), 1, "the same password is not tried again")
		password = "second-password"
		_, err = c.Social().FindProfile(t.Context(), testOpenID)
		require.ErrorIs(t, err, ErrNotFound)
		f.answer(http.StatusBadRequest, nil, "you said second-password")
		_, err = c.FindCustomer(t.Context(), testOpenID)
		require.NotContains(t, err.Error(), "second-password")
	}
}

// TestCertificateSendsNoUser: the transport authenticates the caller.
func TestCertificateSendsNoUser(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP, func(o *Options) { o.User, o.Password, o.Certificate = "", "", true })
	f.proven = func(r *http.Request) bool { return r.Header["Authorization"] == nil }
	_, err := c.Social().FindProfile(t.Context(), testOpenID)
	require.ErrorIs(t, err, ErrNotFound)
	require.NoError(t, c.Ping(t.Context()))
}

func TestOptionsOfTheProof(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*Options){
		func(o *Options) { o.OAuth = &OAuth{} },
		func(o *Options) { o.OAuth, o.Social = &OAuth{}, SocialOData },
		func(o *Options) { o.Certificate = true },
		func(o *Options) { o.User = "" },
		func(o *Options) { o.Password = "" },
	} {
		o := Options{BaseURL: "https://c4c.example.com", User: "u", Password: "p", ChannelID: "W", ChannelCode: "008"}
		change(&o)
		_, err := New(o)
		require.ErrorIs(t, err, ErrRejected)
	}
}
