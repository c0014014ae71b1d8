package holder

import (
	"context"
	"errors"
	"time"

	"github.com/wechat-c4c/wechat-c4c/slots"
)

// Run asks for slots as they are needed until ctx ends.
func (h *Holder) Run(ctx context.Context) {
	lost := time.AfterFunc(time.Hour, func() {})
	defer func() { lost.Stop() }()
	said := ""
	for {
		wait, asks := h.due(at())
		if !asks || wait > 0 {
			if !h.sleep(ctx, wait) {
				return
			}
			continue
		}
		err := h.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		lost.Stop()
		lost = time.AfterFunc(h.untilLost(at()), h.lose)
		if err == nil {
			said = ""
		} else if err.Error() != said {
			h.Logger.WarnContext(ctx, "C4C's slots could not be asked for", "error", err)
			said = err.Error()
		}
	}
}

// sleep waits to be woken, and at most for wait if wait is positive. It returns false when ctx has ended.
func (h *Holder) sleep(ctx context.Context, wait time.Duration) bool {
	var timer <-chan time.Time
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-h.kick:
	case <-timer:
	case <-ctx.Done():
		return false
	}
	return true
}

// due is how long to wait until the next ask. asks is false if only a new call is a reason to ask.
func (h *Holder) due(now instant) (wait time.Duration, asks bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	holds, waits, runs := h.lease.holds(now), len(h.waiting), len(h.running)
	in := func(pace time.Duration) (time.Duration, bool) { return max(pace-now.since(h.latest.at), 0), true }
	switch {
	case h.latest.failed:
		return max(hurry-now.since(h.latest.at), 0), waits+runs > 0
	case waits > 0 && h.wants(now) > h.latest.wants: // the ledger does not know this yet
		return 0, true
	case waits > 0 && h.lease.more, waits+runs > 0 && !holds:
		return in(hurry)
	case !holds: // so the ledger has no more of it than this process
		return 0, false
	case h.latest.charged > h.lease.slots && runs <= h.lease.slots, // others wait for these slots
		h.latest.chargedPages > h.lease.pages && h.pages <= h.lease.pages:
		return 0, true
	case h.stopping && h.latest.charged > waits+runs:
		return in(hurry)
	}
	pace, _ := in(h.lease.length / 3)
	return pace, waits+runs > 0 // an unused lease runs out
}

// wants is how many slots the process could use. The caller holds the lock.
func (h *Holder) wants(now instant) int {
	switch {
	case h.stopping:
		return min(len(h.running)+len(h.waiting), h.Most)
	case h.need.isPressed(now):
		return h.Most
	}
	return min(max(h.need.peak[0], h.need.peak[1], 1), h.Most)
}

// errLate reports that the ledger answered a later ask before this one.
var errLate = errors.New("slots: a later ask was answered first")

// ask sends the process's needs to the ledger and applies the answer.
func (h *Holder) ask(ctx context.Context) error {
	asked, ask := h.question()
	within, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	answer, err := h.Asker.Ask(within, ask)
	if err == nil && answer.Late {
		err = errLate
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		h.latest.at, h.latest.failed = at(), true
		return err
	}
	h.latest.charged, h.latest.failed = max(ask.Keeps, answer.Slots), false
	h.latest.chargedPages = max(ask.KeepsPages, answer.Pages)
	h.lease = lease{
		number: ask.Number, asked: asked, length: ask.Lease, room: answer.Room, slots: answer.Slots, pages: answer.Pages,
		more: answer.More,
	}
	if ask.Wants == 0 && ask.Keeps == 0 {
		h.lease = lease{}
	}
	h.dispatch()
	h.Changed()
	return nil
}

// question is the next ask. From now on the process begins no more calls than the ask states.
func (h *Holder) question() (instant, slots.Ask) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := at()
	ask := slots.Ask{
		Process: h.Process, Number: h.latest.number + 1, Cap: h.Cap, CallTime: h.CallTime,
		Wants: h.wants(now), Keeps: len(h.running), KeepsPages: h.pages, Lease: calmLease, Longest: h.longest(now),
		Ended: h.need.ended[0] + h.need.ended[1],
	}
	if h.need.isPressed(now) {
		ask.Lease = pressedLease
	}
	if h.lease.holds(now) {
		ask.Held = h.lease.number
		h.lease.slots = min(h.lease.slots, ask.Wants)
		h.lease.pages = min(h.lease.pages, h.lease.slots)
		ask.Keeps, ask.KeepsPages = max(ask.Keeps, h.lease.slots), max(ask.KeepsPages, h.lease.pages)
	} else {
		h.lease.slots, ask.Over = 0, true
	}
	h.need.peak = [2]int{h.load(), h.need.peak[0]}
	h.latest = latest{
		at: now, number: ask.Number, wants: ask.Wants, charged: max(h.latest.charged, ask.Keeps),
		chargedPages: max(h.latest.chargedPages, ask.KeepsPages),
	}
	return now, ask
}

// longest is how long the slowest recent call took, or has taken so far. The caller holds the lock.
func (h *Holder) longest(now instant) time.Duration {
	longest := max(h.need.longest[0], h.need.longest[1])
	for c := range h.running {
		longest = max(longest, now.since(c.began))
	}
	return longest
}

// untilLost is how long the running calls may continue without another answer.
func (h *Holder) untilLost(now instant) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(h.lease.length+h.lease.room-now.since(h.lease.asked), 0)
}

// lose cancels the running calls when the lease and its room have run out.
func (h *Holder) lose() {
	if h.untilLost(at()) > 0 {
		return // another answer has arrived, with a timer of its own
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.running {
		if c.cancel != nil {
			c.cancel(ErrLeaseLost)
		}
	}
}

// Stop makes the process give up unused slots as its last calls end.
func (h *Holder) Stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopping = true
	h.wake()
}

// GiveBack gives all slots back. Call it when no call is running and Run has ended.
func (h *Holder) GiveBack(ctx context.Context) error {
	h.mu.Lock()
	gives := h.latest.charged > 0 || h.lease.holds(at()) || h.latest.failed
	h.stopping, h.lease = true, lease{}
	h.mu.Unlock()
	if !gives {
		return nil
	}
	return h.ask(ctx)
}
