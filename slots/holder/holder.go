// Package holder is the process's side of package slots. It asks the ledger for slots, renews the lease while it is
// useful, and lets no call to C4C begin without one.
package holder

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/wechat-c4c/wechat-c4c/slots"
)

// A lease costs one workflow update per renewal: after a third of its duration, and only while there are calls. A
// process under pressure, whose slots others would miss if it died, takes a short lease. A process with little to do
// takes a long one, and an idle process lets its lease run out.
const (
	pressedLease = 4 * time.Second
	calmLease    = slots.LongestLease

	pressedFor = 3 * time.Second        // how long a process counts as pressed after a call had to wait
	hurry      = 250 * time.Millisecond // how often to ask when more is possible or the last ask failed
	askWithin  = 3 * time.Second        // how long an ask may take

	lately = 5 * time.Minute // minimum time for which the slowest call is remembered
)

// ErrLeaseLost reports that a call was cancelled because its lease had ended.
var ErrLeaseLost = errors.New("the lease on C4C's slots has ended: Temporal does not answer")

// Asker sends an ask to the ledger.
type Asker interface {
	Ask(ctx context.Context, ask slots.Ask) (slots.Answer, error)
}

// Options configure a Holder. Fields whose comment does not mention nil or 0 are required.
type Options struct {
	Process  string        // identifies this process; no other process ever has the same name
	Cap      int           // concurrent calls in all processes together
	Most     int           // concurrent calls in this process; 0: no limit of its own
	CallTime time.Duration // longest duration of a call
	Asker    Asker
	Changed  func()       // called when Permits may return more; must not block or call back; nil: disabled
	Logger   *slog.Logger // nil: none
}

// Holder holds the slots of one process for one tenant. It is safe for concurrent use.
type Holder struct {
	Options

	kick chan struct{} // wakes Run

	mu       sync.Mutex
	lease    lease
	waiting  []*waiter // in order of arrival
	running  map[*call]bool
	pages    int    // reads of the page among the running calls
	files    int    // calls with files among the running calls
	need     need   // what Run asks for
	latest   latest // what Run last asked
	stopping bool   // Stop was called
}

// call is a running call.
type call struct {
	kind   Kind
	began  instant
	cancel context.CancelCauseFunc
}

// waiter is a call waiting for a slot.
type waiter struct {
	kind  Kind
	ready chan struct{} // closed when the waiter has a slot
	has   *call
}

// New makes a Holder without slots. It asks for slots while Run runs.
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

// Kind is the purpose of a call.
type Kind int

// Kinds of calls. Pages and Files each take at most part of the slots.
const (
	Syncs Kind = iota // everything else
	Pages             // reads of the page
	Files             // followers' files on their way to C4C
)

type kindKey struct{}

// For marks the calls of a context as being of a kind.
func For(ctx context.Context, kind Kind) context.Context {
	return context.WithValue(ctx, kindKey{}, kind)
}

// filesOf is how many of the slots may carry files. A file keeps its slot for as long as C4C takes to process it, so
// the other half is reserved for messages. A process with one slot uses it for either.
func filesOf(slots int) int { return (slots + 1) / 2 }

// Acquire waits until a call may begin and returns the context to make it with. That context is cancelled when the
// lease and its room have run out. The caller must call done when the call has ended.
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

// Alive reports whether the lease is still valid. Without a valid lease no request may be sent to C4C.
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

// load is how many slots would be enough for all calls. A file counts twice, because files may use only every other
// slot. The caller holds the lock.
func (h *Holder) load() int {
	n := len(h.running) + len(h.waiting) + h.files
	for _, w := range h.waiting {
		if w.kind == Files {
			n++
		}
	}
	return n
}

// dispatch gives slots to waiters. The caller holds the lock.
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

// begin reports whether a call may still begin: a process stopped in the meantime has no lease.
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

// leave removes a waiter, and frees the slot that it may just have been given.
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
		h.wake() // others wait for the slots this process gives up
	}
}

// wake makes Run check whether it is time to ask.
func (h *Holder) wake() {
	select {
	case h.kick <- struct{}{}:
	default: // Run will check anyway
	}
}

// Permits is how many tasks of a kind whose calls need slots the process should take at once. It is two per slot, so
// that a slot stays in use while one task is handed back and the next is fetched. For the page and for files it is
// one more than may have a slot. Without a lease it is one, to find out whether there is work.
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

// Usage returns the number of slots, of running calls and of waiting calls.
func (h *Holder) Usage() (held, used, waiting int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lease.holds(at()) {
		held = h.lease.slots
	}
	return held, len(h.running), len(h.waiting)
}
