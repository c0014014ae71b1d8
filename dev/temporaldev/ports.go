package temporaldev

import (
	"errors"
	"fmt"
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

// freePorts returns n different ports that were free on the host a moment ago. All are held until the last is
// found, so that none comes twice.
func freePorts(host string, n int) ([]int, error) {
	ports := make([]int, 0, n)
	for range n {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			return nil, fmt.Errorf("temporaldev: no free port: %w", err)
		}
		defer func() { _ = l.Close() }()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// split splits an address that probe has accepted.
func split(addr string) (host string, port int) {
	host, p, _ := net.SplitHostPort(addr)
	port, _ = strconv.Atoi(p)
	return host, port
}
