package c4c

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// credentials authenticate the caller: user and password, an OAuth access token or, with neither, the transport's
// certificate.
type credentials struct {
	user  string
	read  func() (string, error) // returns the password anew; nil: it never changes
	oauth *oauthTokens

	mu       sync.Mutex
	password string
	secrets  *strings.Replacer
}

func newCredentials(o Options) *credentials {
	c := &credentials{user: o.User, password: o.Password, read: o.ReadPassword}
	c.hide()
	return c
}

// authorize adds the credentials to a request.
func (c *credentials) authorize(ctx context.Context, req *http.Request) error {
	switch {
	case c.oauth != nil:
		token, err := c.oauth.token(ctx)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	case c.user != "":
		c.mu.Lock()
		defer c.mu.Unlock()
		req.SetBasicAuth(c.user, c.password)
	}
	return nil
}

// Authorize adds the client's credentials to a request that other code makes to the same tenant. It may fetch an
// access token.
func (c *Client) Authorize(ctx context.Context, req *http.Request) error {
	return c.odata.http.credentials.authorize(ctx, req)
}

// renew is called when C4C refused a request with 401. It reports whether the next request has other credentials.
func (c *credentials) renew(req *http.Request) bool {
	if c.oauth != nil {
		return c.oauth.drop(strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer "))
	}
	if c.read == nil {
		return false
	}
	password, err := c.read()
	c.mu.Lock()
	defer c.mu.Unlock()
	_, used, _ := req.BasicAuth()
	if err == nil && password != "" && password != c.password {
		c.password = password
		c.hide()
	}
	return c.password != used
}

// hide registers the password, as it is and in the forms in which an answer may quote it.
func (c *credentials) hide() {
	secrets := []string{c.password}
	if c.user != "" {
		secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(c.user+":"+c.password)))
	}
	if c.oauth != nil {
		secrets = append(secrets, c.oauth.secrets()...)
	}
	var pairs []string
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		quoted, _ := json.Marshal(secret)
		for _, form := range []string{
			secret, html.EscapeString(secret), string(quoted[1 : len(quoted)-1]), url.QueryEscape(secret),
			url.PathEscape(secret),
		} {
			pairs = append(pairs, form, "***")
		}
	}
	c.secrets = strings.NewReplacer(pairs...)
}

// redact removes the secrets from a text.
func (c *credentials) redact(text string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.secrets.Replace(text)
}
