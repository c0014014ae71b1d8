package app

import (
	"context"
	"net"
)

// relayURL is where workers reach this process's internal listener: as configured, or at its bound address. A listener
// on all interfaces is reached at the address from which this process reaches Temporal, as the workers do, and with
// TLS: they learn which certificate to meet. Without a listener there is none.
func relayURL(ctx context.Context, configured, bound, temporal string) string {
	if configured != "" || bound == "" {
		return configured
	}
	host, port, err := net.SplitHostPort(bound)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if host = localAddress(ctx, temporal); host == "" {
			return ""
		}
	}
	return "https://" + net.JoinHostPort(host, port)
}

// localAddress is ours on the way to another address; nothing is sent. Where the way is unknown it is the first that is
// not for this machine alone.
func localAddress(ctx context.Context, to string) string {
	if conn, err := new(net.Dialer).DialContext(ctx, "udp", to); err == nil {
		defer func() { _ = conn.Close() }()
		host, _, err := net.SplitHostPort(conn.LocalAddr().String())
		if err == nil {
			return host
		}
	}
	addresses, _ := net.InterfaceAddrs() // none: there is no network
	for _, a := range addresses {
		if own, ok := a.(*net.IPNet); ok && own.IP.IsGlobalUnicast() {
			return own.IP.String()
		}
	}
	return ""
}
