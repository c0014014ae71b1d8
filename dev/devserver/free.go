package devserver

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Free ports are taken from below the range that systems give to outgoing connections (32768 and up on Linux, 49152 on
// others): a port from that range may soon be taken.
const (
	firstPort = 20_000
	lastPort  = 32_000
)

// Each process takes them in an order of its own: two that walked through the same range would meet.
var ports = struct {
	sync.Mutex
	order []int
	next  int
}{order: rand.Perm(lastPort - firstPort)}

// FreeAddr returns a loopback address with a free port, which it returns only once in this process.
func FreeAddr() (string, error) {
	ports.Lock()
	defer ports.Unlock()
	for range ports.order {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+ports.order[ports.next]))
		ports.next = (ports.next + 1) % len(ports.order)
		if l, err := net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", errors.New("devserver: no free port")
}
