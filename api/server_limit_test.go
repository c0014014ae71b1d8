package api_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
)

// impatient serves with limits of milliseconds, reads the whole body and reports how far it got.
func impatient(t *testing.T) (address string, read <-chan error) {
	t.Helper()
	results := make(chan error, 1)
	o := serverOptions(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		results <- err
		_, _ = io.WriteString(w, "read")
	}), api.NewReadiness(func(context.Context) error { return nil }))
	o.ReadTimeout, o.IdleTimeout = 100*time.Millisecond, 100*time.Millisecond
	server, err := api.Listen(t.Context(), o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Run(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-stopped) })
	return server.PublicAddr(), results
}

// closed waits until the server has closed the connection, and returns what it sent before.
func closed(t *testing.T, conn net.Conn) string {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	said, err := io.ReadAll(conn)
	require.False(t, errors.Is(err, context.DeadlineExceeded) || isTimeout(err), "the connection is still open")
	return string(said)
}

func isTimeout(err error) bool {
	failed, ok := errors.AsType[net.Error](err)
	return ok && failed.Timeout()
}

func TestSlowCallersAreCutOff(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, sends string
		handled     bool
	}{
		{"says nothing", "", false},
		{"does not end its first line", "POST /wech", false},
		{"does not end its headers", "POST /wechat HTTP/1.1\r\nHost: x\r\nX-Slow: y\r\n", false},
		{"does not end its body", "POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<xml>", true},
		{"does not end a chunk", "POST /wechat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n<xml>", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address, read := impatient(t)
			conn, err := net.Dial("tcp", address)
			require.NoError(t, err)
			t.Cleanup(func() { _ = conn.Close() })
			_, err = io.WriteString(conn, tt.sends)
			require.NoError(t, err)
			closed(t, conn)
			if tt.handled {
				require.Error(t, <-read, "the body never ends well")
			}
		})
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	t.Parallel()
	address, read := impatient(t)
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, "POST /wechat HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n<xml>")
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NoError(t, <-read)
	closed(t, conn)
}

func TestLargeHeadersAreRefused(t *testing.T) {
	t.Parallel()
	address, _ := impatient(t)
	for name, head := range map[string]string{
		"one header":   "X-Large: " + strings.Repeat("x", 40<<10) + "\r\n",
		"many headers": strings.Repeat("X-Many: "+strings.Repeat("x", 80)+"\r\n", 500),
		"address":      "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := "/wechat"
			if head == "" {
				path += "?openid=" + strings.Repeat("o", 40<<10)
			}
			conn, err := net.Dial("tcp", address)
			require.NoError(t, err)
			t.Cleanup(func() { _ = conn.Close() })
			_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, head) // cut off while writing
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, res.StatusCode)
		})
	}
}
