package temporaldev

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// A port that the system may give to any outgoing connection is gone before the server binds it, now and then.
func TestFreePortsAreNotThoseOfOutgoingConnections(t *testing.T) {
	t.Parallel()
	ports, err := freePorts("127.0.0.1", 50)
	require.NoError(t, err)
	seen := map[int]bool{}
	for _, port := range ports {
		require.Less(t, port, 32768)
		require.False(t, seen[port])
		seen[port] = true
		l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		require.NoError(t, err)
		require.NoError(t, l.Close())
	}
	_, err = freePorts("192.0.2.1", 1)
	require.ErrorContains(t, err, "no free port")
}
