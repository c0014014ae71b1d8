package holder_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var worlds = flag.Int("worlds", 20, "how many random worlds TestModel plays")

// Whatever happens, there are never more calls than the cap, and when all is well again the cap is used.
func TestModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*worlds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { play(t, seed) })
		})
	}
}

func play(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 2))
	w := newWorld(t, seed, 1+random.IntN(9))
	longest := []time.Duration{300 * time.Millisecond, 2 * time.Second, 12 * time.Second}[random.IntN(3)]
	var all, live []*process
	add := func() {
		p := w.start()
		all, live = append(all, p), append(live, p)
		p.work(50*time.Millisecond, longest, false)
		p.work(50*time.Millisecond, longest, true)
	}
	add()
	for range 60 {
		time.Sleep(time.Duration(random.Int64N(int64(3 * time.Second))))
		if len(live) == 0 {
			add()
		}
		p := live[random.IntN(len(live))]
		pause := time.Duration(random.Int64N(int64(40 * time.Second)))
		switch random.IntN(9) {
		case 0, 1:
			if len(live) < 6 {
				add()
			}
		case 2: // killed
			p.kill()
			live = remove(live, p)
		case 3: // stopped, as by SIGSTOP
			p.freeze(pause)
		case 4: // cut off from Temporal
			p.mu.Lock()
			p.cut = true
			p.mu.Unlock()
			time.AfterFunc(pause, func() { p.mu.Lock(); p.cut = false; p.mu.Unlock() })
		case 5: // Temporal is away
			w.mu.Lock()
			w.away = true
			w.mu.Unlock()
			time.AfterFunc(pause/4, func() { w.mu.Lock(); w.away = false; w.mu.Unlock() })
		case 7:
			w.stick(pause / 2)
		case 6: // told to end
			p.Stop()
			time.AfterFunc(10*time.Second, p.kill)
			live = remove(live, p)
		}
		require.LessOrEqual(t, w.highest(), w.cap, "seed %d", seed)
	}
	time.Sleep(2 * time.Minute) // all heals
	for len(live) == 0 {
		add()
	}
	time.Sleep(10 * time.Second)
	w.use()
	time.Sleep(4 * time.Minute)
	least := 0.9
	if len(live) > w.cap {
		least = 0.7 // they take turns
	}
	require.GreaterOrEqual(t, w.use(), least, "seed %d: with %d processes and a cap of %d", seed, len(live), w.cap)
	require.LessOrEqual(t, w.highest(), w.cap, "seed %d", seed)
	w.stopAll(all)
	time.Sleep(time.Minute)
}

func remove(all []*process, p *process) []*process {
	var left []*process
	for _, other := range all {
		if other != p {
			left = append(left, other)
		}
	}
	return left
}
