package c4csim

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// OAuthClient is an administrator's registration: an identity provider with its certificate, and a client. With it the
// tenant issues access tokens for SAML bearer assertions, and accepts them for OData, not for SOAP.
type OAuthClient struct {
	ID, Secret, Scope string
	Issuer            string            // name of the identity provider
	Certificate       *x509.Certificate // of the key that signs assertions
	User              string            // whom assertions may be about
	Life              time.Duration     // of a token. Zero: an hour
	Alone             bool              // OData accepts only tokens
}

const (
	oauthPath  = "/sap/bc/sec/oauth2/token"
	samlBearer = "urn:ietf:params:oauth:grant-type:saml2-bearer"
)

// giveToken serves the token service.
func (s *Simulator) giveToken(c *call) answer {
	client := s.opts.OAuth
	if client == nil {
		return newAnswer(http.StatusNotFound, "text/html", []byte("<html><body>Service not active</body></html>")).refuse()
	}
	form, err := url.ParseQuery(string(c.body))
	id, secret, ok := c.r.BasicAuth()
	same := subtle.ConstantTimeCompare([]byte(id), []byte(client.ID)) & subtle.ConstantTimeCompare([]byte(secret),
		[]byte(client.Secret))
	switch {
	case c.r.Method != http.MethodPost || err != nil:
		return tokenError(http.StatusBadRequest, "invalid_request", "a form is needed")
	case !ok || same == 0:
		return tokenError(http.StatusUnauthorized, "invalid_client", "Client authentication failed")
	case form.Get("grant_type") != samlBearer:
		return tokenError(http.StatusBadRequest, "unsupported_grant_type", "Grant type is not supported")
	case form.Get("client_id") != client.ID:
		return tokenError(http.StatusBadRequest, "invalid_request", "client_id is not that of the caller")
	case form.Get("scope") != client.Scope:
		return tokenError(http.StatusBadRequest, "invalid_scope", "Scope is not granted to the client")
	}
	if err := s.checkAssertion(client, form.Get("assertion")); err != nil {
		return tokenError(http.StatusBadRequest, "invalid_grant", "Provided authorization grant is invalid: "+err.Error())
	}
	life := client.Life
	if life == 0 {
		life = time.Hour
	}
	token := rand.Text()
	s.mu.Lock()
	s.tokens[token] = s.now().Add(life)
	s.mu.Unlock()
	body, _ := json.Marshal(map[string]any{ // strings and numbers always marshal
		"access_token": token, "token_type": "Bearer", "expires_in": int(life.Seconds()), "scope": client.Scope,
	})
	return newAnswer(http.StatusOK, "application/json", body)
}

func tokenError(status int, code, description string) answer {
	body, _ := json.Marshal(map[string]string{"error": code, "error_description": description}) // strings always marshal
	return newAnswer(status, "application/json", body).refuse()
}

// bearer reports whether a request has an access token, and whether the token is valid.
func (s *Simulator) bearer(r *http.Request) (comes, good bool) {
	token, comes := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	until, known := s.tokens[token]
	return comes, known && s.now().Before(until) && !s.set.RefuseCredentials
}

// checkAssertion reports what is wrong with an assertion.
//
// Source: RFC 7522, section 3; https://github.com/SAP-archive/C4CODATAAPIDEVGUIDE.
func (s *Simulator) checkAssertion(client *OAuthClient, encoded string) error {
	content, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
	if err != nil {
		return fmt.Errorf("no Base64 as addresses have it")
	}
	document := etree.NewDocument()
	if _, err := document.ReadFrom(bytes.NewReader(content)); err != nil || document.Root() == nil {
		return fmt.Errorf("no XML")
	}
	validation := dsig.NewDefaultValidationContext(
		&dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{client.Certificate}})
	signed, err := validation.Validate(document.Root())
	if err != nil {
		return fmt.Errorf("its signature does not hold")
	}
	text := func(path string) string {
		if found := signed.FindElement(path); found != nil {
			return strings.TrimSpace(found.Text())
		}
		return ""
	}
	attr := func(path, name string) string {
		if found := signed.FindElement(path); found != nil {
			return found.SelectAttrValue(name, "")
		}
		return ""
	}
	at := func(path, name string) time.Time {
		when, _ := time.Parse(time.RFC3339, attr(path, name)) // zero: refused below
		return when
	}
	id, now := signed.SelectAttrValue("ID", ""), s.now()
	conditions, confirmation := "./Conditions", "./Subject/SubjectConfirmation/SubjectConfirmationData"
	s.mu.Lock()
	used := s.assertions[id]
	s.assertions[id] = true
	s.mu.Unlock()
	switch {
	case signed.Tag != "Assertion" || signed.SelectAttrValue("Version", "") != "2.0":
		return fmt.Errorf("no assertion of SAML 2.0")
	case id == "" || used:
		return fmt.Errorf("its ID was used before")
	case text("./Issuer") != client.Issuer:
		return fmt.Errorf("its issuer is not registered")
	case text("./Subject/NameID") != client.User:
		return fmt.Errorf("it is about somebody who is not there")
	case attr("./Subject/SubjectConfirmation", "Method") != "urn:oasis:names:tc:SAML:2.0:cm:bearer":
		return fmt.Errorf("it is not for a bearer")
	case !strings.HasSuffix(attr(confirmation, "Recipient"), oauthPath):
		return fmt.Errorf("it is for another recipient")
	case text("./Conditions/AudienceRestriction/Audience") == "":
		return fmt.Errorf("it names no audience")
	case now.Before(at(conditions, "NotBefore")) || !now.Before(at(conditions, "NotOnOrAfter")) ||
		!now.Before(at(confirmation, "NotOnOrAfter")):
		return fmt.Errorf("it is not good at this time")
	case text("./AttributeStatement/Attribute[@Name='client_id']/AttributeValue") != client.ID:
		return fmt.Errorf("it is for another client")
	}
	return nil
}
