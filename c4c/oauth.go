package c4c

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// OAuth is a client of C4C's OAuth 2.0 with SAML bearer assertions, the only flow that C4C offers to systems: the
// connector signs an assertion about a user of the tenant, and C4C issues an access token for it. C4C accepts such
// tokens for OData, not for SOAP. Identity provider and client are registered in C4C (Administrator, Common Tasks,
// Configure OAuth 2.0 …).
//
// Source: https://github.com/SAP-archive/C4CODATAAPIDEVGUIDE, OAuthSAMLClient.
type OAuth struct {
	ClientID, ClientSecret string
	// Issuer is the name of the identity provider, User the user that the assertion is about.
	Issuer, User string
	// KeyPair returns the RSA key that signs, and the certificate registered in C4C. It is called for each assertion.
	KeyPair func() (tls.Certificate, error)
}

const (
	oauthPath = "sap/bc/sec/oauth2/token"
	// oauthScope opens OData; no other scope does.
	oauthScope = "UIWC:CC_HOME"
	// oauthMargin is how long before its end a token is fetched again.
	oauthMargin = 2 * time.Minute
	// oauthLife is the assumed life of a token that does not state one.
	oauthLife = 10 * time.Minute
)

// oauthTokens keeps the access token for all calls, and fetches it once for all of them.
type oauthTokens struct {
	client  OAuth
	http    *transport
	address string
	host    string
	clock   func() time.Time
	turn    chan struct{} // held while fetching

	mu      sync.Mutex
	current string
	until   time.Time
}

func newOAuthTokens(o OAuth, t *transport, base *url.URL) *oauthTokens {
	return &oauthTokens{
		client: o, http: t, address: base.JoinPath(oauthPath).String(), host: base.Host, clock: time.Now,
		turn: make(chan struct{}, 1),
	}
}

// token returns a token with some time remaining.
func (o *oauthTokens) token(ctx context.Context) (string, error) {
	const op = "access token"
	if token := o.kept(); token != "" {
		return token, nil
	}
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return "", &TransportError{Op: op, Unsent: true, Err: ctx.Err()}
	}
	if token := o.kept(); token != "" {
		return token, nil
	}
	asked := o.clock()
	req, err := o.request(ctx, asked)
	if err != nil {
		return "", &TransportError{Op: op, Unsent: true, Err: err}
	}
	r, err := o.http.call(ask{op: op, req: req, want: wantToken})
	if err != nil {
		// The call that needed the token was not made, whatever the outcome of this one.
		if failed, ok := errors.AsType[*TransportError](err); ok && errors.Is(err, ErrOutcomeUnknown) {
			failed.Unsent = true
		}
		return "", err
	}
	var answer tokenAnswer
	if err := json.Unmarshal(r.body, &answer); err != nil {
		return "", r.unreadable(op)
	}
	life := oauthLife
	if seconds, err := answer.ExpiresIn.Int64(); err == nil && seconds > 0 {
		life = time.Duration(min(seconds, 24*3600)) * time.Second
	}
	o.mu.Lock()
	o.current, o.until = answer.Token, asked.Add(life-min(oauthMargin, life/2))
	o.mu.Unlock()
	o.http.credentials.mu.Lock()
	o.http.credentials.hide()
	o.http.credentials.mu.Unlock()
	return answer.Token, nil
}

// tokenAnswer is the token service's answer. Some releases write expires_in as a text.
type tokenAnswer struct {
	Token     string      `json:"access_token"`
	ExpiresIn json.Number `json:"expires_in"`
}

func (o *oauthTokens) request(ctx context.Context, now time.Time) (*http.Request, error) {
	assertion, err := o.assertion(now)
	if err != nil {
		return nil, err
	}
	form := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:saml2-bearer"}, "client_id": {o.client.ClientID},
		"scope": {oauthScope}, "assertion": {assertion},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, errors.New("address cannot be used")
	}
	req.SetBasicAuth(o.client.ClientID, o.client.ClientSecret)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	return req, nil
}

func (o *oauthTokens) kept() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.clock().Before(o.until) {
		return ""
	}
	return o.current
}

// drop forgets a token that C4C refused, and reports whether another one can be fetched.
func (o *oauthTokens) drop(refused string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.current == refused {
		o.current, o.until = "", time.Time{}
	}
	return true
}

func (o *oauthTokens) secrets() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return []string{o.client.ClientSecret, o.current}
}

// judgeToken requires a token in the answer.
func (t *transport) judgeToken(op string, r *reply) error {
	var answer struct {
		tokenAnswer
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	readable := json.Unmarshal(r.body, &answer) == nil
	switch {
	case r.status/100 == 3 || r.isPage():
		return r.failure(op)
	case readable && answer.Error != "":
		status := r.status
		if status < 400 || status == http.StatusBadRequest { // the client, its key or its user: the tenant's configuration
			status = http.StatusUnauthorized
		}
		return &ODataError{
			Op: op, Status: status, Code: t.note(answer.Error), Message: t.note(answer.Description),
			RetryAfter: r.retryAfter(time.Now()),
		}
	case r.status != http.StatusOK:
		return r.failure(op)
	case r.lossy || !readable || answer.Token == "":
		return r.unreadable(op)
	}
	return nil
}
