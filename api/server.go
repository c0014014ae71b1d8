package api

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"golang.org/x/sync/errgroup"
)

// ServerOptions configure what is served where. An empty address or a nil handler omits that listener.
type ServerOptions struct {
	PublicAddr, InternalAddr               string
	Public, Internal                       http.Handler
	ReadTimeout, WriteTimeout, IdleTimeout time.Duration
	StopTimeout                            time.Duration // how long Run waits for running requests when it stops
	Readiness                              *Readiness    // stopped first when Run stops; may be nil
	Logger                                 *slog.Logger  // nil: none
	// InternalTLS serves callers on the internal listener that use TLS; nil: no TLS.
	InternalTLS *tls.Config
	Connections int          // kept open on the public listener at once; 0: 2,000
	Meter       metric.Meter // nil: none
}

// Server has bound its addresses. Run serves them.
type Server struct {
	options          ServerOptions
	public, internal *listener
}

type listener struct {
	net.Listener
	server *http.Server
}

// ListenError names an address that could not be bound.
type ListenError struct {
	Internal bool // the internal address, not the public one
	Addr     string
	Err      error
}

// Error names the address.
func (e *ListenError) Error() string { return "api: " + e.Err.Error() }

// Unwrap returns the operating system's error.
func (e *ListenError) Unwrap() error { return e.Err }

// Listen binds the addresses. It returns a *ListenError.
func Listen(ctx context.Context, o ServerOptions) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Meter == nil {
		o.Meter = noop.NewMeterProvider().Meter("")
	}
	limited, err := newLimited(o.Meter)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o}
	if s.public, err = o.listen(ctx, o.PublicAddr, o.Public, false); err != nil {
		return nil, err
	}
	if s.public != nil {
		s.public.server.ConnState = newConnections(cmp.Or(o.Connections, maxConnections), limited).track
	}
	if s.internal, err = o.listen(ctx, o.InternalAddr, o.Internal, true); err != nil {
		if s.public != nil {
			_ = s.public.Close()
		}
		return nil, err
	}
	return s, nil
}

func (o ServerOptions) listen(ctx context.Context, addr string, handler http.Handler, internal bool) (*listener,
	error) {
	if addr == "" || handler == nil {
		return nil, nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, &ListenError{Internal: internal, Addr: addr, Err: err}
	}
	if internal && o.InternalTLS != nil {
		l = newTLSToo(l, o.InternalTLS, o.ReadTimeout)
	}
	return &listener{Listener: l, server: &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: o.ReadTimeout,
		ReadTimeout:       o.ReadTimeout,
		WriteTimeout:      o.WriteTimeout,
		IdleTimeout:       o.IdleTimeout,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}}, nil
}

// PublicAddr is the bound public address; empty if there is none.
func (s *Server) PublicAddr() string { return s.public.addr() }

// InternalAddr is the bound internal address; empty if there is none.
func (s *Server) InternalAddr() string { return s.internal.addr() }

func (l *listener) addr() string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

// Run serves until ctx ends, then stops: readiness first, then the public listener once its requests are answered,
// the internal one last, so that the platform sees the process end. It returns an error if a listener fails, or if
// requests had to be cut off after StopTimeout.
func (s *Server) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range []*listener{s.public, s.internal} {
		if l == nil {
			continue
		}
		group.Go(func() error {
			if err := l.server.Serve(l.Listener); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("api: serve: %w", err)
			}
			return nil
		})
	}
	group.Go(func() error {
		<-ctx.Done()
		return s.stop()
	})
	return group.Wait()
}

func (s *Server) stop() error {
	if s.options.Readiness != nil {
		s.options.Readiness.Stop()
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.options.StopTimeout)
	defer cancel()
	return errors.Join(s.public.stop(ctx), s.internal.stop(ctx))
}

func (l *listener) stop(ctx context.Context) error {
	if l == nil {
		return nil
	}
	if err := l.server.Shutdown(ctx); err != nil {
		_ = l.server.Close()
		return fmt.Errorf("api: stop: %w", err)
	}
	return nil
}
