package spool

import "sync"

// writing is an event on its way to the disk.
type writing struct {
	item  *item
	value []byte
	done  chan error // gets one value
}

// change is one change of the file.
type change struct {
	put    *writing // an event to write
	remove uint64   // the event that was handed over, or refused
	refuse []byte   // what is written among the refused in its place; nil: nothing
	retry  uint64   // the refused event that waits again
	drop   uint64   // the refused event that is given up
	try    bool     // nothing: whether the disk takes it is the question
	done   func(error)
}

// writer gathers changes while the disk works on those before, so that all that wait share one fsync.
type writer struct {
	mu      sync.Mutex
	some    *sync.Cond
	waiting []change
	stopped bool
	ended   chan struct{}
}

// start begins to write. tell hears of every event that was to be written.
func (w *writer) start(f *file, tell func(*writing, error)) {
	w.some = sync.NewCond(&w.mu)
	w.ended = make(chan struct{})
	go func() {
		defer close(w.ended)
		for {
			batch := w.take()
			if batch == nil {
				return
			}
			err := f.write(batch)
			for _, c := range batch {
				switch {
				case c.put != nil:
					tell(c.put, err)
				case c.done != nil:
					c.done(err)
				}
			}
		}
	}()
}

// add has a change written with the next fsync.
func (w *writer) add(c change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, c)
	w.some.Signal()
}

// take waits for changes; nil: there will be none.
func (w *writer) take() []change {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.waiting) == 0 && !w.stopped {
		w.some.Wait()
	}
	batch := w.waiting
	w.waiting = nil
	return batch
}

// stop writes what is still waiting and ends.
func (w *writer) stop() {
	w.mu.Lock()
	w.stopped = true
	w.some.Signal()
	w.mu.Unlock()
	<-w.ended
}
