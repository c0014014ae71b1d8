package api

import (
	"crypto/tls"
	"net"
	"time"
)

// tlsToo speaks TLS with callers that begin with it, and plain HTTP with all others. Platforms ask for health and
// metrics without TLS, and network policies often allow only one port.
type tlsToo struct {
	net.Listener
	config *tls.Config
	within time.Duration // for the first byte

	accepted chan net.Conn
	ended    chan struct{} // accepts no more connections
	failed   error         // the reason; set before ended is closed
}

// newTLSToo starts accepting.
func newTLSToo(l net.Listener, config *tls.Config, within time.Duration) *tlsToo {
	t := &tlsToo{Listener: l, config: config, within: within, accepted: make(chan net.Conn), ended: make(chan struct{})}
	go t.run()
	return t
}

func (t *tlsToo) run() {
	for {
		conn, err := t.Listener.Accept()
		if passing, ok := err.(interface{ Temporary() bool }); ok && passing.Temporary() { // as in net/http
			time.Sleep(5 * time.Millisecond)
			continue
		}
		if err != nil {
			t.failed = err
			close(t.ended)
			return
		}
		go t.detect(conn)
	}
}

// tlsHandshake is the first byte of every TLS connection.
const tlsHandshake = 0x16

// detect waits for the first byte, which shows whether the caller speaks TLS.
func (t *tlsToo) detect(conn net.Conn) {
	first := make([]byte, 1)
	_ = conn.SetReadDeadline(time.Now().Add(t.within))
	n, err := conn.Read(first)
	if err != nil || n == 0 {
		_ = conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	var known net.Conn = &begun{Conn: conn, first: first}
	if first[0] == tlsHandshake {
		known = tls.Server(known, t.config)
	}
	select {
	case t.accepted <- known:
	case <-t.ended:
		_ = conn.Close()
	}
}

// Accept returns the next connection whose protocol is known.
func (t *tlsToo) Accept() (net.Conn, error) {
	select {
	case conn := <-t.accepted:
		return conn, nil
	case <-t.ended:
		return nil, t.failed
	}
}

// begun is a connection whose first byte has been read.
type begun struct {
	net.Conn
	first []byte
}

// Read returns the first byte again.
func (b *begun) Read(p []byte) (int, error) {
	if len(b.first) == 0 || len(p) == 0 {
		return b.Conn.Read(p)
	}
	n := copy(p, b.first)
	b.first = b.first[n:]
	return n, nil
}
