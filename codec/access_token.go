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

// issuerRetry is the pause before an issuer that could not be reached is asked again.
const issuerRetry = 5 * time.Second

// AccessTokensOptions configure whose access tokens are accepted.
type AccessTokensOptions struct {
	// Issuer is the OpenID Connect issuer, the address above /.well-known/openid-configuration; required.
	Issuer string
	// Audience must be among a token's audiences (aud); required.
	Audience string
	// Claim is a claim that a token must contain in addition, as name=value, such as roles=wechat-operators. The claim
	// must be that text, or a list that contains it. Dots in the name lead into objects. Empty: no further claim.
	Claim  string
	Client *http.Client // nil: a client with a timeout of ten seconds
	Logger *slog.Logger // nil: none
}

// AccessTokens checks JWTs of an OpenID Connect issuer: the signature against the issuer's published keys, issuer,
// audience, expiry, and a claim. It asks the issuer only once the first token has come.
type AccessTokens struct {
	o           AccessTokensOptions
	claim, want string

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier
	failed   time.Time // when the issuer could last not be reached
}

// NewAccessTokens checks the options. It makes no calls.
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

// check returns nil if the token's owner may read what is encrypted, otherwise errNoToken, errForbidden or errNoIssuer.
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

// issuer returns a verifier, which fetches and renews the issuer's keys by itself.
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

// holds reports whether a claim has the value or contains it. The name is a path through objects. The whole name is
// tried first, because some issuers use addresses with dots as names.
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
