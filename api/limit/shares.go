package limit

import (
	"context"
	"sync"
)

// Shares limit what callers hold at once, requests or bytes: each caller, and all together. They are safe for
// concurrent use.
type Shares struct {
	each, all int64

	mu    sync.Mutex
	held  map[string]int64 // by caller, for those who hold something
	total int64
	freed chan struct{} // closed when something is given back
}

// NewShares makes Shares of which each caller may hold up to each, and all together up to all.
func NewShares(each, all int64) *Shares {
	return &Shares{each: each, all: all, held: map[string]int64{}, freed: make(chan struct{})}
}

// Take takes n for the caller. If less is available, it takes nothing and returns false. Return n with Give.
func (s *Shares) Take(caller string, n int64) bool {
	ok, _ := s.take(caller, n)
	return ok
}

func (s *Shares) take(caller string, n int64) (ok bool, freed <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[caller]+n > s.each || s.total+n > s.all {
		return false, s.freed
	}
	s.held[caller] += n
	s.total += n
	return true, nil
}

// Wait takes n for the caller as soon as others have given enough back. It returns false if ctx ends first.
func (s *Shares) Wait(ctx context.Context, caller string, n int64) bool {
	if n > s.each || n > s.all {
		return false
	}
	for {
		ok, freed := s.take(caller, n)
		if ok {
			return true
		}
		select {
		case <-freed:
		case <-ctx.Done():
			return false
		}
	}
}

// Give returns n of what the caller has taken.
func (s *Shares) Give(caller string, n int64) {
	if n == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[caller] -= n; s.held[caller] <= 0 {
		delete(s.held, caller)
	}
	s.total -= n
	close(s.freed)
	s.freed = make(chan struct{})
}

// Held is what all callers hold together.
func (s *Shares) Held() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}
