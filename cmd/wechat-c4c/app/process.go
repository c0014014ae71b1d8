package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/log"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/worker"
)

// surroundings are what a process needs in addition to its configuration.
type surroundings struct {
	temporal envconfig.LoadClientOptionsRequest
	stderr   io.Writer
	role     worker.Role           // of a worker
	spans    sdktrace.SpanExporter // nil: the exporter configured by OTEL_*
	patience time.Duration         // with an unprepared namespace; 0: namespacePatience
}

// getenv reads a variable that is not one of our settings: TEMPORAL_* and OTEL_*.
func (s surroundings) getenv(name string) string {
	if s.temporal.EnvLookup == nil {
		return os.Getenv(name)
	}
	value, _ := s.temporal.EnvLookup.LookupEnv(name)
	return value
}

// checkSwitches rejects values that Temporal's client would ignore, so that TLS which was meant to be on would stay
// off.
func (s surroundings) checkSwitches() error {
	for _, name := range []string{"TEMPORAL_TLS", "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION"} {
		switch strings.ToLower(s.getenv(name)) {
		case "", "true", "false", "1", "0":
		default:
			return fmt.Errorf("%s must be true or false, for example true", name)
		}
	}
	return nil
}

// WithRole makes a worker serve only the queues of a role.
func WithRole(role worker.Role) Option { return func(s *surroundings) { s.role = role } }

// Option gives a process something that is not in its configuration.
type Option func(*surroundings)

// WithTemporal replaces the TEMPORAL_* variables of the environment and the user's Temporal profile.
func WithTemporal(settings envconfig.LoadClientOptionsRequest) Option {
	return func(s *surroundings) { s.temporal = settings }
}

// WithLog writes the log to w instead of stderr.
func WithLog(w io.Writer) Option { return func(s *surroundings) { s.stderr = w } }

func newSurroundings(options []Option) surroundings {
	s := surroundings{stderr: os.Stderr}
	for _, option := range options {
		option(&s)
	}
	return s
}

// process is what api and worker share: log, metrics, codec and the options of a Temporal client.
type process struct {
	cfg       config.Config
	log       *slog.Logger
	telemetry *telemetry
	ring      *codec.KeyRing
	options   client.Options
	relay     *web.Relay   // of the api
	disk      *web.Disk    // of the api
	spool     *spool.Spool // of the api; nil: no spool
}

// newProcess sets up everything but connects to nothing. The caller closes it.
func newProcess(cfg config.Config, role string, s surroundings) (*process, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	ring, err := newRing(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.checkSwitches(); err != nil {
		return nil, err
	}
	options, err := envconfig.LoadClientOptions(s.temporal)
	if err != nil {
		return nil, fmt.Errorf("temporal settings: %w", err)
	}
	if options.HostPort == "" {
		options.HostPort = client.DefaultHostPort
	}
	if options.Namespace == "" {
		options.Namespace = client.DefaultNamespace
	}
	t, err := newTelemetry()
	if err != nil {
		return nil, err
	}
	p := &process{cfg: cfg, log: newLogger(cfg, s.stderr).With("role", role), telemetry: t, ring: ring, options: options}
	if role == "api" || role == "worker" {
		limitMemory(p.log, memlimit.FromCgroup)
		for _, warning := range cfg.Warnings() {
			p.log.Warn("a setting will not do what one may expect", "warning", warning)
		}
	}
	if t.traces, err = newTracing(role, s, p.log); err != nil {
		return nil, err
	}
	if p.options.Interceptors, err = t.interceptors(); err != nil {
		return nil, err
	}
	p.options.Logger = log.NewStructuredLogger(p.log)
	// Payloads are compressed and encrypted, so compression would not make them smaller.
	p.options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{}
	p.options.ConnectionOptions.DialOptions = append(p.options.ConnectionOptions.DialOptions,
		append(worker.DialOptions(), connectSoon())...)
	p.options.DataConverter = ring.DataConverter()
	p.options.FailureConverter = ring.FailureConverter()
	p.options.MetricsHandler = opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter:                t.provider.Meter("temporal-sdk-go"),
		UseMonotonicCounters: true,
		OnError:              func(err error) { p.log.Error("metric", "error", err) },
	})
	return p, nil
}

func (p *process) close() { p.telemetry.close() }

func (p *process) meter() metric.Meter { return p.telemetry.provider.Meter("wechat-c4c") }

// lazyClient returns a client that connects to Temporal with its first call.
func (p *process) lazyClient() (client.Client, error) {
	c, err := client.NewLazyClient(p.options)
	if err != nil {
		return nil, fmt.Errorf("temporal at %s: %w", p.options.HostPort, err)
	}
	return c, nil
}

// dial connects to Temporal and fails if it does not answer.
func (p *process) dial(ctx context.Context) (client.Client, error) {
	c, err := client.DialContext(ctx, p.options)
	if err != nil {
		return nil, unreachable(ctx, p.options, err)
	}
	return c, nil
}

// identity is this process's name in Temporal.
func (p *process) identity() string {
	host, _ := os.Hostname()
	return cmp.Or(p.options.Identity, fmt.Sprintf("%d@%s", os.Getpid(), host))
}

// codecHandler is the endpoint for Temporal UI. In production it exists only if access to it is configured.
func (p *process) codecHandler() (http.Handler, error) {
	o := codec.HandlerOptions{Token: p.cfg.CodecToken.Reveal(), Origin: p.cfg.UIOrigin, Namespace: p.options.Namespace}
	if access := p.cfg.CodecAccess; access.Issuer != "" {
		var err error
		o.AccessTokens, err = codec.NewAccessTokens(codec.AccessTokensOptions{
			Issuer: access.Issuer, Audience: access.Audience, Claim: access.Claim, Logger: p.log,
		})
		if err != nil {
			return nil, err
		}
	}
	if o.Token == "" && o.AccessTokens == nil && p.cfg.Environment == config.EnvProduction {
		return nil, nil
	}
	return p.ring.Handler(o), nil
}

func newRing(cfg config.Config) (*codec.KeyRing, error) {
	configured, err := cfg.Keys()
	if err != nil {
		return nil, fmt.Errorf("codec keys: %w", err)
	}
	var keys []codec.Key
	for _, key := range configured {
		keys = append(keys, codec.Key{ID: key.ID, Secret: key.Key})
	}
	return codec.NewKeyRing(keys)
}

func newLogger(cfg config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil {
		level = slog.LevelInfo // Check has rejected every other word
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "text" {
		return slog.New(traceHandler{slog.NewTextHandler(w, options)})
	}
	return slog.New(traceHandler{slog.NewJSONHandler(w, options)})
}
