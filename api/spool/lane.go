package spool

import (
	"container/heap"
	"slices"
	"time"
)

// item is a kept event without its data.
type item struct {
	id     uint64
	event  Event // Data is left out
	at     time.Time
	size   int64     // on disk
	why    string    // of a refused event
	failed time.Time // when it was first not accepted
	gone   bool      // it was handed over or refused
}

// lane is one follower's waiting events, and those being handed over at this moment.
type lane struct {
	key     string
	queue   []*item // in order, written
	writing int     // further events being written
	bytes   int64   // of both, on disk
	full    bool    // Temporal accepts no more of it for now
	flights []*flight

	listed bool      // it is in Spool.ready or Spool.putOff
	busy   bool      // it is being handed over
	after  time.Time // do not hand over before
	alone  int       // how often it failed while others succeeded
}

// flight is an event that is handed over without being kept.
type flight struct {
	since time.Time
	done  chan struct{}
}

// waits reports whether the next event must be kept. An event being handed over counts until its result is known.
func (l *lane) waits() bool { return len(l.queue) > 0 || l.writing > 0 }

func (l *lane) empty() bool { return !l.waits() && len(l.flights) == 0 && !l.busy }

func (l *lane) append(i *item) { l.queue = append(l.queue, i) }

// ahead is a flight that began so long before the next event that it must not be overtaken; nil: there is none.
func (l *lane) ahead(now time.Time) *flight {
	for _, f := range l.flights {
		if now.Sub(f.since) > sideBySide {
			return f
		}
	}
	return nil
}

// land ends a flight.
func (l *lane) land(f *flight) {
	if at := slices.Index(l.flights, f); at >= 0 {
		l.flights = slices.Delete(l.flights, at, at+1)
		close(f.done)
	}
}

// lane finds or makes a lane. The caller holds the lock.
func (s *Spool) lane(key string) *lane {
	l := s.lanes[key]
	if l == nil {
		l = &lane{key: key}
		s.lanes[key] = l
	}
	return l
}

// tidy forgets an empty lane. The caller holds the lock.
func (s *Spool) tidy(l *lane) {
	if l.empty() {
		delete(s.lanes, l.key)
	}
}

// enlist schedules a lane that has events to hand over. The caller holds the lock.
func (s *Spool) enlist(l *lane) {
	if len(l.queue) > 0 && !l.listed && !l.busy {
		l.listed = true
		if s.o.Now().Before(l.after) {
			s.putOff = append(s.putOff, l)
		} else {
			heap.Push(&s.ready, l)
		}
	}
	s.nudge()
}

// byAge is a heap of lanes, the one with the oldest event first.
type byAge []*lane

func (a byAge) Len() int           { return len(a) }
func (a byAge) Less(i, j int) bool { return a[i].queue[0].id < a[j].queue[0].id }
func (a byAge) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *byAge) Push(l any)        { *a = append(*a, l.(*lane)) }

func (a *byAge) Pop() any {
	last := len(*a) - 1
	l := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	return l
}

// nudge makes Run look again.
func (s *Spool) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
