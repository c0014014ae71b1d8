// Package spool keeps on disk what Temporal does not take at once, and hands it on, in order, when Temporal is back.
//
// An event that Temporal takes within about a second never comes here. One that it does not take is written to a file
// of this process, encrypted, with one fsync for all that wait at that moment, and may be acknowledged then. Events
// have lanes, one for each follower: while anything of a lane is kept, what comes after it in the lane is kept as
// well, so that nothing overtakes. An event may be handed over twice, where the process ended in between; whoever
// takes it drops repeats by their keys.
//
// What Temporal refuses for good is set aside in the same file, where it blocks nobody and is not lost.
package spool

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.temporal.io/sdk/converter"
)

// Event is one thing that is handed over.
type Event struct {
	Lane    string // events of one lane are handed over in the order they came; readable, so no openid
	Account string // short name of the Official Account
	Kind    string // what it is, for people and metrics
	Data    []byte // what to hand over; kept encrypted
}

// Options say where a spool is and what it holds. Folder, Owner, Keys and Deliver are required.
type Options struct {
	Folder string // made where it is missing; its file is FileName
	// Owner names the installation that the events belong to: a file of another one is not opened.
	Owner string
	Keys  converter.PayloadCodec // encrypts each event; must be able to read what it wrote
	// Deliver hands a kept event over. An error that wraps ErrRefused is for good; every other one is tried again. One
	// that wraps ErrLaneFull is about the event's lane alone.
	Deliver func(ctx context.Context, e Event) error
	// MaxEvents and MaxBytes bound what is kept; MaxAge is how long the oldest may have waited while more is taken.
	MaxEvents int
	MaxBytes  int64
	MaxAge    time.Duration
	Logger    *slog.Logger     // nil: none
	Meter     metric.Meter     // nil: none
	Now       func() time.Time // nil: time.Now
}

// Limits where Options name none.
const (
	DefaultMaxEvents = 100_000
	DefaultMaxBytes  = 256 << 20
	DefaultMaxAge    = 24 * time.Hour
)

const (
	patience   = time.Second            // what Temporal gets before an event is kept
	sideBySide = 100 * time.Millisecond // events of a lane that come so close together are handed over in parallel
	afterAway  = 5 * time.Second        // how long others may still hand over what they kept while Temporal was away
	keepWithin = 3 * time.Second        // what the disk gets
	usualSize  = 4 << 10                // of an event, in bytes: where it has no room, there is none
)

// Errors that Deliver, and what Hand is given to try, may wrap.
var (
	// ErrRefused says that no repetition cures it.
	ErrRefused = errors.New("spool: refused for good")
	// ErrLaneFull says that Temporal is there, and takes no more of this lane before it has done something about what
	// it has.
	ErrLaneFull = errors.New("spool: the lane is full for now")
)

// Errors of a spool that takes nothing.
var (
	ErrFull = errors.New("spool: full")
	// ErrDisk says that the event could not be written. Whether it was is not known: handing it over again is safe.
	ErrDisk = errors.New("spool: not written")
)

// Spool is an open spool. It is safe for concurrent use.
type Spool struct {
	o       Options
	file    *file
	metrics *instruments

	mu    sync.Mutex
	lanes map[string]*lane
	ready byAge // those with something to hand over
	// putOff are those whose first event was not taken a short time ago.
	putOff []*lane
	// order is everything that waits, oldest first; what was handed over leaves it late.
	order   []*item
	refused map[uint64]*item
	next    uint64 // id of the next event
	count   int    // what waits or is being written, and what was refused
	bytes   int64
	failing bool // the last write failed
	trying  bool // it is found out whether the disk takes something again

	away    bool      // the last call to Temporal failed
	last    time.Time // when a call failed last
	success time.Time // when one succeeded last
	probe   time.Time // while it is away: when to try next
	running int       // lanes that are being handed over

	wake   chan struct{}
	writes writer
}

// Open opens the spool of a folder, or makes one. What it finds there waits to be handed over; Run does that. Its
// errors wrap ErrInUse, ErrForeign, ErrKey, ErrDamaged, or what the operating system said.
func Open(o Options) (*Spool, error) {
	if o.Folder == "" || o.Owner == "" || o.Keys == nil || o.Deliver == nil {
		return nil, errors.New("spool: folder, owner, keys and a way to deliver are required")
	}
	o = o.withDefaults()
	s := &Spool{
		o: o, lanes: map[string]*lane{}, refused: map[uint64]*item{}, next: 1, wake: make(chan struct{}, 1),
	}
	metrics, err := newInstruments(o.Meter, s)
	if err != nil {
		return nil, err
	}
	s.metrics = metrics
	found, err := openFile(o)
	if err != nil {
		metrics.close()
		return nil, err
	}
	s.file = found.file
	for _, i := range found.waiting {
		s.adopt(i)
	}
	for _, i := range found.refused {
		s.refused[i.id] = i
		s.count++
		s.bytes += i.size
	}
	s.next = found.last + 1
	s.writes.start(s.file, s.wrote)
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.MaxEvents <= 0 {
		o.MaxEvents = DefaultMaxEvents
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxAge <= 0 {
		o.MaxAge = DefaultMaxAge
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Meter == nil {
		o.Meter = noop.NewMeterProvider().Meter("")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// adopt takes over what the file held at the start.
func (s *Spool) adopt(i *item) {
	l := s.lane(i.event.Lane)
	s.count++
	s.bytes += i.size
	l.append(i)
	l.bytes += i.size
	s.order = append(s.order, i)
	s.enlist(l)
}

// Close writes what is still to be written and lets go of the file. What waits stays in it. Run must have ended.
func (s *Spool) Close() error {
	s.writes.stop()
	s.metrics.close()
	return s.file.close()
}

// Room is nil while the spool takes further events; otherwise it says why not.
func (s *Spool) Room() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing {
		return ErrDisk
	}
	return s.room(min(usualSize, s.o.MaxBytes/4))
}

// room says whether so many further bytes may be kept. The caller holds the lock.
func (s *Spool) room(size int64) error {
	if s.count >= s.o.MaxEvents || s.bytes+size > s.o.MaxBytes {
		return ErrFull
	}
	if oldest := s.oldest(); oldest != nil && s.o.Now().Sub(oldest.at) > s.o.MaxAge {
		return ErrFull
	}
	return nil
}

// oldest is what has waited longest; nil: nothing waits. The caller holds the lock.
func (s *Spool) oldest() *item {
	for len(s.order) > 0 && s.order[0].gone {
		s.order[0] = nil
		s.order = s.order[1:]
	}
	if len(s.order) == 0 {
		return nil
	}
	return s.order[0]
}

// Waits reports whether anything of a lane waits: what comes after it must wait behind it.
func (s *Spool) Waits(lane string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[lane]
	return l != nil && l.waits()
}

// Away reports whether Temporal did not answer last.
func (s *Spool) Away() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.away
}

// Late reports whether other processes may still be handing over what they kept while Temporal was away.
func (s *Spool) Late() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.last.IsZero() && s.o.Now().Sub(s.last) < afterAway
}

// Reach notes that the Temporal of this name was reached and is prepared.
func (s *Spool) Reach(name string) error { return s.file.reach(name) }

// Reached reports whether the Temporal of this name was ever reached, also before a restart.
func (s *Spool) Reached(name string) bool { return s.file.reached(name) }
