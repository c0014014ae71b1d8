package c4c

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"
)

// grantAge is the longest that a session is used. C4C ends sessions after half an hour without use, and for
// undocumented reasons: this limits the effect of an unforeseen answer.
const grantAge = 20 * time.Minute

// grant is a CSRF token and the cookies that belong to it. Technical users get none and need none.
type grant struct {
	token      string
	cookies    []*http.Cookie
	generation int // 0: none
	fetched    time.Time
	asked      bool // fetched for the write that uses it
}

// csrfSession gives all writers the same grant and fetches it once for all of them.
type csrfSession struct {
	fetch func(ctx context.Context) (grant, error)
	clock func() time.Time
	turn  chan struct{} // held while fetching; unlike a mutex, it can be waited for with a context

	mu      sync.Mutex
	now     grant
	dropped bool // now must not be used any more
}

func newCSRFSession(fetch func(ctx context.Context) (grant, error)) *csrfSession {
	return &csrfSession{fetch: fetch, clock: time.Now, turn: make(chan struct{}, 1)}
}

// get returns a grant that is neither dropped nor too old.
func (s *csrfSession) get(ctx context.Context) (grant, error) {
	if g, ok := s.current(); ok {
		return g, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return grant{}, &TransportError{Op: "csrf token", Unsent: true, Err: ctx.Err()}
	}
	if g, ok := s.current(); ok {
		return g, nil
	}
	asked := s.clock()
	g, err := s.fetch(ctx)
	if err != nil {
		return grant{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g.generation, g.fetched = s.now.generation+1, asked
	s.now, s.dropped = g, false
	g.asked = true
	return g, nil
}

func (s *csrfSession) current() (grant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now, s.now.generation > 0 && !s.dropped && s.clock().Sub(s.now.fetched) < grantAge
}

// drop ends a session, unless another one has replaced it.
func (s *csrfSession) drop(generation int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropped = s.dropped || s.now.generation == generation
}

// keep adds the cookies that an answer changed, unless the session has been replaced.
func (s *csrfSession) keep(generation int, changed []*http.Cookie) {
	if len(changed) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.generation == generation {
		s.now.cookies = mergeCookies(s.now.cookies, changed, s.clock())
	}
}

// mergeCookies deletes cookies by Max-Age and by a past expiry, as SAP uses both.
func mergeCookies(old, changed []*http.Cookie, now time.Time) []*http.Cookie {
	merged := slices.Clone(old)
	for _, c := range changed {
		merged = slices.DeleteFunc(merged, func(o *http.Cookie) bool { return o.Name == c.Name })
		over := c.MaxAge == 0 && !c.Expires.IsZero() && !c.Expires.After(now)
		if c.MaxAge >= 0 && !over {
			merged = append(merged, c)
		}
	}
	return merged
}

// suspect reports whether a write may have failed because of its session. An error that names a reason in the data is
// not such a case. Nearly every other error has been seen after a session ended.
func suspect(err error) bool {
	if err == nil {
		return false
	}
	for _, named := range []error{ErrNotSent, ErrLocked, ErrReadOnly, ErrConflict, ErrNotFound} {
		if errors.Is(err, named) {
			return false
		}
	}
	var refused *ODataError
	if !errors.As(err, &refused) {
		return Status(err) != http.StatusTooManyRequests
	}
	switch refused.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return true
	case http.StatusTooManyRequests:
		return false
	}
	return refused.Status >= 500 || isGeneric(refused.Code) || isToken(refused) ||
		sessionWords.MatchString(refused.Message)
}

// unexecuted reports whether C4C has refused a write without executing any of it.
func unexecuted(err error) bool {
	status := Status(err)
	return status >= 400 && status < 500 && status != http.StatusRequestTimeout
}

// isToken reports whether C4C refuses the token or the session itself.
func isToken(err error) bool {
	var refused *ODataError
	return errors.As(err, &refused) && (refused.Code == CodeCSRF || refused.Code == CodeSession)
}

// Status is the HTTP status of the answer behind an error; 0: none.
func Status(err error) int {
	var (
		refused   *ODataError
		transport *TransportError
	)
	switch {
	case errors.As(err, &refused):
		return refused.Status
	case errors.As(err, &transport):
		return transport.Status
	}
	return 0
}
