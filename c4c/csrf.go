package c4c

import (
	"context"
	"net/http"
	"slices"
	"sync"
)

// grant is a CSRF token and the cookies that belong to it. Technical users get none, and need none.
type grant struct {
	token      string
	cookies    []*http.Cookie
	generation int // 0: none
}

// csrfSession hands out one grant to all writers and fetches it for all of them at once.
type csrfSession struct {
	fetch func(ctx context.Context) (grant, error)
	turn  chan struct{} // held while fetching; unlike a mutex it can be waited for with a context
	mu    sync.Mutex
	now   grant
}

func newCSRFSession(fetch func(ctx context.Context) (grant, error)) *csrfSession {
	return &csrfSession{fetch: fetch, turn: make(chan struct{}, 1)}
}

// get returns a grant of a later generation than the one that was refused, 0 at first.
func (s *csrfSession) get(ctx context.Context, refused int) (grant, error) {
	if g := s.current(); g.generation > refused {
		return g, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return grant{}, &TransportError{Op: "csrf token", Unsent: true, Err: ctx.Err()}
	}
	if g := s.current(); g.generation > refused {
		return g, nil
	}
	g, err := s.fetch(ctx)
	if err != nil {
		return grant{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g.generation = s.now.generation + 1
	s.now = g
	return g, nil
}

func (s *csrfSession) current() grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// keep takes over the cookies that an answer changed, unless the session has moved on.
func (s *csrfSession) keep(generation int, changed []*http.Cookie) {
	if len(changed) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.generation == generation {
		s.now.cookies = mergeCookies(s.now.cookies, changed)
	}
}

func mergeCookies(old, changed []*http.Cookie) []*http.Cookie {
	merged := slices.Clone(old)
	for _, c := range changed {
		merged = slices.DeleteFunc(merged, func(o *http.Cookie) bool { return o.Name == c.Name })
		if c.MaxAge >= 0 {
			merged = append(merged, c)
		}
	}
	return merged
}
