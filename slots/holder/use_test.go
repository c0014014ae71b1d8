package holder_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Under a backlog the cap is used, with one process or many, and never exceeded.
func TestTheCapIsUsed(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 5, 8} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, uint64(n), 8)
				var all []*process
				for range n {
					all = append(all, w.start())
					all[len(all)-1].work(150*time.Millisecond, 250*time.Millisecond, false)
				}
				time.Sleep(5 * time.Second)
				w.use()
				time.Sleep(time.Minute)
				require.GreaterOrEqual(t, w.use(), 0.95)
				require.Equal(t, 8, w.most)
				require.Len(t, w.began, n, "each has its share")
				w.stopAll(all)
			})
		})
	}
}

// One process is added, one is killed: over a minute hardly any capacity is lost.
func TestTheCapIsUsedWhileProcessesComeAndGo(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 5} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, uint64(n), 8)
				var all []*process
				add := func() {
					all = append(all, w.start())
					all[len(all)-1].work(150*time.Millisecond, 250*time.Millisecond, false)
				}
				for range n {
					add()
				}
				time.Sleep(5 * time.Second)
				w.use()
				time.Sleep(10 * time.Second)
				add()
				time.Sleep(20 * time.Second)
				all[0].kill()
				time.Sleep(20 * time.Second)
				used := w.use()
				t.Logf("%d processes: %.3f of the cap", n, used)
				require.GreaterOrEqual(t, used, 0.93)
				require.Equal(t, 8, w.most)
				w.stopAll(all)
			})
		})
	}
}

// If the worker that should answer is lost, Temporal finds another one after seconds, and that one receives asks
// whose leases have ended in the meantime. The cap is used again at once.
func TestTheCapIsUsedAgainWhenAsksWereAnsweredLate(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, seed, 8)
				all := []*process{w.start(), w.start()}
				for _, p := range all {
					p.work(50*time.Millisecond, 150*time.Millisecond, false)
				}
				time.Sleep(30 * time.Second)
				w.stick(w.within(time.Second, 20*time.Second))
				time.Sleep(22 * time.Second)
				w.use()
				time.Sleep(20 * time.Second)
				require.GreaterOrEqual(t, w.use(), 0.9)
				require.Equal(t, 8, w.most)
				w.stopAll(all)
			})
		})
	}
}

// Reads of the page take at most three of eight slots, and get them even under a backlog.
func TestPagesTakeAPart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3, 8)
		all := []*process{w.start(), w.start()}
		for _, p := range all {
			p.work(500*time.Millisecond, time.Second, true)
		}
		time.Sleep(5 * time.Second)
		w.use()
		time.Sleep(time.Minute)
		require.GreaterOrEqual(t, w.use(), 0.35)
		require.Equal(t, 3, w.mostPage, "no sync is there, and still")
		for _, p := range all {
			p.work(500*time.Millisecond, time.Second, false)
		}
		time.Sleep(5 * time.Second)
		w.use()
		time.Sleep(time.Minute)
		require.GreaterOrEqual(t, w.use(), 0.95)
		require.Equal(t, 8, w.most)
		require.Equal(t, 3, w.mostPage)
		w.stopAll(all)
	})
}

// An idle process does not ask and has no slots.
func TestIdleCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, 8)
		p := w.start()
		for range 100 {
			began := time.Now()
			p.call(false, time.Second)
			require.Less(t, time.Since(began), 1200*time.Millisecond, "one ask, and it goes")
			time.Sleep(time.Hour)
			held, used, waiting := p.Usage()
			require.Zero(t, held+used+waiting)
		}
		require.Equal(t, 100, w.asks, "each call asks once")
		w.stopAll([]*process{p})
	})
}

// A process with an occasional call renews a lease at most every five seconds, and one under a backlog every 1.3.
func TestAsksAreFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, 8)
		p := w.start()
		for range 600 {
			p.call(false, 100*time.Millisecond)
			time.Sleep(time.Second)
		}
		require.LessOrEqual(t, w.asks, 600/5+2)
		before := w.asks
		p.work(50*time.Millisecond, time.Second, false)
		time.Sleep(10 * time.Minute)
		w.mu.Lock()
		asks := w.asks - before
		w.mu.Unlock()
		require.LessOrEqual(t, asks, 600*3/4+5)
		w.stopAll([]*process{p})
	})
}
