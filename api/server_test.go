package api_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api"
)

func serverOptions(public http.Handler, ready *api.Readiness) api.ServerOptions {
	return api.ServerOptions{
		PublicAddr: "127.0.0.1:0", InternalAddr: "127.0.0.1:0", Public: public,
		Internal:    api.NewInternal(api.InternalOptions{Readiness: ready}),
		ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, StopTimeout: 5 * time.Second, Readiness: ready,
	}
}

func TestServerStopsInOrder(t *testing.T) {
	t.Parallel()
	ready := api.NewReadiness(func(context.Context) error { return nil })
	entered, release := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		_, _ = io.WriteString(w, "finished")
	})
	server, err := api.Listen(t.Context(), serverOptions(slow, ready))
	require.NoError(t, err)
	require.NotEqual(t, server.PublicAddr(), server.InternalAddr())

	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Run(ctx) }()
	code, _ := get(t, "http://"+server.InternalAddr()+"/readyz")
	require.Equal(t, http.StatusOK, code)

	answer := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + server.PublicAddr() + "/")
		if err != nil {
			answer <- err.Error()
			return
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		answer <- string(body)
	}()
	<-entered
	cancel()
	require.Eventually(t, func() bool { return ready.Ready(t.Context()) != nil }, 5*time.Second, time.Millisecond)
	code, body := get(t, "http://"+server.InternalAddr()+"/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code, "still told while requests finish")
	require.Contains(t, body, "stopping")

	close(release)
	require.Equal(t, "finished", <-answer)
	require.NoError(t, <-stopped)
	_, err = net.Dial("tcp", server.PublicAddr())
	require.Error(t, err)
}

func TestServerCutsOffWhatDoesNotFinish(t *testing.T) {
	t.Parallel()
	ready := api.NewReadiness(func(context.Context) error { return nil })
	entered := make(chan struct{})
	hanging := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	o := serverOptions(hanging, ready)
	o.StopTimeout = 20 * time.Millisecond
	server, err := api.Listen(t.Context(), o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Run(ctx) }()
	go func() { _, _ = http.Get("http://" + server.PublicAddr() + "/") }()
	<-entered
	cancel()
	require.ErrorContains(t, <-stopped, "api: stop")
}

func TestTakenAddress(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	ready := api.NewReadiness(func(context.Context) error { return nil })
	for _, internal := range []bool{false, true} {
		o := serverOptions(http.NotFoundHandler(), ready)
		if internal {
			o.InternalAddr = taken.Addr().String()
		} else {
			o.PublicAddr = taken.Addr().String()
		}
		_, err = api.Listen(t.Context(), o)
		require.ErrorContains(t, err, taken.Addr().String())
	}
}

func TestListenersAreOptional(t *testing.T) {
	t.Parallel()
	ready := api.NewReadiness(func(context.Context) error { return nil })
	o := serverOptions(http.NotFoundHandler(), ready)
	o.InternalAddr = ""
	server, err := api.Listen(t.Context(), o)
	require.NoError(t, err)
	require.Empty(t, server.InternalAddr())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, server.Run(ctx))
}
