// Package holder is the side of a process that calls C4C: it asks the ledger of package slots for slots, keeps the
// lease on them alive while they are of use, and lets no call begin without one.
package holder

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/wechat-c4c/wechat-c4c/slots"
)

// What a lease costs is one update of a workflow each time it is renewed, which is after a third of it and while there
// are calls. So a process that is pressed, whose slots others wait for should it die, has a short one; one with little
// to do a long one; and one with nothing to do lets it run out.
const (
	pressedLease = 4 * time.Second
	calmLease    = slots.LongestLease

	pressedFor = 3 * time.Second        // how long a process counts as pressed when a call had to wait
	hurry      = 250 * time.Millisecond // how often it asks that could have more, or whose ask failed
	askWithin  = 3 * time.Second        // how long an ask may take

	lately = 5 * time.Minute // how long at least the longest call is remembered
)

// ErrLeaseLost reports that a call was given up because its lease had ended.
var ErrLeaseLost = errors.New("the lease on C4C's slots has ended: Temporal does not answer")

// Asker asks the ledger.
type Asker interface {
	Ask(ctx context.Context, ask slots.Ask) (slots.Answer, error)
}

// Options configure a Holder. All without a word on nil are required.
type Options struct {
	Process  string        // names this process, and no other that ever was
	Cap      int           // calls that may be under way at once in all processes together
	Most     int           // of them in this process; 0: all
	CallTime time.Duration // longest time of a call
	Asker    Asker
	Changed  func()       // called when Permits may say more; must not block nor call back; nil: nobody cares
	Logger   *slog.Logger // nil: none
}

// Holder holds the slots of one process for one tenant. It is safe for concurrent use.
type Holder struct {
	Options

	kick chan struct{} // asks Run not to wait

	mu       sync.Mutex
	lease    lease
	waiting  []*waiter // in the order in which they came
	running  map[*call]bool
	pages    int    // of those that are running
	files    int    // of those that are running
	need     need   // what Run asks for
	latest   latest // what Run asked
	stopping bool   // Stop was called
}

// call is a call under way.
type call struct {
	kind   Kind
	began  instant
	cancel context.CancelCauseFunc
}

// waiter is a call that waits for a slot.
type waiter struct {
	kind  Kind
	ready chan struct{} // closed when it has one
	has   *call
}

// New makes a Holder without slots. It asks for some while Run runs.
func New(o Options) *Holder {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Most == 0 {
		o.Most = o.Cap
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	return &Holder{Options: o, kick: make(chan struct{}, 1), running: map[*call]bool{}}
}

// Kind is what calls are made for.
type Kind int

// Kinds of calls. Each but the first takes at most a part of the slots.
const (
	Syncs Kind = iota // all that is not one of the others
	Pages             // what the page reads
	Files             // files of followers on their way to C4C
)

type kindKey struct{}

// For marks what is done in a context as being of a kind.
func For(ctx context.Context, kind Kind) context.Context {
	return context.WithValue(ctx, kindKey{}, kind)
}

// filesOf is how many of the slots may carry files: a file keeps its slot for as long as C4C takes for it, so the other
// half is there for messages. A process with one slot uses it for either.
func filesOf(slots int) int { return (slots + 1) / 2 }

// Acquire waits until a call may begin. The call is made with the context that it returns, which ends where the lease
// does and nobody can say any more that the call may go on; done is to be called when the call has ended.
func (h *Holder) Acquire(ctx context.Context) (_ context.Context, done func(), err error) {
	kind, _ := ctx.Value(kindKey{}).(Kind)
	for {
		w := h.enqueue(kind)
		select {
		case <-w.ready:
		case <-ctx.Done():
			h.leave(w)
			return nil, nil, ctx.Err()
		}
		calling, cancel := context.WithCancelCause(ctx)
		if h.begin(w.has, cancel) {
			return calling, sync.OnceFunc(func() { cancel(nil); h.end(w.has) }), nil
		}
		cancel(nil) // the lease ended before this goroutine ran
	}
}

// Alive reports whether the lease holds: without one nothing more may leave for C4C.
func (h *Holder) Alive() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lease.holds(at())
}

func (h *Holder) enqueue(kind Kind) *waiter {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := &waiter{kind: kind, ready: make(chan struct{})}
	h.waiting = append(h.waiting, w)
	h.dispatch()
	now := at()
	h.need.peak[0] = max(h.need.peak[0], h.load())
	if w.has == nil {
		if h.lease.holds(now) {
			h.need.pressed = now
		}
		h.wake()
	}
	return w
}

// load is how many slots would be enough for all calls. For a file it takes two, for it may have every other one. The
// caller holds the lock.
func (h *Holder) load() int {
	n := len(h.running) + len(h.waiting) + h.files
	for _, w := range h.waiting {
		if w.kind == Files {
			n++
		}
	}
	return n
}

// dispatch gives slots to those who wait. The caller holds the lock.
func (h *Holder) dispatch() {
	now := at()
	if !h.lease.holds(now) {
		return
	}
	still := h.waiting[:0]
	for _, w := range h.waiting {
		if len(h.running) >= h.lease.slots || w.kind == Pages && h.pages >= h.lease.pages ||
			w.kind == Files && h.files >= filesOf(h.lease.slots) {
			still = append(still, w)
			continue
		}
		w.has = &call{kind: w.kind, began: now}
		h.running[w.has] = true
		switch w.kind {
		case Pages:
			h.pages++
		case Files:
			h.files++
		}
		close(w.ready)
	}
	clear(h.waiting[len(still):])
	h.waiting = still
}

// begin reports whether a call may begin after all: a process that was stopped meanwhile has no lease any more.
func (h *Holder) begin(c *call, cancel context.CancelCauseFunc) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.lease.holds(at()) {
		h.drop(c)
		return false
	}
	c.cancel = cancel
	return true
}

// leave takes away somebody who waits, and the slot that they were given just then.
func (h *Holder) leave(w *waiter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if w.has != nil {
		h.drop(w.has)
		h.dispatch()
		return
	}
	for i, other := range h.waiting {
		if other == w {
			h.waiting = append(h.waiting[:i], h.waiting[i+1:]...)
			return
		}
	}
}

func (h *Holder) end(c *call) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := at()
	h.need.took(now, now.since(c.began))
	h.drop(c)
	h.dispatch()
}

// drop frees the slot of a call. The caller holds the lock.
func (h *Holder) drop(c *call) {
	if !h.running[c] {
		return
	}
	delete(h.running, c)
	switch c.kind {
	case Pages:
		h.pages--
	case Files:
		h.files--
	}
	if h.stopping || h.latest.charged > h.lease.slots || h.latest.chargedPages > h.lease.pages {
		h.wake() // others wait for what this process gives up
	}
}

// wake has Run look whether it is time to ask.
func (h *Holder) wake() {
	select {
	case h.kick <- struct{}{}:
	default: // it will look anyway
	}
}

// Permits is how many tasks of a kind whose calls need slots a process does well to take at once. There are two for
// each slot, so that a slot is of use while a task is handed back and the next one is fetched; of the page's and of
// those with files there is one more than may have a slot. Without a lease one task finds out that there is something
// to do.
func (h *Holder) Permits(kind Kind) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !h.lease.holds(at()) || h.lease.slots == 0:
		return 1
	case kind == Files:
		return filesOf(h.lease.slots) + 1
	case kind == Syncs:
		return 2 * h.lease.slots
	case h.lease.pages == 0:
		return 0
	}
	return h.lease.pages + 1
}

// Usage is how many slots the process has, how many calls are under way and how many wait.
func (h *Holder) Usage() (held, used, waiting int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lease.holds(at()) {
		held = h.lease.slots
	}
	return held, len(h.running), len(h.waiting)
}
