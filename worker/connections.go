package worker

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/wechat-c4c/wechat-c4c/slots/holder"
)

// connections keeps as many connections open as there may be concurrent calls. By default net/http keeps two per
// host.
func connections(parallel int) *http.Transport {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		transport = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	transport = transport.Clone()
	// If the other side has just closed a connection, a write on it has an unknown outcome.
	transport.IdleConnTimeout = 20 * time.Second
	transport.MaxIdleConnsPerHost = parallel
	return transport
}

// leased refuses to send anything without a lease. A process may be suspended right after it checked its lease and
// resume much later, so leased checks again just before it writes.
func leased(transport *http.Transport, slots *holder.Holder) http.RoundTripper {
	dial := transport.DialContext
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &leasedConn{Conn: conn, slots: slots}, nil
	}
	return transport
}

type leasedConn struct {
	net.Conn
	slots *holder.Holder
}

func (c *leasedConn) Write(p []byte) (int, error) {
	if !c.slots.Alive() {
		return 0, holder.ErrLeaseLost
	}
	return c.Conn.Write(p)
}
