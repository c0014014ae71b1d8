package wechat

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	refreshAhead  = 10 * time.Minute // a token with less time remaining is fetched again,
	refreshJitter = 2 * time.Minute  // up to this much later in each process
	refetchPause  = 30 * time.Second // WeChat repeats the same token until it rotates: do not ask on every call
	fetchTimeout  = 20 * time.Second
)

// TokenOption configures [StableTokens].
type TokenOption func(*StableTokens)

// WithForceRefresh sets the hook that [StableTokens.Refused] calls if WeChat refuses the very token that stable_token
// issues. The hook gets the fingerprint of the refused token. It has the token replaced ([Client.StableToken] with
// force) by a process that may do that, or finds that WeChat accepts the token after all ([Client.TryToken]), and
// then returns. Without a hook Refused fails with [ErrTokenRefused].
func WithForceRefresh(hook func(ctx context.Context, refusedFingerprint string) error) TokenOption {
	return func(s *StableTokens) { s.forceRefresh = hook }
}

// StableTokens is a [TokenSource] that keeps the token of stable_token in memory. Concurrent callers share one fetch.
// It fetches again when less than about 10 minutes remain; if that fails, the old token is used until it expires.
// Processes need no shared store: WeChat gives all of them the same token.
type StableTokens struct {
	client       *Client
	forceRefresh func(context.Context, string) error
	flight       singleflight.Group

	mu      sync.Mutex
	cached  Token
	renewAt time.Time
}

// NewStableTokens returns a source that fetches through c, which may itself use another source.
func NewStableTokens(c *Client, opts ...TokenOption) *StableTokens {
	s := &StableTokens{client: c}
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// Token returns the token in memory, or fetches one.
func (s *StableTokens) Token(ctx context.Context) (Token, error) {
	cached, due := s.current()
	if !due {
		return cached, nil
	}
	fresh, err := s.fetch(ctx)
	if err != nil && cached.Value != "" {
		s.postpone()
		return cached, nil
	}
	return fresh, err
}

// Refused drops the refused token and returns another: the one in memory if it has been replaced in the meantime,
// otherwise the one that stable_token issues (normal mode). If that is the refused one again, it calls the hook of
// [WithForceRefresh] and fetches once more.
func (s *StableTokens) Refused(ctx context.Context, refused Token) (Token, error) {
	if other, ok := s.drop(refused); ok {
		return other, nil
	}
	fresh, err := s.fetch(ctx)
	if err != nil || fresh.Value != refused.Value {
		return fresh, err
	}
	s.drop(refused)
	if s.forceRefresh == nil {
		return Token{}, ErrTokenRefused
	}
	if err := s.forceRefresh(ctx, refused.Fingerprint()); err != nil {
		return Token{}, err
	}
	return s.fetch(ctx)
}

// current returns the valid token in memory, if any, and whether it is time to fetch.
func (s *StableTokens) current() (Token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.client.now()
	if !now.Before(s.cached.ExpiresAt) {
		return Token{}, true
	}
	return s.cached, !now.Before(s.renewAt)
}

// drop forgets the refused token. It returns the token in memory if that is a different, valid one.
func (s *StableTokens) drop(refused Token) (Token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cached.Value == refused.Value {
		s.cached = Token{}
	}
	return s.cached, s.cached.Value != "" && s.client.now().Before(s.cached.ExpiresAt)
}

// postpone keeps the token in memory in use for a while after a failed fetch.
func (s *StableTokens) postpone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewAt = s.client.now().Add(refetchPause)
}

// fetch shares one call between all waiting callers. The call outlives a caller that gives up, for the others' sake.
func (s *StableTokens) fetch(ctx context.Context) (Token, error) {
	results := s.flight.DoChan("", func() (any, error) {
		// A caller that found no token before the last fetch ended may get here after it.
		if token, due := s.current(); !due {
			return token, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		token, err := s.client.StableToken(ctx, false)
		if err == nil {
			s.keep(token)
		}
		return token, err
	})
	select {
	case r := <-results:
		return r.Val.(Token), r.Err
	case <-ctx.Done():
		return Token{}, &TransportError{Op: "stable_token", Unsent: true, Err: context.Cause(ctx)}
	}
}

func (s *StableTokens) keep(token Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cached = token
	s.renewAt = token.ExpiresAt.Add(-refreshAhead + rand.N(refreshJitter))
	if earliest := s.client.now().Add(refetchPause); s.renewAt.Before(earliest) {
		s.renewAt = earliest
	}
}
