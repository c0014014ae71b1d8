package temporaldev

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/temporal"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	uiserver "github.com/temporalio/ui-server/v2/server"
)

// frontendHealth is the name under which the frontend reports its health.
const frontendHealth = "temporal.api.workflowservice.v1.WorkflowService"

// pollEvery is how often readiness is checked; the server is up in about half a second.
const pollEvery = 25 * time.Millisecond

// Server is a running Temporal server. Stop ends it.
type Server struct {
	options Options
	level   zap.AtomicLevel
	core    temporal.Server
	ui      *uiserver.Server
}

// Start starts the server and the UI. It returns when both answer and the namespaces have their search attributes and
// their retention. If a port is taken, the error names it.
func Start(ctx context.Context, o Options) (*Server, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	var err error
	if o.FrontendAddr, err = probe("frontend", o.FrontendAddr); err != nil {
		return nil, err
	}
	if o.UIAddr != "" {
		if o.UIAddr, err = probe("UI", o.UIAddr); err != nil {
			return nil, err
		}
	}
	s := &Server{options: o}
	if err := s.startCore(); err != nil {
		return nil, err
	}
	if o.UIAddr != "" {
		s.startUI()
	}
	if err := s.makeReady(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// FrontendAddr is the gRPC address, with the port that was picked.
func (s *Server) FrontendAddr() string { return s.options.FrontendAddr }

// UIAddr is the address of the web UI; empty if there is none.
func (s *Server) UIAddr() string { return s.options.UIAddr }

// Stop ends the UI and the server; the latter takes about a second.
func (s *Server) Stop() error {
	// Pollers and internal connections break one after the other, and each writes a warning about it.
	s.level.SetLevel(zap.FatalLevel)
	if s.ui != nil {
		s.ui.Stop()
	}
	if err := s.core.Stop(); err != nil {
		return fmt.Errorf("temporaldev: stop: %w", err)
	}
	return nil
}

func (s *Server) startCore() error {
	logger, level, err := newLogger(s.options.LogLevel)
	if err != nil {
		return err
	}
	s.level = level
	cfg, hosts, err := serverConfig(s.options)
	if err != nil {
		return err
	}
	if err := prepareDatabase(s.options, cfg.Persistence.DataStores[cfg.Persistence.DefaultStore].SQL); err != nil {
		return err
	}
	s.core, err = temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(log.NewZapLogger(logger)),
		temporal.WithDynamicConfigClient(s.options.dynamic()),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
	)
	if err != nil {
		return fmt.Errorf("temporaldev: server: %w", err)
	}
	if err := s.core.Start(); err != nil {
		return fmt.Errorf("temporaldev: start: %w", err)
	}
	return nil
}

func (s *Server) makeReady(ctx context.Context) error {
	conn, err := grpc.NewClient(s.options.FrontendAddr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("temporaldev: connection to the frontend: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if err := waitServing(ctx, conn); err != nil {
		return err
	}
	if s.ui != nil {
		if err := waitUI(ctx, s.options.UIAddr); err != nil {
			return err
		}
	}
	for _, namespace := range s.options.Namespaces {
		if err := alignNamespace(ctx, conn, namespace, s.options); err != nil {
			return err
		}
	}
	return nil
}

func waitServing(ctx context.Context, conn *grpc.ClientConn) error {
	health := grpc_health_v1.NewHealthClient(conn)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		answer, err := health.Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: frontendHealth})
		if err == nil && answer.GetStatus() == grpc_health_v1.HealthCheckResponse_SERVING {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("temporaldev: the frontend is not serving: %w", errors.Join(ctx.Err(), err))
		case <-tick.C:
		}
	}
}
