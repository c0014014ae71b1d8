package wechat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tokenServer plays stable_token: it issues the current token until told otherwise.
type tokenServer struct {
	mu       sync.Mutex
	current  string
	lifetime int
	failure  string
	fetches  int
	hold     chan struct{}
}

func (s *tokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.fetches++
	doc := s.failure
	if doc == "" {
		doc = fmt.Sprintf(`{"access_token":%q,"expires_in":%d}`, s.current, s.lifetime)
	}
	hold := s.hold
	s.mu.Unlock()
	if hold != nil {
		<-hold
	}
	answer(doc)(w, r)
}

func (s *tokenServer) set(change func(*tokenServer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *tokenServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetches
}

// clock is a hand-set clock.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func setupTokens(t *testing.T, opts ...TokenOption) (*StableTokens, *tokenServer, *clock) {
	t.Helper()
	c, mux := setup(t)
	server := &tokenServer{current: "T1-aaaaaaaa", lifetime: 7200}
	mux.Handle("/cgi-bin/stable_token", server)
	clk := &clock{}
	c.now = clk.now
	return NewStableTokens(c, opts...), server, clk
}

func TestTokenShowsFingerprintOnly(t *testing.T) {
	t.Parallel()
	token := Token{Value: testAccessToken}
	require.Regexp(t, "^[0-9a-f]{8}$", token.Fingerprint())
	require.NotEqual(t, token.Fingerprint(), Token{Value: freshToken}.Fingerprint())
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("got", "token", token,
		"user", OAuthToken{AccessToken: testUserToken, RefreshToken: testRefresh, OpenID: testOpenID})
	text := log.String() + fmt.Sprintf("%v %+v %#v %s", token, token, token, token)
	user := OAuthToken{AccessToken: testUserToken, RefreshToken: testRefresh, OpenID: testOpenID, Scope: ScopeBase}
	text += fmt.Sprintf("%v %+v %#v", user, user, user)
	require.Contains(t, text, token.Fingerprint())
	for _, secret := range []string{testAccessToken, testUserToken, testRefresh, testOpenID} {
		require.NotContains(t, text, secret)
	}
}

func TestStableToken(t *testing.T) {
	t.Parallel()
	c, mux := setup(t)
	server := &tokenServer{current: "T1-aaaaaaaa", lifetime: 345}
	mux.Handle("/cgi-bin/stable_token", server)
	token, err := c.StableToken(t.Context(), false)
	require.NoError(t, err)
	require.Equal(t, "T1-aaaaaaaa", token.Value)
	require.WithinDuration(t, time.Now().Add(345*time.Second), token.ExpiresAt, 5*time.Second)

	server.set(func(s *tokenServer) { s.current = "" })
	_, err = c.StableToken(t.Context(), false)
	require.ErrorIs(t, err, ErrOutcomeUnknown)

	server.set(func(s *tokenServer) { s.failure = `{"errcode":40125,"errmsg":"invalid appsecret rid: 65-1"}` })
	_, err = c.StableToken(t.Context(), false)
	require.ErrorIs(t, err, ErrInvalidSecret)
	requireClean(t, err)
}

func TestStableTokensCacheAndFetchAhead(t *testing.T) {
	t.Parallel()
	tokens, server, clk := setupTokens(t)
	value := func() string {
		token, err := tokens.Token(t.Context())
		require.NoError(t, err)
		return token.Value
	}
	require.Equal(t, "T1-aaaaaaaa", value())
	require.Equal(t, "T1-aaaaaaaa", value())
	require.Equal(t, 1, server.count())

	// With eleven minutes remaining (jitter is two), the token is the same. With nine minutes, WeChat repeats the token
	// until it rotates, and is not asked on each call.
	clk.advance(2*time.Hour - 13*time.Minute)
	value()
	require.Equal(t, 1, server.count())
	clk.advance(6 * time.Minute)
	server.set(func(s *tokenServer) { s.lifetime = 7 * 60 })
	value()
	value()
	require.Equal(t, 2, server.count())

	// WeChat is down: the token in memory is used until it expires.
	server.set(func(s *tokenServer) { s.failure = `{"errcode":-1,"errmsg":"system error"}` })
	clk.advance(time.Minute)
	require.Equal(t, "T1-aaaaaaaa", value())
	require.Equal(t, "T1-aaaaaaaa", value())
	require.Equal(t, 3, server.count())
	clk.advance(10 * time.Minute)
	_, err := tokens.Token(t.Context())
	require.ErrorIs(t, err, ErrBusy)

	server.set(func(s *tokenServer) { s.failure, s.current, s.lifetime = "", "T2-bbbbbbbb", 7200+3600 })
	require.Equal(t, "T2-bbbbbbbb", value())
}

// A token is useless in the very second in which it expires.
func TestStableTokensExpire(t *testing.T) {
	t.Parallel()
	tokens, server, _ := setupTokens(t)
	begin := time.Unix(1750000000, 0)
	at := begin
	tokens.client.now = func() time.Time { return at }
	_, err := tokens.Token(t.Context())
	require.NoError(t, err)
	server.set(func(s *tokenServer) { s.failure = `{"errcode":-1,"errmsg":"system error"}` })

	at = begin.Add(7200*time.Second - time.Nanosecond)
	token, err := tokens.Token(t.Context())
	require.NoError(t, err, "WeChat is down, and the token still serves")
	require.Equal(t, "T1-aaaaaaaa", token.Value)
	at = begin.Add(7200 * time.Second)
	_, err = tokens.Token(t.Context())
	require.ErrorIs(t, err, ErrBusy)
	other, ok := tokens.drop(Token{Value: "T0-older"})
	require.False(t, ok, "%s", other)
}

// A caller that found no token and comes just after another's fetch uses that token.
func TestStableTokensFetchNothingTwice(t *testing.T) {
	t.Parallel()
	tokens, server, _ := setupTokens(t)
	for range 3 {
		token, err := tokens.fetch(t.Context())
		require.NoError(t, err)
		require.Equal(t, "T1-aaaaaaaa", token.Value)
	}
	require.Equal(t, 1, server.count())
}

func TestStableTokensSingleFlight(t *testing.T) {
	t.Parallel()
	tokens, server, _ := setupTokens(t)
	hold := make(chan struct{})
	server.set(func(s *tokenServer) { s.hold = hold })

	// One caller gives up during the fetch; the others still get its result.
	ctx, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error, 1)
	go func() {
		_, err := tokens.Token(ctx)
		gaveUp <- err
	}()
	require.Eventually(t, func() bool { return server.count() == 1 }, 5*time.Second, time.Millisecond)
	results := make(chan error, 20)
	for range cap(results) {
		go func() {
			token, err := tokens.Token(t.Context())
			if err == nil && token.Value != "T1-aaaaaaaa" {
				err = errors.New("wrong token")
			}
			results <- err
		}()
	}
	cancel()
	err := <-gaveUp
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorIs(t, err, context.Canceled)
	close(hold)
	for range cap(results) {
		require.NoError(t, <-results)
	}
	require.Equal(t, 1, server.count())
}

func TestStableTokensRefused(t *testing.T) {
	t.Parallel()
	t.Run("another one in memory", func(t *testing.T) {
		t.Parallel()
		tokens, server, _ := setupTokens(t)
		_, err := tokens.Token(t.Context())
		require.NoError(t, err)
		got, err := tokens.Refused(t.Context(), Token{Value: "T0-older"})
		require.NoError(t, err)
		require.Equal(t, "T1-aaaaaaaa", got.Value)
		require.Equal(t, 1, server.count())
	})
	t.Run("replaced at wechat", func(t *testing.T) {
		t.Parallel()
		tokens, server, _ := setupTokens(t)
		old, err := tokens.Token(t.Context())
		require.NoError(t, err)
		server.set(func(s *tokenServer) { s.current = "T2-bbbbbbbb" })
		got, err := tokens.Refused(t.Context(), old)
		require.NoError(t, err)
		require.Equal(t, "T2-bbbbbbbb", got.Value)
		again, err := tokens.Token(t.Context())
		require.NoError(t, err)
		require.Equal(t, got.Value, again.Value)
		require.Equal(t, 2, server.count())
	})
	t.Run("same again, no hook", func(t *testing.T) {
		t.Parallel()
		tokens, _, _ := setupTokens(t)
		old, err := tokens.Token(t.Context())
		require.NoError(t, err)
		_, err = tokens.Refused(t.Context(), old)
		require.ErrorIs(t, err, ErrTokenRefused)
	})
	t.Run("wechat is down", func(t *testing.T) {
		t.Parallel()
		tokens, server, _ := setupTokens(t)
		old, err := tokens.Token(t.Context())
		require.NoError(t, err)
		server.set(func(s *tokenServer) { s.failure = `{"errcode":40164,"errmsg":"invalid ip 203.0.113.21"}` })
		_, err = tokens.Refused(t.Context(), old)
		require.ErrorIs(t, err, ErrIPNotAllowed)
	})
}

func TestStableTokensForceRefresh(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		hook func(*tokenServer) error
		want string
		err  error
	}{
		{name: "hook replaces", want: "T2-bbbbbbbb", hook: func(s *tokenServer) error {
			s.set(func(s *tokenServer) { s.current = "T2-bbbbbbbb" })
			return nil
		}},
		{name: "hook finds it good", want: "T1-aaaaaaaa", hook: func(*tokenServer) error { return nil }},
		{name: "hook fails", hook: func(*tokenServer) error { return ErrDailyQuota }, err: ErrDailyQuota},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var server *tokenServer
			calls := make(chan string, 2)
			tokens, server, _ := setupTokens(t, WithForceRefresh(func(_ context.Context, fingerprint string) error {
				calls <- fingerprint
				return test.hook(server)
			}))
			old, err := tokens.Token(t.Context())
			require.NoError(t, err)
			got, err := tokens.Refused(t.Context(), old)
			require.ErrorIs(t, err, test.err)
			require.Equal(t, test.want, got.Value)
			require.Equal(t, old.Fingerprint(), <-calls)
			require.Empty(t, calls)
		})
	}
}

// TestClientHealsWithStableTokens revokes the token at WeChat and lets the client recover.
func TestClientHealsWithStableTokens(t *testing.T) {
	t.Parallel()
	c, mux := setup(t, func(o *Options) { o.Tokens = nil })
	server := &tokenServer{current: "T1-aaaaaaaa", lifetime: 7200}
	mux.Handle("/cgi-bin/stable_token", server)
	mux.HandleFunc(sendPath, func(w http.ResponseWriter, r *http.Request) {
		server.mu.Lock()
		valid := r.URL.Query().Get("access_token") == server.current
		server.mu.Unlock()
		if !valid {
			answer(`{"errcode":40001,"errmsg":"invalid credential"}`)(w, r)
			return
		}
		answer(`{"errcode":0}`)(w, r)
	})
	require.NoError(t, c.SendText(t.Context(), testOpenID, "one"))
	server.set(func(s *tokenServer) { s.current = "T2-bbbbbbbb" })
	require.NoError(t, c.SendText(t.Context(), testOpenID, "two"))
	require.NoError(t, c.SendText(t.Context(), testOpenID, "three"))
	require.Equal(t, 2, server.count())
}
