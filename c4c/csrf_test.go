package c4c

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func (f *fake) fetches() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if c.header.Get("x-csrf-token") == "fetch" {
			n++
		}
	}
	return n
}

func (f *fake) expireToken(token string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.token = token
}

func TestCSRFTokenIsFetchedOnce(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	var writers sync.WaitGroup
	for range 12 {
		writers.Go(func() {
			_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
			require.NoError(t, err)
		})
	}
	writers.Wait()
	require.Equal(t, 1, f.fetches())
	require.Len(t, f.rows(customerSet), 12)
	for _, seen := range f.seen() {
		require.Equal(t, 201, seen.status)
	}
}

func TestCSRFTokenIsRefreshed(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
	require.NoError(t, err)
	f.expireToken("token-1")
	var writers sync.WaitGroup
	for range 6 {
		writers.Go(func() {
			_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
			require.NoError(t, err)
		})
	}
	writers.Wait()
	require.Equal(t, 2, f.fetches(), "all writers share the second token")
	require.Len(t, f.rows(customerSet), 7)
}

func TestCSRFRefreshHappensOnce(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	f.answer(403, map[string]string{"x-csrf-token": "Required", "Content-Type": "text/plain"},
		"CSRF token validation failed")
	_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
	var refused *ODataError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, CodeCSRF, refused.Code)
	require.Len(t, f.seen(), 2)
	require.Equal(t, 2, f.fetches())
}

func TestTechnicalUserNeedsNoToken(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	f.token = ""
	for range 2 {
		_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
		require.NoError(t, err)
	}
	require.Equal(t, 1, f.fetches())
	require.Empty(t, f.seen()[0].header.Get("x-csrf-token"))
}

func TestChangedCookiesAreKept(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialOData)
	f.onRequest(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		if r.Method == http.MethodPost {
			w.Header().Add("Set-Cookie", "sticky=node7; path=/")
			w.Header().Add("Set-Cookie", "gone=; Max-Age=0")
		}
		next(w, r)
	})
	for range 2 {
		_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
		require.NoError(t, err)
	}
	require.NotContains(t, f.seen()[0].header.Get("Cookie"), "sticky=node7")
	require.Contains(t, f.seen()[1].header.Get("Cookie"), "sticky=node7")
	require.Contains(t, f.seen()[1].header.Get("Cookie"), "SAP_SESSIONID_ABC_100=")
	require.NotContains(t, f.seen()[1].header.Get("Cookie"), "gone")
}

// TestFailedFetch: whatever happens to the fetch, the write has not been sent.
func TestFailedFetch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		class  error
	}{
		{"unauthorized", 401, ErrUnauthorized}, {"forbidden", 403, ErrNotAuthorized}, {"wrong path", 404, ErrRejected},
		{"maintenance", 503, ErrUnavailable}, {"no answer", 0, ErrNotSent},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, f := setup(t, SocialOData)
			f.onRequest(func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) {
				if test.status == 0 {
					panic(http.ErrAbortHandler)
				}
				w.WriteHeader(test.status)
			})
			_, err := c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
			requireClass(t, err, test.class)
			require.Empty(t, f.seen())
			f.onRequest(nil)
			_, err = c.CreateCustomer(t.Context(), NewCustomer{LastName: "Li"})
			require.NoError(t, err, "the next write fetches again")
		})
	}
}

func TestWaitingForTokenEndsWithContext(t *testing.T) {
	t.Parallel()
	fetching, release := make(chan struct{}), make(chan struct{})
	s := newCSRFSession(func(context.Context) (grant, error) {
		close(fetching)
		<-release
		return grant{token: "a"}, nil
	})
	first := make(chan error, 1)
	go func() { _, err := s.get(t.Context()); first <- err }()
	<-fetching
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.get(ctx)
	requireClass(t, err, ErrNotSent)
	close(release)
	require.NoError(t, <-first)
	g, err := s.get(ctx)
	require.NoError(t, err, "what is there needs no waiting")
	require.Equal(t, 1, g.generation)
	s.keep(0, []*http.Cookie{{Name: "late", Value: "1"}})
	g, ok := s.current()
	require.True(t, ok)
	require.Empty(t, g.cookies, "an answer of an older session changes nothing")
}

func TestPing(t *testing.T) {
	t.Parallel()
	c, f := setup(t, SocialSOAP)
	require.NoError(t, c.Ping(t.Context()))
	require.Len(t, f.seen(), 1)
	f.onRequest(func(w http.ResponseWriter, _ *http.Request, _ http.HandlerFunc) { http.NotFound(w, nil) })
	requireClass(t, c.Ping(t.Context()), ErrRejected)
	c, _ = setup(t, SocialSOAP, func(o *Options) { o.Password = "wrong" })
	requireClass(t, c.Ping(t.Context()), ErrUnauthorized)
	require.True(t, strings.HasPrefix(c.Ping(t.Context()).Error(), "c4c: ping: "))
}
