package app

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// How long a command may be silent, and how often it then reports that it still waits.
const (
	waitSilence = 2 * time.Second
	waitRepeat  = 15 * time.Second
)

// shared is a stream that several goroutines may write to at once.
type shared struct {
	mu sync.Mutex
	w  io.Writer
}

// Write passes a whole line on.
func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// waiting reports on w what is being waited for, once that takes longer than a moment, and repeats it now and then.
// Call stop at the end.
func waiting(w io.Writer, what string) (stop func()) {
	return waitingFor(w, what, waitSilence, waitRepeat)
}

func waitingFor(w io.Writer, what string, first, next time.Duration) (stop func()) {
	done, ended, began := make(chan struct{}), make(chan struct{}), time.Now()
	go func() {
		defer close(ended)
		timer := time.NewTimer(first)
		defer timer.Stop()
		for {
			select {
			case <-done:
				return
			case <-timer.C:
				fmt.Fprintf(w, "wechat-c4c: %s (%s)\n", what, time.Since(began).Round(time.Second))
				timer.Reset(next)
			}
		}
	}()
	return sync.OnceFunc(func() { close(done); <-ended })
}
