package api_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
)

// crowded serves at most the given number of connections. A request waits for its answer until release.
func crowded(t *testing.T, most int) (address string, release chan struct{}) {
	t.Helper()
	release = make(chan struct{})
	o := serverOptions(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			_, _ = io.WriteString(w, "begun\n")
			_ = http.NewResponseController(w).Flush()
			<-release
		}
		_, _ = io.WriteString(w, "done")
	}), api.NewReadiness(func(context.Context) error { return nil }))
	o.Connections = most
	server, err := api.Listen(t.Context(), o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Run(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-stopped) })
	return server.PublicAddr(), release
}

// connection is a connection of a client.
type connection struct {
	net.Conn
	read *bufio.Reader
}

func connect(t *testing.T, address string) *connection {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	return &connection{conn, bufio.NewReader(conn)}
}

func (c *connection) ask(path string) (*http.Response, error) {
	if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return nil, err
	}
	return http.ReadResponse(c.read, nil)
}

// get sends a request and reads the answer to its end.
func (c *connection) get(t *testing.T) {
	t.Helper()
	res, err := c.ask("/")
	require.NoError(t, err)
	_, err = io.ReadAll(res.Body)
	require.NoError(t, err)
}

func TestFurtherConnectionsTakeThePlaceOfIdleOnes(t *testing.T) {
	t.Parallel()
	address, release := crowded(t, 2)
	busy, idle := connect(t, address), connect(t, address)
	res, err := busy.ask("/slow")
	require.NoError(t, err)
	idle.get(t)
	require.Eventually(t, func() bool { // the server may not have put the other aside yet
		_, err := connect(t, address).ask("/")
		return err == nil
	}, 10*time.Second, time.Millisecond)
	_, err = idle.read.ReadByte()
	require.ErrorIs(t, err, io.EOF, "it had to go")
	close(release)
	all, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "begun\ndone", string(all), "what is under way stays")
}

func TestNoRoomForFurtherConnections(t *testing.T) {
	t.Parallel()
	address, release := crowded(t, 2)
	var answers []*http.Response
	for range 2 {
		res, err := connect(t, address).ask("/slow")
		require.NoError(t, err)
		answers = append(answers, res)
	}
	_, err := connect(t, address).ask("/")
	require.Error(t, err, "closed without an answer")
	close(release)
	for _, res := range answers {
		_, err := io.ReadAll(res.Body)
		require.NoError(t, err)
	}
}
