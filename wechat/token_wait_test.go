package wechat

import (
	"cmp"
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
	asked, ends        time.Time // when the slow one was asked, and when its context ended
}

func (s *slowTokens) wait(ctx context.Context) (Token, error) {
	s.asked = time.Now()
	s.ends, _ = ctx.Deadline()
	<-ctx.Done()
	return Token{}, ctx.Err()
}

func (s *slowTokens) Token(ctx context.Context) (Token, error) {
	if s.fetches {
		return s.wait(ctx)
	}
	return Token{Value: testAccessToken}, nil
}

func (s *slowTokens) Refused(ctx context.Context, _ Token) (Token, error) {
	s.dropped.Add(1)
	if s.refreshes {
		return s.wait(ctx)
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
		code    Errcode       // the error's code
		sends   int32
	}{
		{"fetched too slowly", &slowTokens{fetches: true}, 500 * time.Millisecond, 0, 0},
		{"replaced too slowly", &slowTokens{refreshes: true}, 500 * time.Millisecond, ErrInvalidCredential, 1},
		{"a call may take longer than half the time", &slowTokens{refreshes: true}, one,
			ErrInvalidCredential, 1},
		{"nobody limits a call", &slowTokens{refreshes: true}, 0, ErrInvalidCredential, 1},
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
			// The call's own time remains, or half of what there was when the source was asked.
			needed := min(cmp.Or(test.timeout, defaultTimeout), deadline.Sub(test.tokens.asked)/2)
			require.GreaterOrEqual(t, deadline.Sub(test.tokens.ends), needed)
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
	c, mux := setup(t, func(o *Options) {
		o.Tokens = lateTokens{}
		o.HTTPClient = &http.Client{Timeout: 400 * time.Millisecond}
	})
	mux.HandleFunc("/cgi-bin/message/custom/send", func(w http.ResponseWriter, r *http.Request) {
		sends.Add(1)
		answer(`{"errcode":0}`)(w, r)
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	require.ErrorIs(t, c.SendText(ctx, testOpenID, "hello"), ErrNotSent)
	require.Zero(t, sends.Load())
	require.NoError(t, c.SendText(t.Context(), testOpenID, "hello"), "without a deadline nothing is late")
}

// lateTokens returns its token when the context has ended, if it ever does.
type lateTokens struct{}

func (lateTokens) Token(ctx context.Context) (Token, error) {
	if _, limited := ctx.Deadline(); limited {
		<-ctx.Done()
	}
	return Token{Value: testAccessToken}, nil
}

func (lateTokens) Refused(context.Context, Token) (Token, error) { return Token{}, ErrTokenRefused }
