package holder_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/slots/holder"
)

// ledger is the workflow that shares slots, without Temporal.
type ledger struct {
	mu sync.Mutex
	slots.Ledger
}

func (l *ledger) Ask(_ context.Context, ask slots.Ask) (slots.Answer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Step(time.Now(), ask), nil
}

// Files that C4C processes slowly get half of the slots, however many wait and whatever else is running: no message
// waits for a file.
func TestFilesLeaveSlotsToMessages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		running, stop := context.WithCancel(t.Context())
		h := holder.New(holder.Options{Process: "p", Cap: 8, CallTime: time.Minute, Asker: &ledger{}})
		stopped := make(chan struct{})
		go func() { defer close(stopped); h.Run(running) }()
		var mu sync.Mutex
		var files []func() // running calls
		waiting, giveUp := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				_, done, err := h.Acquire(holder.For(waiting, holder.Files))
				if err != nil {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				files = append(files, done)
			})
		}
		count := func() int {
			time.Sleep(5 * time.Second)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return len(files)
		}
		require.Equal(t, 4, count(), "they are worth all slots, of which they get half")
		began := time.Now()
		for range 4 {
			_, done, err := h.Acquire(t.Context())
			require.NoError(t, err)
			defer done()
		}
		require.Equal(t, began, time.Now(), "no message waits")
		require.Equal(t, 4, count())
		files[0]()
		require.Equal(t, 5, count(), "the next one goes when one has ended")
		require.Equal(t, 5, h.Permits(holder.Files))
		giveUp()
		group.Wait()
		for _, done := range files {
			done()
		}
		stop()
		<-stopped
	})
}
