package web

import (
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// recent caches values for a while. Outdated ones stay while there is room, but no longer than most.
type recent[T any] struct {
	now      func() time.Time
	life     time.Duration
	room     int
	most     time.Duration // 0: while there is room
	flight   singleflight.Group
	mu       sync.Mutex    // of the fields below
	weigh    func(T) int64 // nil: only the number is limited
	bytes    int64         // total size limit
	values   map[string]remembered[T]
	weight   int64
	sweeping bool
}

type remembered[T any] struct {
	value  T
	at     time.Time // from which it was read
	old    bool      // known to have changed since
	weight int64
}

func newRecent[T any](now func() time.Time, life time.Duration, room int) *recent[T] {
	return &recent[T]{now: now, life: life, room: room, values: map[string]remembered[T]{}}
}

// atMost makes values be dropped at that age, whether or not anyone asks.
func (r *recent[T]) atMost(age time.Duration) *recent[T] {
	r.most = age
	return r
}

// roomShare is how many values of the largest size fit. Larger values are not cached, so that one follower does not
// displace everyone else's.
const roomShare = 16

// bounded limits the total size of the values, in bytes.
func (r *recent[T]) bounded(bytes int64, weigh func(T) int64) *recent[T] {
	r.bytes, r.weigh = bytes, weigh
	return r
}

// fresh returns the cached value, unless it is outdated.
func (r *recent[T]) fresh(key string) (T, bool) {
	kept, ok := r.kept(key)
	if !ok || kept.old || r.now().Sub(kept.at) >= r.life {
		var none T
		return none, false
	}
	return kept.value, true
}

// get returns the cached value, or computes it once for all who ask at the same time.
func (r *recent[T]) get(key string, find func() (T, error)) (T, error) {
	if value, ok := r.fresh(key); ok {
		return value, nil
	}
	found, err, _ := r.flight.Do(key, func() (any, error) {
		began := r.now() // what changes from now on may be missing
		value, err := find()
		if err == nil {
			r.keepFrom(began, key, value)
		}
		return value, err
	})
	value, _ := found.(T)
	return value, err
}

// stale returns the last known value, however old.
func (r *recent[T]) stale(key string) (T, bool) {
	kept, ok := r.kept(key)
	return kept.value, ok
}

// kept returns the last known value with the time from which it was read.
func (r *recent[T]) kept(key string) (remembered[T], bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept, ok := r.values[key]
	return kept, ok
}

func (r *recent[T]) keep(key string, value T) { r.keepFrom(r.now(), key, value) }

// keepFrom keeps a value as of a time.
func (r *recent[T]) keepFrom(at time.Time, key string, value T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remove(key)
	var weight int64
	if r.weigh != nil {
		if weight = r.weigh(value) + int64(len(key)); weight > r.bytes/roomShare {
			return
		}
	}
	if len(r.values) >= r.room || r.weigh != nil && r.weight+weight > r.bytes {
		r.makeRoom()
	}
	r.values[key] = remembered[T]{value: value, at: at, weight: weight}
	r.weight += weight
	r.sweepLater()
}

// remove removes a value. The caller holds the lock.
func (r *recent[T]) remove(key string) {
	r.weight -= r.values[key].weight
	delete(r.values, key)
}

// sweepLater schedules a sweep. The caller holds the lock.
func (r *recent[T]) sweepLater() {
	if r.most == 0 || r.sweeping || len(r.values) == 0 {
		return
	}
	r.sweeping = true
	time.AfterFunc(r.most/10+time.Second, r.sweep)
}

func (r *recent[T]) sweep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, kept := range r.values {
		if r.now().Sub(kept.at) >= r.most {
			r.remove(key)
		}
	}
	r.sweeping = false
	r.sweepLater()
}

// makeRoom drops outdated values or, if there are none, about a tenth of all.
func (r *recent[T]) makeRoom() {
	for key, kept := range r.values {
		if r.now().Sub(kept.at) >= r.life {
			r.remove(key)
		}
	}
	for key := range r.values {
		if len(r.values) <= r.room*9/10 && r.weight <= r.bytes*9/10 {
			return
		}
		r.remove(key)
	}
}

// outdate makes a value from before a time be computed again; it stays in case that fails.
func (r *recent[T]) outdate(key string, before time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if kept, ok := r.values[key]; ok && kept.at.Before(before) {
		kept.old = true
		r.values[key] = kept
	}
}

// drop removes a value.
func (r *recent[T]) drop(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remove(key)
}
