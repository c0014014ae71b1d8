package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// webServer is one listener with its handler.
type webServer struct {
	addr   string
	server *http.Server
}

// serve binds addr before it returns, so that a taken port is an error here and not later.
func serve(what, addr string, handler http.Handler, failed chan<- error) (*webServer, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("stack: %s: %w", what, err)
	}
	w := &webServer{
		addr:   l.Addr().String(),
		server: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second},
	}
	go func() {
		if err := w.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			report(failed, fmt.Errorf("stack: %s: %w", what, err))
		}
	}()
	return w, nil
}

// stop lets requests under way finish for a moment; it closes event streams.
func (w *webServer) stop() {
	if w == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if w.server.Shutdown(ctx) != nil {
		_ = w.server.Close()
	}
}
