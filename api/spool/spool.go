// Package spool keeps on disk what Temporal does not accept at once, and hands it on, in order, when Temporal is
// back.
//
// An event that Temporal accepts within about a second never enters the spool. Any other event is encrypted and
// written to this process's file, with one fsync for all events waiting at that moment; then it may be acknowledged.
// Events have lanes, one per follower: while any event of a lane is kept, later ones of the lane are kept, too, so
// that nothing overtakes. If the process ends at the wrong moment, an event may be handed over twice; the receiver
// drops repeats by their keys.
//
// What Temporal refuses for good is set aside in the same file, where it blocks nothing and is not lost.
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

// Event is one thing to hand over.
type Event struct {
	Lane    string // events of one lane are handed over in order of arrival; readable, so it must not contain an openid
	Account string // short name of the Official Account
	Kind    string // the kind of event, for people and metrics
	Data    []byte // what to hand over; stored encrypted
}

// Options configure a spool. Folder, Owner, Keys and Deliver are required.
type Options struct {
	Folder string // created if missing; the file in it is FileName
	// Owner names the installation that the events belong to. Another installation's file is not opened.
	Owner string
	Keys  converter.PayloadCodec // encrypts each event; must be able to decrypt what it wrote
	// Deliver hands a kept event over. An error that wraps ErrRefused is final; after any other the event is retried.
	// An error that wraps ErrLaneFull concerns only the event's lane.
	Deliver func(ctx context.Context, e Event) error
	// MaxEvents and MaxBytes limit what is kept. MaxAge is how long the oldest event may have waited while more are
	// accepted.
	MaxEvents int
	MaxBytes  int64
	MaxAge    time.Duration
	Logger    *slog.Logger     // nil: none
	Meter     metric.Meter     // nil: none
	Now       func() time.Time // nil: time.Now
}

// Defaults of the limits in Options.
const (
	DefaultMaxEvents = 100_000
	DefaultMaxBytes  = 256 << 20
	DefaultMaxAge    = 24 * time.Hour
)

const (
	patience   = time.Second            // how long Temporal may take before an event is kept
	sideBySide = 100 * time.Millisecond // events of a lane that arrive this close together are handed over in parallel
	afterAway  = 5 * time.Second        // how long others may still hand over what they kept while Temporal was away
	keepWithin = 3 * time.Second        // how long the disk may take
	usualSize  = 4 << 10                // size of an event, in bytes: without room for it, the spool counts as full
)

// Errors that Deliver, and the try function of Hand, may wrap.
var (
	// ErrRefused reports that repeating will not help.
	ErrRefused = errors.New("spool: refused for good")
	// ErrLaneFull reports that Temporal is reachable, but accepts no more of this lane until it has processed some of
	// it.
	ErrLaneFull = errors.New("spool: the lane is full for now")
)

// Errors of a spool that accepts nothing.
var (
	ErrFull = errors.New("spool: full")
	// ErrDisk reports that the event could not be written for certain. It is unknown whether it was; handing it over
	// again is safe.
	ErrDisk = errors.New("spool: not written")
)

// Spool is an open spool. It is safe for concurrent use.
type Spool struct {
	o       Options
	file    *file
	metrics *instruments

	mu    sync.Mutex
	lanes map[string]*lane
	ready byAge // lanes with events to hand over
	// putOff are the lanes whose first event was recently not accepted.
	putOff []*lane
	// order is everything that waits, oldest first. Events that were handed over are removed late.
	order   []*item
	refused map[uint64]*item
	next    uint64 // id of the next event
	count   int    // events that wait or are being written, and refused ones
	bytes   int64
	failing bool // the last write failed
	trying  bool // it is being checked whether the disk works again

	away    bool      // the last call to Temporal failed
	last    time.Time // when a call failed last
	success time.Time // when one succeeded last
	probe   time.Time // while it is unavailable: when to try next
	running int       // lanes being handed over

	wake   chan struct{}
	writes writer
}

// Open opens or creates the spool in a folder. Events found there wait to be handed over by Run. Its errors wrap
// ErrInUse, ErrForeign, ErrKey, ErrDamaged, or the operating system's error.
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

// adopt adds an event that the file contained at the start.
func (s *Spool) adopt(i *item) {
	l := s.lane(i.event.Lane)
	s.count++
	s.bytes += i.size
	l.append(i)
	l.bytes += i.size
	s.order = append(s.order, i)
	s.enlist(l)
}

// Close finishes writing and closes the file. Waiting events stay in it. Run must have ended.
func (s *Spool) Close() error {
	s.writes.stop()
	s.metrics.close()
	return s.file.close()
}

// Room returns nil while the spool accepts further events, otherwise the reason why not.
func (s *Spool) Room() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing {
		return ErrDisk
	}
	return s.room(min(usualSize, s.o.MaxBytes/4))
}

// room reports whether this many further bytes may be kept. The caller holds the lock.
func (s *Spool) room(size int64) error {
	if s.count >= s.o.MaxEvents || s.bytes+size > s.o.MaxBytes {
		return ErrFull
	}
	if oldest := s.oldest(); oldest != nil && s.o.Now().Sub(oldest.at) > s.o.MaxAge {
		return ErrFull
	}
	return nil
}

// oldest is the event that has waited longest; nil: none waits. The caller holds the lock.
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

// Waits reports whether any event of a lane waits: later ones must wait behind it.
func (s *Spool) Waits(lane string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lanes[lane]
	return l != nil && l.waits()
}

// Away reports whether Temporal did not answer the last call.
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

// Reach records that the Temporal of this name was reached and is prepared.
func (s *Spool) Reach(name string) error { return s.file.reach(name) }

// Reached reports whether the Temporal of this name was ever reached, including before a restart.
func (s *Spool) Reached(name string) bool { return s.file.reached(name) }
