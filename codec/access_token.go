package codec

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Failures of a token.
var (
	errNoToken   = errors.New("bearer token missing or wrong")
	errForbidden = errors.New("not allowed to read what is encrypted")
	errNoIssuer  = errors.New("the issuer of access tokens cannot be reached")
)

// issuerRetry is how soon an issuer that could not be asked is asked again.
const issuerRetry = 5 * time.Second

// AccessTokensOptions say whose access tokens are accepted.
type AccessTokensOptions struct {
	// Issuer is the OpenID Connect issuer, the address above /.well-known/openid-configuration; required.
	Issuer string
	// Audience must be in a token's aud; required.
	Audience string
	// Claim is what a token must hold besides, name=value, such as roles=wechat-operators: the claim is that text, or a
	// list with it. Dots lead into objects. Empty: nothing.
	Claim  string
	Client *http.Client // nil: one that waits ten seconds
	Logger *slog.Logger // nil: none
}

// AccessTokens checks JWTs of an OpenID Connect issuer: signature by the issuer's published keys, issuer, audience,
// expiry, and a claim. The issuer is asked with the first token, not before.
type AccessTokens struct {
	o           AccessTokensOptions
	claim, want string

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	failed   time.Time // when the issuer was last asked in vain
}

// NewAccessTokens checks the options and asks nobody.
func NewAccessTokens(o AccessTokensOptions) (*AccessTokens, error) {
	if o.Issuer == "" || o.Audience == "" {
		return nil, errors.New("codec: access tokens need an issuer and an audience")
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	claim, want, ok := strings.Cut(o.Claim, "=")
	if o.Claim != "" && (!ok || claim == "" || want == "") {
		return nil, errors.New("codec: a claim is written as name=value")
	}
	return &AccessTokens{o: o, claim: claim, want: want}, nil
}

// check is nil for a token that may read.
func (a *AccessTokens) check(ctx context.Context, token string) error {
	verifier, err := a.issuer()
	if err != nil {
		return err
	}
	verified, err := verifier.Verify(ctx, token)
	if err != nil {
		return fmt.Errorf("%w: %w", errNoToken, err)
	}
	if a.claim == "" {
		return nil
	}
	var claims map[string]any
	if err := verified.Claims(&claims); err != nil {
		return fmt.Errorf("%w: %w", errNoToken, err)
	}
	if !holds(claims, a.claim, a.want) {
		return errForbidden
	}
	return nil
}

// issuer gives the verifier with the issuer's keys, which it fetches and renews by itself.
func (a *AccessTokens) issuer() (*oidc.IDTokenVerifier, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.verifier != nil {
		return a.verifier, nil
	}
	if time.Since(a.failed) < issuerRetry {
		return nil, errNoIssuer
	}
	// The keys are fetched under this context for as long as the process lives, not for one request.
	provider, err := oidc.NewProvider(oidc.ClientContext(context.Background(), seldom(a.o.Client)), a.o.Issuer)
	if err != nil {
		a.failed = time.Now()
		a.o.Logger.Error("codec: the issuer of access tokens cannot be reached", "error", err)
		return nil, fmt.Errorf("%w: %w", errNoIssuer, err)
	}
	a.verifier = provider.Verifier(&oidc.Config{ClientID: a.o.Audience})
	return a.verifier, nil
}

// holds looks for a claim whose name is a path through objects, the whole name first: some issuers put addresses with
// dots.
func holds(claims map[string]any, name, want string) bool {
	switch value := claims[name].(type) {
	case string:
		return value == want
	case []any:
		return slices.Contains(value, any(want))
	}
	head, rest, ok := strings.Cut(name, ".")
	inner, isObject := claims[head].(map[string]any)
	return ok && isObject && holds(inner, rest, want)
}
