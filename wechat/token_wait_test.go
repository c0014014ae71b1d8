package wechat

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// slowTokens is a source whose answers wait for their context to end, like a refresh made by another process.
type slowTokens struct {
	fetches, refreshes bool // which of the two is slow
	dropped            atomic.Int32
}

func (s *slowTokens) Token(ctx context.Context) (Token, error) {
	if s.fetches {
		<-ctx.Done()
		return Token{}, ctx.Err()
	}
	return Token{Value: testAccessToken}, nil
}

func (s *slowTokens) Refused(ctx context.Context, _ Token) (Token, error) {
	s.dropped.Add(1)
	if s.refreshes {
		<-ctx.Done()
		return Token{}, ctx.Err()
	}
	return Token{Value: freshToken}, nil
}

// However long a token takes, the caller learns in time whether the call was made: with the same deadline, a caller
// would never see an error that comes at the end of the context's time.
func TestTokensLeaveTheCallItsTime(t *testing.T) {
	t.Parallel()
	const all, one = 2 * time.Second, 1500 * time.Millisecond
	for _, test := range []struct {
		name    string
		tokens  *slowTokens
		timeout time.Duration // of a call
		left    time.Duration // that must remain at the end
		code    Errcode       // the error's code
		sends   int32
	}{
		{"fetched too slowly", &slowTokens{fetches: true}, 500 * time.Millisecond, 400 * time.Millisecond, 0, 0},
		{"replaced too slowly", &slowTokens{refreshes: true}, 500 * time.Millisecond, 400 * time.Millisecond,
			ErrInvalidCredential, 1},
		{"a call may take longer than half the time", &slowTokens{refreshes: true}, one, all/2 - 100*time.Millisecond,
			ErrInvalidCredential, 1},
		{"nobody limits a call", &slowTokens{refreshes: true}, 0, all/2 - 100*time.Millisecond, ErrInvalidCredential, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var sends atomic.Int32
			c, mux := setup(t, func(o *Options) {
				o.Tokens = test.tokens
				o.HTTPClient = &http.Client{Timeout: test.timeout}
			})
			mux.HandleFunc("/cgi-bin/message/custom/send", func(w http.ResponseWriter, r *http.Request) {
				sends.Add(1)
				answer(`{"errcode":40001,"errmsg":"invalid credential"}`)(w, r)
			})
			ctx, cancel := context.WithTimeout(t.Context(), all)
			defer cancel()
			err := c.SendText(ctx, testOpenID, "hello")
			deadline, _ := ctx.Deadline()
			require.Greater(t, time.Until(deadline), test.left)
			require.ErrorIs(t, err, ErrNotSent)
			require.NotErrorIs(t, err, ErrOutcomeUnknown)
			if test.code != 0 {
				require.ErrorIs(t, err, test.code, "WeChat's own word")
				require.EqualValues(t, 1, test.tokens.dropped.Load(), "the next call asks for another token")
			}
			require.Equal(t, test.sends, sends.Load())
		})
	}
}

// A token that comes late is not used: the send would be cut off half-way.
func TestNoCallBeginsLate(t *testing.T) {
	t.Parallel()
	var sends atomic.Int32
	hold := make(chan struct{})
	c, mux := setup(t, func(o *Options) {
		o.Tokens = lateTokens{hold}
		o.HTTPClient = &http.Client{Timeout: 400 * time.Millisecond}
	})
	mux.HandleFunc("/cgi-bin/message/custom/send", func(w http.ResponseWriter, r *http.Request) {
		sends.Add(1)
		answer(`{"errcode":0}`)(w, r)
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	time.AfterFunc(700*time.Millisecond, func() { close(hold) })
	require.ErrorIs(t, c.SendText(ctx, testOpenID, "hello"), ErrNotSent)
	require.Zero(t, sends.Load())
	require.NoError(t, c.SendText(t.Context(), testOpenID, "hello"), "without a deadline nothing is late")
}

// lateTokens returns its token when hold is closed, whatever happens to the context.
type lateTokens struct{ hold chan struct{} }

func (l lateTokens) Token(context.Context) (Token, error) {
	<-l.hold
	return Token{Value: testAccessToken}, nil
}

func (l lateTokens) Refused(context.Context, Token) (Token, error) { return Token{}, ErrTokenRefused }
