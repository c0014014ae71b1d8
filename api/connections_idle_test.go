package api

import (
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/metric/noop"
)

// closable is a connection that records whether it was closed.
type closable struct {
	net.Conn
	closed bool
}

func (c *closable) Close() error {
	c.closed = true
	return nil
}

func TestTheLongestIdleConnectionGoesFirst(t *testing.T) {
	t.Parallel()
	limited, err := newLimited(noop.NewMeterProvider().Meter(""))
	require.NoError(t, err)
	c := newConnections(3, limited)
	var conns [7]closable
	in := func(state http.ConnState, numbers ...int) {
		for _, n := range numbers {
			c.track(&conns[n], state)
		}
	}
	closed := func() (numbers []int) {
		for n := range conns {
			if conns[n].closed {
				numbers = append(numbers, n)
			}
		}
		return numbers
	}
	in(http.StateNew, 0, 1, 2)
	in(http.StateActive, 0, 1, 2)
	in(http.StateIdle, 1, 0)
	in(http.StateNew, 3)
	require.Equal(t, []int{1}, closed())
	in(http.StateActive, 0, 3)
	in(http.StateClosed, 1)
	in(http.StateNew, 4)
	require.Equal(t, []int{1, 4}, closed(), "all others are asked something")
	in(http.StateClosed, 4)
	in(http.StateClosed, 2)
	in(http.StateNew, 5)
	require.Equal(t, []int{1, 4}, closed(), "there is room again")
	in(http.StateActive, 5)
	in(http.StateIdle, 1) // left long ago
	in(http.StateNew, 6)
	require.Equal(t, []int{1, 4, 6}, closed())
}
