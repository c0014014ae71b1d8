package wechatsim

import "sync"

// broadcaster notifies open phone pages of changes. It never blocks: a slow page gets one notification for many changes
// and then reads the current state.
type broadcaster struct {
	mu     sync.Mutex
	pages  map[*subscription]struct{}
	closed bool
}

// subscription is one open page; changed holds at most one pending notification.
type subscription struct {
	openid  string // "" is notified of everyone
	changed chan struct{}
}

func newBroadcaster() *broadcaster {
	return &broadcaster{pages: map[*subscription]struct{}{}}
}

func (b *broadcaster) subscribe(openid string) *subscription {
	sub := &subscription{openid: openid, changed: make(chan struct{}, 1)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		close(sub.changed)
		return sub
	}
	b.pages[sub] = struct{}{}
	return sub
}

func (b *broadcaster) unsubscribe(sub *subscription) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pages, sub)
}

// publish notifies the pages of openid, or all of them when it is empty.
func (b *broadcaster) publish(openid string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for sub := range b.pages {
		if openid != "" && sub.openid != "" && sub.openid != openid {
			continue
		}
		select {
		case sub.changed <- struct{}{}:
		default:
		}
	}
}

// close ends every open stream, so that a server can shut down.
func (b *broadcaster) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.closed = true
	for sub := range b.pages {
		close(sub.changed)
	}
	b.pages = map[*subscription]struct{}{}
}
