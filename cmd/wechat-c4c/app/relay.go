package app

import (
	"context"
	"net"
)

// relayURL is the address at which workers reach this process's internal listener: the configured one, or the bound
// address. For a listener on all interfaces it is the local address used to reach Temporal, as workers do, and with
// TLS: workers learn which certificate to expect. Without a listener it is empty.
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

// localAddress is the local address used to reach another address; nothing is sent. If there is no route, it is the
// first address that is not only for this machine.
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
