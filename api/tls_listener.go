package api

import (
	"crypto/tls"
	"net"
	"time"
)

// tlsToo speaks TLS to whoever begins with it, and nothing to all others: platforms ask for health and metrics without,
// and one port is what network policies let through.
type tlsToo struct {
	net.Listener
	config *tls.Config
	within time.Duration // for the first byte

	accepted chan net.Conn
	ended    chan struct{} // nothing is accepted any more
	failed   error         // why; set before ended is closed
}

// newTLSToo begins to accept.
func newTLSToo(l net.Listener, config *tls.Config, within time.Duration) *tlsToo {
	t := &tlsToo{Listener: l, config: config, within: within, accepted: make(chan net.Conn), ended: make(chan struct{})}
	go t.run()
	return t
}

func (t *tlsToo) run() {
	for {
		conn, err := t.Listener.Accept()
		if passing, ok := err.(interface{ Temporary() bool }); ok && passing.Temporary() { // as net/http has it
			time.Sleep(5 * time.Millisecond)
			continue
		}
		if err != nil {
			t.failed = err
			close(t.ended)
			return
		}
		go t.look(conn)
	}
}

// tlsHandshake begins every connection that speaks TLS.
const tlsHandshake = 0x16

// look waits for the first byte, which says what the caller speaks.
func (t *tlsToo) look(conn net.Conn) {
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

// Accept gives the next connection whose language is known.
func (t *tlsToo) Accept() (net.Conn, error) {
	select {
	case conn := <-t.accepted:
		return conn, nil
	case <-t.ended:
		return nil, t.failed
	}
}

// begun is a connection whose first byte was read.
type begun struct {
	net.Conn
	first []byte
}

// Read gives the first byte again.
func (b *begun) Read(p []byte) (int, error) {
	if len(b.first) == 0 || len(p) == 0 {
		return b.Conn.Read(p)
	}
	n := copy(p, b.first)
	b.first = b.first[n:]
	return n, nil
}
