package devserver

import (
	"sync"
	"sync/atomic"
	"time"
)

// reportEvery is the time between two lines of progress.
const reportEvery = 5 * time.Second

// every calls back until the returned function is called, which waits for the last call.
func every(pause time.Duration, report func(now time.Time)) (stop func()) {
	done := make(chan struct{})
	var finished sync.WaitGroup
	finished.Go(func() {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case now := <-tick.C:
				report(now)
			}
		}
	})
	return func() {
		close(done)
		finished.Wait()
	}
}

// counter counts what is written to it.
type counter struct{ n atomic.Int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return len(b), nil
}

func (c *counter) read() int64 { return c.n.Load() }
