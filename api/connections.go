package api

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// maxConnections is how many connections the public listener keeps open at once. Each costs some 40 kB.
const maxConnections = 2000

// connections limits the number of connections. A new one replaces the one that has been idle longest. If none is
// idle, the new one is closed: a connection being read has a few seconds at most.
type connections struct {
	most    int
	limited metric.Int64Counter

	mu   sync.Mutex
	open map[net.Conn]*list.Element // nil: a request is under way
	idle *list.List                 // of net.Conn, the longest idle first
}

func newConnections(most int, limited metric.Int64Counter) *connections {
	return &connections{most: most, limited: limited, open: map[net.Conn]*list.Element{}, idle: list.New()}
}

// track is the ConnState hook of an http.Server.
func (t *connections) track(conn net.Conn, state http.ConnState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.open[conn]; e != nil {
		t.idle.Remove(e)
		t.open[conn] = nil
	}
	_, known := t.open[conn]
	switch state {
	case http.StateNew:
		if len(t.open) >= t.most && !t.makeRoom() {
			_ = conn.Close()
			return
		}
		t.open[conn] = t.idle.PushBack(conn)
	case http.StateIdle:
		if known { // not if it was closed to make room in the meantime
			t.open[conn] = t.idle.PushBack(conn)
		}
	case http.StateHijacked, http.StateClosed:
		delete(t.open, conn)
	}
}

// makeRoom closes the connection that has been idle longest. It returns false if none is idle.
func (t *connections) makeRoom() bool {
	t.limited.Add(context.Background(), 1, metric.WithAttributes(attribute.String("limit", "connections")))
	longest := t.idle.Front()
	if longest == nil {
		return false
	}
	conn, _ := t.idle.Remove(longest).(net.Conn)
	delete(t.open, conn)
	_ = conn.Close()
	return true
}
