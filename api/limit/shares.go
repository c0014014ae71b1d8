package limit

import (
	"context"
	"sync"
)

// Shares bound what callers hold at one time, requests or bytes: each of them, and all together. They are safe for
// concurrent use.
type Shares struct {
	each, all int64

	mu    sync.Mutex
	held  map[string]int64 // of those who hold something
	total int64
	freed chan struct{} // closed when somebody gives something back
}

// NewShares makes Shares of which each caller may hold so much, and all together so much.
func NewShares(each, all int64) *Shares {
	return &Shares{each: each, all: all, held: map[string]int64{}, freed: make(chan struct{})}
}

// Take takes n for the caller. It is false, and nothing is taken, where that is more than there is. Give it back.
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

// Wait takes n for the caller as soon as others have given enough back. It is false when ctx ends before that.
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

// Give gives back n of what the caller has taken.
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
