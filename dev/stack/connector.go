package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// pollEvery is how often the stack checks whether a part of it is up.
const pollEvery = 10 * time.Millisecond

// settings are the product's settings for this stack: the development values with the stack's addresses.
func settings(o Options) (cfg config.Config, err error) {
	cfg = config.Development()
	if cfg.Spool.Dir, err = o.State.Spool(); err != nil {
		return cfg, err
	}
	cfg.PublicAddr, cfg.InternalAddr = o.Addresses.API, o.Addresses.Internal
	if o.Addresses.TemporalUI != "" {
		cfg.UIOrigin = "http://" + o.Addresses.TemporalUI
	}
	weixin := "http://" + o.Addresses.WeChat
	cfg.WeChat.APIURL, cfg.Fixed.WeChatPages = weixin, weixin
	cfg.C4C.URL = "http://" + o.Addresses.C4C
	cfg.Web.URL = "http://" + o.Addresses.API
	if o.Settings != nil {
		o.Settings(&cfg)
	}
	cfg.Others = o.furtherSettings(cfg)
	return cfg, nil
}

// bootstrap prepares the namespace as an operator would.
func (s *Stack) bootstrap(ctx context.Context) error {
	if err := app.Bootstrap(ctx, s.settings, s.options.Log, s.temporal()); err != nil {
		return fmt.Errorf("stack: %w", err)
	}
	return nil
}

// applyMenu gives the first account's phone a menu that opens the page. An account without the right to one has none.
func (s *Stack) applyMenu(ctx context.Context) error {
	first := s.settings
	first.Others = nil
	err := app.ApplyMenu(ctx, first, s.options.Log)
	if err != nil && !errors.Is(err, wechat.ErrUnauthorizedAPI) {
		return fmt.Errorf("stack: %w", err)
	}
	return nil
}

// StartAPI starts the api and returns when it answers. The stack must have none.
func (s *Stack) StartAPI(ctx context.Context) error {
	s.api = start("api", func(ctx context.Context) error { return app.RunAPI(ctx, s.settings, s.appOptions()...) },
		s.failed)
	return s.await(ctx, "api", s.api, func(ctx context.Context) bool {
		return answers(ctx, "http://"+s.settings.InternalAddr+"/livez")
	})
}

// StartWorker starts the worker and returns when it is running. The stack must have none.
func (s *Stack) StartWorker(ctx context.Context) error {
	cfg := s.settings
	var err error
	if cfg.InternalAddr, err = devserver.FreeAddr(); err != nil {
		return err
	}
	s.workerAddr = cfg.InternalAddr
	s.worker = start("worker", func(ctx context.Context) error { return app.RunWorker(ctx, cfg, s.appOptions()...) },
		s.failed)
	return s.await(ctx, "worker", s.worker, func(context.Context) bool { return accepts(cfg.InternalAddr) })
}

// WorkerReady reports whether the worker has finished its start. StartWorker does not wait for that: a worker takes
// tasks before it has ensured its schedules.
func (s *Stack) WorkerReady(ctx context.Context) bool {
	return answers(ctx, "http://"+s.workerAddr+"/readyz")
}

// WorkerAddr returns the internal address of the worker.
func (s *Stack) WorkerAddr() string { return s.workerAddr }

// StopAPI lets running requests finish and ends the api.
func (s *Stack) StopAPI() error { return s.api.stop() }

// StopWorker lets running activities finish and ends the worker.
func (s *Stack) StopWorker() error { return s.worker.stop() }

// await polls until there is true, or the part or ctx has ended.
func (s *Stack) await(ctx context.Context, what string, c *component, there func(context.Context) bool) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for !there(ctx) {
		select {
		case <-c.done:
			select {
			case err := <-s.failed:
				return err
			default:
				return fmt.Errorf("stack: %s has ended: %w", what, c.err)
			}
		case <-ctx.Done():
			return fmt.Errorf("stack: %s does not answer: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

func answers(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func accepts(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func (s *Stack) appOptions() []app.Option {
	return append([]app.Option{s.temporal()}, s.options.App...)
}

// temporal points the product at this stack's server and namespace, regardless of the environment.
func (s *Stack) temporal() app.Option {
	return app.WithTemporal(envconfig.LoadClientOptionsRequest{DisableFile: true, EnvLookup: surroundings{
		"TEMPORAL_ADDRESS": s.options.Addresses.Temporal, "TEMPORAL_NAMESPACE": s.options.Namespace,
	}})
}

// surroundings replace the environment.
type surroundings map[string]string

// Environ returns the variables as NAME=value.
func (s surroundings) Environ() []string {
	var all []string
	for name, value := range s {
		all = append(all, name+"="+value)
	}
	return all
}

// LookupEnv returns one variable.
func (s surroundings) LookupEnv(name string) (string, bool) {
	value, ok := s[name]
	return value, ok
}
