package temporaldev

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
)

// probe makes sure that addr can be bound and returns it with the port filled in. The server and the UI bind by
// themselves and end the process when they cannot, so probe asks first.
func probe(what, addr string) (string, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		_, port, _ := net.SplitHostPort(addr)
		return "", fmt.Errorf("port %s is in use: the Temporal %s cannot listen on %s", port, what, addr)
	}
	if err != nil {
		return "", fmt.Errorf("temporaldev: the %s cannot listen on %s: %w", what, addr, err)
	}
	bound := l.Addr().String()
	return bound, l.Close()
}

// Free ports are taken from below the range that systems give to outgoing connections (32768 and up on Linux, 49152 on
// others): a port from that range may be gone before the server binds it. Each search begins elsewhere, since several
// servers may start at once.
const (
	firstPort = 10_000
	lastPort  = 20_000
)

// freePorts returns n different ports that were free on the host a moment ago. All are held until the last is
// found, so that none comes twice.
func freePorts(host string, n int) ([]int, error) {
	ports := make([]int, 0, n)
	begin := rand.IntN(lastPort - firstPort)
	var last error
	for i := range lastPort - firstPort {
		port := firstPort + (begin+i)%(lastPort-firstPort)
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			last = err
			continue
		}
		defer func() { _ = l.Close() }()
		if ports = append(ports, port); len(ports) == n {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("temporaldev: no free port: %w", last)
}

// split splits an address that probe has accepted.
func split(addr string) (host string, port int) {
	host, p, _ := net.SplitHostPort(addr)
	port, _ = strconv.Atoi(p)
	return host, port
}
