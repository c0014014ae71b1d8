package spool

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Entry is a kept event without its content.
type Entry struct {
	ID       uint64    `json:"id"`
	At       time.Time `json:"at"`
	Account  string    `json:"account"`
	Kind     string    `json:"kind"`
	Workflow string    `json:"workflow"`          // its lane
	Bytes    int64     `json:"bytes"`             // on disk
	Refused  string    `json:"refused,omitempty"` // why Temporal will never accept it; empty: it waits
}

// Status is the state of a spool.
type Status struct {
	Waiting int       `json:"waiting"`
	Refused int       `json:"refused"`
	Bytes   int64     `json:"bytes"`
	Oldest  time.Time `json:"oldest,omitzero"` // of the waiting events
	Away    bool      `json:"away"`            // Temporal did not answer the last call
	Full    string    `json:"full,omitempty"`  // why the spool accepts nothing more; empty: it does
}

// Status returns the state of the spool.
func (s *Spool) Status() Status {
	full := ""
	if err := s.Room(); err != nil {
		full = err.Error()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	status := Status{
		Waiting: s.count - len(s.refused), Refused: len(s.refused), Bytes: s.bytes, Away: s.away, Full: full,
	}
	if oldest := s.oldest(); oldest != nil {
		status.Oldest = oldest.at
	}
	return status
}

// List returns the kept events, oldest first.
func (s *Spool) List() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := []Entry{}
	for _, i := range s.order {
		if i != nil && !i.gone {
			entries = append(entries, i.entry())
		}
	}
	for _, i := range s.refused {
		entries = append(entries, i.entry())
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
	return entries
}

func (i *item) entry() Entry {
	return Entry{
		ID: i.id, At: i.at.Round(0).UTC(), Account: i.event.Account, Kind: i.event.Kind, Workflow: i.event.Lane,
		Bytes: i.size, Refused: i.why,
	}
}

// Retry makes all refused events wait again, and returns how many. They come after the events that their lanes
// already hold.
func (s *Spool) Retry() (int, error) {
	s.mu.Lock()
	var aside []*item
	for _, i := range s.refused {
		aside = append(aside, i)
	}
	s.mu.Unlock()
	slices.SortFunc(aside, func(a, b *item) int { return cmp.Compare(a.id, b.id) })
	for n, i := range aside {
		if err := s.settled(change{retry: i.id}); err != nil {
			return n, err
		}
		s.mu.Lock()
		delete(s.refused, i.id)
		again := *i
		again.why, again.gone, again.failed = "", false, time.Time{}
		l := s.lane(i.event.Lane)
		l.append(&again)
		l.bytes += again.size
		s.order = append(s.order, &again)
		slices.SortFunc(s.order, func(a, b *item) int { return cmp.Compare(a.id, b.id) })
		s.enlist(l)
		s.mu.Unlock()
	}
	return len(aside), nil
}

// ErrNotRefused reports that no refused event has this id.
var ErrNotRefused = errors.New("spool: no such event was refused")

// Drop deletes a refused event.
func (s *Spool) Drop(id uint64) error {
	s.mu.Lock()
	i := s.refused[id]
	s.mu.Unlock()
	if i == nil {
		return fmt.Errorf("%w: %d", ErrNotRefused, id)
	}
	if err := s.settled(change{drop: id}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.refused, id)
	s.count--
	s.bytes -= i.size
	return nil
}

// settled makes a change and waits for it.
func (s *Spool) settled(c change) error {
	done := make(chan error, 1)
	c.done = func(err error) { done <- err }
	s.writes.add(c)
	if err := <-done; err != nil {
		return fmt.Errorf("%w: %w", ErrDisk, err)
	}
	return nil
}
