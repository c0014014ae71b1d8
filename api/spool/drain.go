package spool

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

const (
	parallel   = 8                // lanes handed over in parallel
	handWithin = 10 * time.Second // time limit for Temporal to accept a kept event
	firstProbe = 250 * time.Millisecond
	probePause = 500 * time.Millisecond // between two calls while Temporal is unavailable
	// probeWithin is the time limit of such a call. Within it the client retries at growing intervals: a longer call
	// would notice late that Temporal is back, and later than other processes do.
	probeWithin = 2 * time.Second
	longestStay = 30 * time.Second // between two attempts at an event that fails while others succeed
)

// Run hands over the kept events, each lane in order, until ctx ends. Deliveries under way are then finished.
func (s *Spool) Run(ctx context.Context) {
	var turns sync.WaitGroup
	defer turns.Wait()
	for ctx.Err() == nil {
		l, wait := s.choose()
		if l != nil {
			turns.Go(func() { s.turn(ctx, l) })
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-s.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// Drain waits until no event waits. Run does the handing over. Its error says what remains when ctx ends.
func (s *Spool) Drain(ctx context.Context) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		left := s.Status().Waiting
		if left == 0 {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("spool: %d events are left: %w", left, ctx.Err())
		}
	}
}

// choose returns the lane whose turn it is; nil: none, and wait is when to look again.
func (s *Spool) choose() (l *lane, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	wait = time.Minute
	switch {
	case s.running >= parallel || s.away && s.running > 0:
		return nil, wait
	case s.away && now.Before(s.probe):
		return nil, s.probe.Sub(now)
	}
	if !s.away || len(s.ready) == 0 { // otherwise try another lane: perhaps only this event is not accepted
		wait = s.resume(now, wait)
	}
	if len(s.ready) == 0 {
		return nil, wait
	}
	l = heap.Pop(&s.ready).(*lane)
	l.listed, l.busy = false, true
	s.running++
	return l, 0
}

// resume lists postponed lanes that are due again, and returns when to look for the next ones. The caller holds the
// lock.
func (s *Spool) resume(now time.Time, wait time.Duration) time.Duration {
	s.putOff = slices.DeleteFunc(s.putOff, func(l *lane) bool {
		if now.Before(l.after) {
			wait = min(wait, l.after.Sub(now))
			return false
		}
		heap.Push(&s.ready, l)
		return true
	})
	return wait
}

// turn hands over the first event of a lane. Then the lane with the oldest event is next, so that what different
// processes kept at the same time is handed over at about the same time.
func (s *Spool) turn(ctx context.Context, l *lane) {
	s.handFirst(ctx, l)
	s.mu.Lock()
	defer s.mu.Unlock()
	l.busy = false
	s.running--
	s.enlist(l)
	s.nudge()
	s.tidy(l)
}

// handFirst hands over the first event of a lane.
func (s *Spool) handFirst(ctx context.Context, l *lane) {
	s.mu.Lock()
	i, limit := l.queue[0], handWithin
	if s.away {
		limit = probeWithin
	}
	s.mu.Unlock()
	r, err := s.file.read(s.o.Keys, i.id)
	if err != nil { // the next start says what to do
		s.o.Logger.Error("an event in the spool cannot be read", "id", i.id, "error", err)
		s.diskFails(l)
		return
	}
	// Deliveries under way are finished when the process stops.
	err = within(context.WithoutCancel(ctx), limit, func(ctx context.Context) error {
		return s.o.Deliver(ctx, Event{Lane: r.Lane, Account: r.Account, Kind: r.Kind, Data: r.Data})
	})
	switch err = s.judged(i, err); {
	case err == nil:
		s.handed(l, i)
	case errors.Is(err, ErrRefused):
		s.refuse(l, i, r, err)
	case errors.Is(err, ErrLaneFull):
		s.stays(l, i, err)
	default:
		s.failed(l, i, err)
	}
}

// diskFails postpones a lane whose event could not be read or moved.
func (s *Spool) diskFails(l *lane) {
	s.metrics.fails("disk")
	s.mu.Lock()
	defer s.mu.Unlock()
	l.after = s.o.Now().Add(longestStay)
}

// judged makes an error final that only this event meets and that has lasted too long: one event must not keep the
// whole spool from accepting more.
func (s *Spool) judged(i *item, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil || errors.Is(err, ErrRefused) || i.failed.IsZero() {
		return err
	}
	if s.success.After(i.failed) && s.o.Now().Sub(i.at) > s.o.MaxAge {
		return fmt.Errorf("%w: not taken for %s: %w", ErrRefused, s.o.MaxAge, err)
	}
	return err
}

// handed records that Temporal has an event. If the process ends before the file says so, the event is handed over
// again.
func (s *Spool) handed(l *lane, i *item) {
	s.mu.Lock()
	s.succeeded()
	l.alone, l.full, l.after = 0, false, time.Time{}
	s.leave(l, i)
	s.count--
	s.bytes -= i.size
	s.mu.Unlock()
	s.metrics.hands(i, s.o.Now().Sub(i.at))
	s.forget(i.id)
}

// leave removes the first event of a lane. The caller holds the lock.
func (s *Spool) leave(l *lane, i *item) {
	l.queue[0] = nil
	l.queue = l.queue[1:]
	l.bytes -= i.size
	i.gone = true
	s.oldest()
}

// forget removes an event from the file, and retries if the disk fails.
func (s *Spool) forget(id uint64) {
	s.writes.add(change{remove: id, done: func(err error) {
		if err != nil {
			s.metrics.fails("disk")
			time.AfterFunc(time.Second, func() { s.forget(id) })
		}
	}})
}

// refuse sets aside an event that Temporal will never accept.
func (s *Spool) refuse(l *lane, i *item, r record, why error) {
	r.Why = why.Error()
	value, err := seal(s.o.Keys, r)
	if err == nil {
		done := make(chan error, 1)
		s.writes.add(change{remove: i.id, refuse: value, done: func(err error) { done <- err }})
		err = <-done
	}
	if err != nil {
		s.diskFails(l)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.succeeded()
	l.alone, l.after = 0, time.Time{}
	s.leave(l, i)
	aside := *i
	aside.gone, aside.why = false, r.Why
	s.setAside(&aside)
}

// setAside records a refused event. The caller holds the lock, or is the only user.
func (s *Spool) setAside(i *item) {
	s.refused[i.id] = i
	s.metrics.refuses(i)
	s.o.Logger.Error("Temporal refuses an event for good: it is set aside in the spool", "id", i.id, "kind", i.event.Kind,
		"account", i.event.Account, "workflow_id", i.event.Lane, "why", i.why)
}

// failed postpones a lane.
func (s *Spool) failed(l *lane, i *item, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	if i.failed.IsZero() {
		i.failed = now
	}
	pause := probePause
	if !s.away { // perhaps only this event fails
		pause = min(probePause<<min(l.alone, 10), longestStay)
		l.alone++
		s.o.Logger.Warn("an event in the spool is not taken yet", "id", i.id, "workflow_id", i.event.Lane, "error", err)
	}
	s.missed()
	s.probe = now.Add(probePause)
	l.after = now.Add(pause)
}
