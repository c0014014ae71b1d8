package holder_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/slots/holder"
)

var worlds = flag.Int("worlds", 20, "how many random worlds TestModel plays")

// world is a tenant of C4C that counts its calls, a ledger that can be slow, unavailable, or on hosts whose clocks
// differ, and processes that come, go, are killed, hang and lose their connection.
type world struct {
	t      *testing.T
	cap    int
	random *rand.Rand

	mu       sync.Mutex
	ledger   slots.Ledger
	away     bool          // Temporal does not answer
	stuck    bool          // Temporal accepts asks that nobody answers yet: the worker that had them is gone
	kept     []func()      // those asks, in order
	now      int           // running calls
	most     int           // most of them at once
	pages    int           // running calls of the page
	mostPage int           // most of them at once
	busy     time.Duration // sum of calls' times
	since    time.Time     // when busy was set to zero
	began    map[int]int   // calls by process
	next     int
	asks     int // that the ledger has heard
}

func newWorld(t *testing.T, seed uint64, whole int) *world {
	return &world{t: t, cap: whole, random: rand.New(rand.NewPCG(seed, 1)), since: time.Now(), began: map[int]int{}}
}

func (w *world) within(least, most time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return least + time.Duration(w.random.Int64N(int64(most-least)+1))
}

var errAway = errors.New("nobody answers")

// process is one that calls C4C.
type process struct {
	*world
	*holder.Holder
	number int
	ctx    context.Context
	kill   context.CancelFunc

	frozen chan struct{} // closed while the process runs
	cut    bool          // from Temporal
	group  sync.WaitGroup

	woken []chan struct{} // one per kind of work: there may be more permits
}

// wake makes the process check whether there are more permits.
func (p *process) wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, woken := range p.woken {
		select {
		case woken <- struct{}{}:
		default:
		}
	}
}

// Ask delivers an ask to the ledger and its answer back.
func (p *process) Ask(ctx context.Context, ask slots.Ask) (slots.Answer, error) {
	p.thaw()
	time.Sleep(p.within(time.Millisecond, 60*time.Millisecond))
	p.mu.Lock()
	lost := p.away || p.cut || p.ctx.Err() != nil
	p.mu.Unlock()
	if lost {
		<-ctx.Done()
		p.thaw()
		return slots.Answer{}, errAway
	}
	var answer slots.Answer
	answered := make(chan struct{})
	p.hear(func() {
		skew := time.Duration(p.random.Int64N(int64(slots.ClocksDiffer))) // of the host that has the workflow
		p.asks++
		answer = p.ledger.Step(time.Now().Add(skew-slots.ClocksDiffer/2), ask)
		close(answered)
	})
	select {
	case <-answered:
	case <-ctx.Done():
		p.thaw()
		return slots.Answer{}, ctx.Err()
	}
	time.Sleep(p.within(time.Millisecond, 60*time.Millisecond))
	p.thaw()
	if ctx.Err() != nil {
		return slots.Answer{}, ctx.Err()
	}
	return answer, nil
}

// hear delivers an ask to the ledger, now or when asks are answered again, even if its process no longer waits for
// the answer.
func (w *world) hear(ask func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stuck {
		w.kept = append(w.kept, ask)
		return
	}
	ask()
}

// stick makes asks go unanswered for a while.
func (w *world) stick(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stuck {
		return
	}
	w.stuck = true
	time.AfterFunc(d, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.stuck = false
		for _, ask := range w.kept {
			ask()
		}
		w.kept = nil
	})
}

// thaw waits while the process is suspended, and reports whether it was.
func (p *process) thaw() (was bool) {
	for ; ; was = true {
		p.mu.Lock()
		frozen := p.frozen
		p.mu.Unlock()
		select {
		case <-frozen:
			return was
		default:
		}
		select {
		case <-frozen:
		case <-p.ctx.Done():
			return was
		}
	}
}

func (w *world) start() *process {
	ctx, cancel := context.WithCancel(w.t.Context())
	running := make(chan struct{})
	close(running)
	w.mu.Lock()
	w.next++
	p := &process{world: w, ctx: ctx, kill: cancel, frozen: running, number: w.next}
	w.mu.Unlock()
	p.Holder = holder.New(holder.Options{
		Process: fmt.Sprintf("process-%d", p.number), Cap: w.cap, CallTime: 30 * time.Second, Asker: p, Changed: p.wake,
	})
	p.group.Go(func() { p.Run(ctx) })
	return p
}

// call makes one call. A call that has been sent to C4C continues there, whatever happens to the process.
func (p *process) call(page bool, takes time.Duration) {
	ctx := p.ctx
	if page {
		ctx = holder.For(ctx, holder.Pages)
	}
	calling, done, err := p.Acquire(ctx)
	if err != nil {
		return
	}
	defer done()
	p.thaw()
	if !p.Alive() || p.ctx.Err() != nil {
		return // the last look before the first byte
	}
	p.enter(p.number, page)
	ended := make(chan struct{})
	time.AfterFunc(takes, func() { p.leave(page, takes); close(ended) })
	select {
	case <-ended:
		if p.thaw() {
			time.Sleep(p.within(0, 600*time.Millisecond)) // the answer is not the first thing that the process looks at
		}
	case <-calling.Done():
	}
}

func (w *world) enter(process int, page bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now++
	w.most = max(w.most, w.now)
	w.began[process]++
	if page {
		w.pages++
		w.mostPage = max(w.mostPage, w.pages)
	}
}

func (w *world) leave(page bool, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now--
	w.busy += took
	if page {
		w.pages--
	}
}

func kindOf(page bool) holder.Kind {
	if page {
		return holder.Pages
	}
	return holder.Syncs
}

// work makes calls as long as the process lives, as many at a time as it has permits for, as the SDK would.
func (p *process) work(least, most time.Duration, page bool) {
	woken := make(chan struct{}, 1)
	p.mu.Lock()
	p.woken = append(p.woken, woken)
	p.mu.Unlock()
	var issued atomic.Int32
	p.group.Go(func() {
		for p.ctx.Err() == nil {
			if int(issued.Load()) < p.Permits(kindOf(page)) {
				issued.Add(1)
				p.group.Go(func() {
					p.call(page, p.within(least, most))
					time.Sleep(p.within(5*time.Millisecond, 30*time.Millisecond)) // hands the task back and polls
					issued.Add(-1)
					p.wake()
				})
				continue
			}
			select {
			case <-woken:
			case <-p.ctx.Done():
			}
		}
	})
}

// use is the part of the cap that was used since the last look.
func (w *world) use() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	used := w.busy.Seconds() / (time.Since(w.since).Seconds() * float64(w.cap))
	w.busy, w.since = 0, time.Now()
	return used
}

func (w *world) stopAll(all []*process) {
	for _, p := range all {
		p.kill()
	}
	for _, p := range all {
		p.group.Wait()
	}
}

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

func (w *world) highest() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.most
}

func (p *process) freeze(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.frozen:
	default:
		return // it is stopped already
	}
	thawed := make(chan struct{})
	p.frozen = thawed
	time.AfterFunc(d, func() { close(thawed) })
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
