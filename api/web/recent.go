package web

import (
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// recent remembers values for a while; those that are past it stay as long as there is room, and no longer than most.
type recent[T any] struct {
	now      func() time.Time
	life     time.Duration
	room     int
	most     time.Duration // 0: as long as there is room
	flight   singleflight.Group
	mu       sync.Mutex
	values   map[string]remembered[T]
	sweeping bool
}

type remembered[T any] struct {
	value T
	at    time.Time
	old   bool // known to have changed since
}

func newRecent[T any](now func() time.Time, life time.Duration, room int) *recent[T] {
	return &recent[T]{now: now, life: life, room: room, values: map[string]remembered[T]{}}
}

// atMost has values forgotten once they have that age, whether anybody asks or not.
func (r *recent[T]) atMost(age time.Duration) *recent[T] {
	r.most = age
	return r
}

// get gives the remembered value, or finds it out once for all who ask at the same time.
func (r *recent[T]) get(key string, find func() (T, error)) (T, error) {
	if kept, ok := r.kept(key); ok && !kept.old && r.now().Sub(kept.at) < r.life {
		return kept.value, nil
	}
	found, err, _ := r.flight.Do(key, func() (any, error) {
		value, err := find()
		if err == nil {
			r.keep(key, value)
		}
		return value, err
	})
	value, _ := found.(T)
	return value, err
}

// stale gives what was last known, however old.
func (r *recent[T]) stale(key string) (T, bool) {
	kept, ok := r.kept(key)
	return kept.value, ok
}

func (r *recent[T]) kept(key string) (remembered[T], bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept, ok := r.values[key]
	return kept, ok
}

func (r *recent[T]) keep(key string, value T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.values) >= r.room {
		r.makeRoom()
	}
	r.values[key] = remembered[T]{value: value, at: r.now()}
	r.sweepLater()
}

// sweepLater is called with the lock held.
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
			delete(r.values, key)
		}
	}
	r.sweeping = false
	r.sweepLater()
}

// makeRoom drops what is past its time, and where that is nothing, about a tenth.
func (r *recent[T]) makeRoom() {
	for key, kept := range r.values {
		if r.now().Sub(kept.at) >= r.life {
			delete(r.values, key)
		}
	}
	spare := len(r.values) - r.room*9/10
	for key := range r.values {
		if spare--; spare < 0 {
			return
		}
		delete(r.values, key)
	}
}

// outdate has a value from before a time found out anew; it stays for the case that this fails.
func (r *recent[T]) outdate(key string, before time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if kept, ok := r.values[key]; ok && kept.at.Before(before) {
		kept.old = true
		r.values[key] = kept
	}
}

// drop forgets a value.
func (r *recent[T]) drop(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.values, key)
}
