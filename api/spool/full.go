package spool

import "time"

const (
	fullPause = 5 * time.Second // between two attempts at a full lane
	fullShare = 8               // a full lane gets at most one part in this many of the spool
)

// isFull postpones a lane of which Temporal accepts no more for now. The caller holds the lock.
func (s *Spool) isFull(l *lane) {
	l.full = true
	l.after = s.o.Now().Add(fullPause)
}

// roomOf limits what is kept of a full lane: one follower must not use up the room of all others. The caller holds
// the lock.
func (s *Spool) roomOf(l *lane, size int64) error {
	if l.full && (len(l.queue)+l.writing >= s.o.MaxEvents/fullShare || l.bytes+size > s.o.MaxBytes/fullShare) {
		return ErrFull
	}
	return nil
}

// stays postpones a full lane. The other lanes are handed over in the meantime.
func (s *Spool) stays(l *lane, i *item, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i.failed.IsZero() {
		i.failed = s.o.Now()
		s.o.Logger.Warn("what is in the spool waits until its workflow has done something about what it has", "id", i.id,
			"workflow_id", i.event.Lane, "error", err)
	}
	s.succeeded()
	s.isFull(l)
}
