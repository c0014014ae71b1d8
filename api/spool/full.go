package spool

import "time"

const (
	fullPause = 5 * time.Second // between two attempts at a lane that is full
	fullShare = 8               // a lane that is full gets one part in so many of the spool
)

// isFull puts a lane off of which Temporal takes no more for now. The caller holds the lock.
func (s *Spool) isFull(l *lane) {
	l.full = true
	l.after = s.o.Now().Add(fullPause)
}

// roomOf bounds what is kept of a lane that is full: one follower must not take the room of all others. The caller
// holds the lock.
func (s *Spool) roomOf(l *lane, size int64) error {
	if l.full && (len(l.queue)+l.writing >= s.o.MaxEvents/fullShare || l.bytes+size > s.o.MaxBytes/fullShare) {
		return ErrFull
	}
	return nil
}

// stays puts a lane off that is full. The other lanes are handed over meanwhile.
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
