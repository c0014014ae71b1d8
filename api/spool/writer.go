package spool

import "sync"

// writing is an event on its way to the disk.
type writing struct {
	item  *item
	value []byte
	done  chan error // receives one value
}

// change is one change of the file.
type change struct {
	put    *writing // an event to write
	remove uint64   // the event that was handed over or refused
	refuse []byte   // its value among the refused events; nil: none
	retry  uint64   // the refused event to wait again
	drop   uint64   // the refused event to delete
	try    bool     // no change: only tries whether the disk works
	done   func(error)
}

// writer collects changes while the disk works on earlier ones, so that all waiting changes share one fsync.
type writer struct {
	mu      sync.Mutex
	some    *sync.Cond
	waiting []change
	stopped bool
	ended   chan struct{}
}

// start begins to write. tell is called with the result of every event.
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

// add queues a change for the next fsync.
func (w *writer) add(c change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = append(w.waiting, c)
	w.some.Signal()
}

// take waits for changes; nil: there will be no more.
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

// stop writes the queued changes and ends.
func (w *writer) stop() {
	w.mu.Lock()
	w.stopped = true
	w.some.Signal()
	w.mu.Unlock()
	<-w.ended
}
