package spool

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// retryPause is the pause between two attempts at an event that neither Temporal nor the spool accepts.
const retryPause = 100 * time.Millisecond

// Hand hands an event over: to Temporal by try or, if Temporal does not accept it at once or earlier events of the
// lane wait, to the spool. kept reports which. It returns once one of the two has the event for good. If neither
// accepts the event, Hand retries until ctx ends; the error is then try's or wraps ErrFull or ErrDisk. Temporal may
// have accepted an event that is also kept, or that fails.
func (s *Spool) Hand(ctx context.Context, e Event, try func(context.Context) error) (kept bool, err error) {
	for {
		kept, err = s.attempt(ctx, e, try)
		if err == nil {
			return kept, nil
		}
		timer := time.NewTimer(retryPause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false, err
		}
	}
}

// Keep keeps an event without trying Temporal first.
func (s *Spool) Keep(e Event) error {
	place, err := s.encrypt(e, "")
	if err != nil {
		return err
	}
	s.mu.Lock()
	err = s.reserve(place)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.await(place)
}

func (s *Spool) attempt(ctx context.Context, e Event, try func(context.Context) error) (kept bool, err error) {
	for _, despite := range []bool{false, true} {
		f, place, failed := s.enter(ctx, e, despite)
		switch {
		case failed != nil:
			return false, failed
		case f != nil:
			return s.fly(ctx, e, f, try)
		case place != nil:
			if err = s.await(place); err == nil {
				return true, nil
			}
		}
		// Temporal seems to be unavailable, and the spool does not accept the event; Temporal may be back.
	}
	return false, err
}

// enter decides where an event goes: f is set if it is to be handed over at once, place if it is being written, and
// neither if both are impossible for the moment. despite tries it even though Temporal seems to be unavailable.
func (s *Spool) enter(ctx context.Context, e Event, despite bool) (f *flight, place *writing, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		l := s.lane(e.Lane)
		behind := l.waits()
		ahead := l.ahead(s.o.Now())
		switch {
		case (behind || s.away && !despite) && place == nil:
			s.tidy(l)
			s.mu.Unlock()
			place, err = s.encrypt(e, "")
			s.mu.Lock()
			if err != nil {
				return nil, nil, err
			}
		case behind:
			return nil, place, s.reserve(place)
		case s.away && !despite:
			if s.reserve(place) != nil {
				place = nil
			}
			s.tidy(l)
			return nil, place, nil
		case ahead == nil:
			f = &flight{since: s.o.Now(), done: make(chan struct{})}
			l.flights = append(l.flights, f)
			return f, nil, nil
		default:
			s.mu.Unlock()
			select {
			case <-ahead.done:
			case <-ctx.Done():
				err = ctx.Err()
			}
			s.mu.Lock()
			if err != nil {
				return nil, nil, err
			}
		}
	}
}

// fly hands an event over, and keeps it if Temporal does not accept it.
func (s *Spool) fly(ctx context.Context, e Event, f *flight, try func(context.Context) error) (kept bool, err error) {
	landed := false
	defer func() {
		if !landed { // try panicked
			s.mu.Lock()
			defer s.mu.Unlock()
			s.land(e.Lane, f)
		}
	}()
	failed := within(ctx, patience, try)
	refused, full := errors.Is(failed, ErrRefused), errors.Is(failed, ErrLaneFull)
	var place *writing
	if failed != nil {
		why := ""
		if refused {
			why = failed.Error()
		}
		place, err = s.encrypt(e, why)
	}
	s.mu.Lock()
	switch {
	case failed == nil || refused:
		s.succeeded()
	case full:
		s.succeeded()
		s.isFull(s.lane(e.Lane))
	case ctx.Err() == nil:
		s.missed()
	}
	if failed != nil && err == nil {
		err = s.reserve(place)
	}
	s.land(e.Lane, f)
	landed = true
	s.mu.Unlock()
	if failed == nil {
		return false, nil
	}
	if err == nil {
		err = s.await(place)
	}
	if err != nil {
		return false, fmt.Errorf("%w, and Temporal did not take it: %w", err, failed)
	}
	return true, nil
}

// land ends a flight. The caller holds the lock.
func (s *Spool) land(lane string, f *flight) {
	l := s.lanes[lane]
	l.land(f)
	s.tidy(l)
}

func within(ctx context.Context, d time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return try(ctx)
}

// encrypt prepares an event to be written. why is set for a refused one.
func (s *Spool) encrypt(e Event, why string) (*writing, error) {
	at := s.o.Now().Truncate(time.Millisecond) // the file's precision
	value, err := seal(s.o.Keys, record{
		Lane: e.Lane, Account: e.Account, Kind: e.Kind, Data: e.Data, At: at.UnixMilli(), Why: why,
	})
	if err != nil {
		return nil, err
	}
	e.Data = nil
	i := &item{event: e, at: at, size: int64(len(value)), why: why}
	return &writing{item: i, value: value, done: make(chan error, 1)}, nil
}

// reserve gives an event its place in the file, or reports that there is none. The caller holds the lock, so that
// places follow the order of arrival.
func (s *Spool) reserve(w *writing) error {
	i := w.item
	err := s.room(i.size)
	l := s.lanes[i.event.Lane]
	if err == nil && i.why == "" && l != nil {
		err = s.roomOf(l, i.size)
	}
	if err != nil {
		s.metrics.fails("full")
		return err
	}
	i.id = s.next
	s.next++
	s.count++
	s.bytes += i.size
	if i.why == "" {
		l = s.lane(i.event.Lane)
		l.writing++
		l.bytes += i.size
	}
	s.writes.add(change{put: w})
	return nil
}

// wrote receives the result of writing an event, in the order of the file.
func (s *Spool) wrote(w *writing, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := w.item
	l := s.lane(i.event.Lane)
	if i.why == "" {
		l.writing--
	}
	if err != nil {
		s.count--
		s.bytes -= i.size
		if i.why == "" {
			l.bytes -= i.size
		}
		s.diskFailed()
	} else {
		s.failing = false
		s.metrics.keeps(i)
		if i.why != "" {
			s.setAside(i)
		} else {
			l.append(i)
			s.order = append(s.order, i)
			s.enlist(l)
		}
	}
	s.tidy(l)
	w.done <- err
}

// await waits until an event is written, but not for a disk that hangs. The event may be written later, and is then
// handed over although the sender was told that it failed.
func (s *Spool) await(w *writing) error {
	timer := time.NewTimer(keepWithin)
	defer timer.Stop()
	select {
	case err := <-w.done:
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDisk, err)
		}
		return nil
	case <-timer.C:
		s.mu.Lock()
		s.diskFailed()
		s.mu.Unlock()
		return fmt.Errorf("%w within %s", ErrDisk, keepWithin)
	}
}

// missed records that Temporal did not accept something. The caller holds the lock.
func (s *Spool) missed() {
	now := s.o.Now()
	if !s.away {
		s.away = true
		s.probe = now.Add(firstProbe)
		s.o.Logger.Warn("Temporal does not answer: what comes is kept in the spool")
	}
	s.last = now
}

// succeeded records that Temporal answered. The caller holds the lock.
func (s *Spool) succeeded() {
	s.success = s.o.Now()
	if s.away {
		s.away = false
		s.o.Logger.Info("Temporal answers: the spool is handed over", "waiting", s.count-len(s.refused))
		s.nudge()
	}
}

// diskFailed records that an event was not written, and starts checking when the disk works again. The caller holds
// the lock.
func (s *Spool) diskFailed() {
	s.metrics.fails("disk")
	s.failing = true
	if !s.trying {
		s.trying = true
		time.AfterFunc(time.Second, s.tryDisk)
	}
}

func (s *Spool) tryDisk() {
	s.writes.add(change{try: true, done: func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.failing, s.trying = err != nil, err != nil
		if err != nil {
			time.AfterFunc(time.Second, s.tryDisk)
		}
	}})
}
