package holder_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wechat-c4c/wechat-c4c/slots"
	"github.com/wechat-c4c/wechat-c4c/slots/holder"
)

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
