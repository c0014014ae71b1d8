// Package stack runs the development stack in one process: both simulators and the connector's api and worker, on a
// Temporal server that is already running. This module's command starts it for people, the end-to-end tests start
// many side by side, and the bench measures one.
package stack

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

// startWithin is the longest a start may take before it counts as failed.
const startWithin = time.Minute

// Options configure Start.
type Options struct {
	// Addresses of all parts, none with port 0. Temporal runs when Connect is called.
	Addresses Addresses
	// Namespace in Temporal, created when it is missing. Empty: "default".
	Namespace string
	// State keeps the simulators' state and the api's spool between two runs. Without a folder the simulators forget
	// everything, and there is no spool.
	State State
	// Settings changes the product's settings, WeChat and C4C those of the simulators. Each may be nil.
	Settings func(*config.Config)
	WeChat   func(*wechatsim.Options)
	C4C      func(*c4csim.Options)
	// Accounts are further accounts beside the first one.
	Accounts []Account
	// App are further options of api and worker.
	App []app.Option
	// Logger gets the simulators' log, Log the report of the bootstrap. Nil: nothing.
	Logger *slog.Logger
	Log    io.Writer
}

// Stack is a running development stack. Its methods must not be called concurrently.
type Stack struct {
	options  Options
	settings config.Config
	failed   chan error
	notice   notice
	stopped  sync.Once

	simulators  *simulators
	api, worker *component
	workerAddr  string // internal address of the worker
}

// Start starts the simulators, prepares the namespace and starts worker and api. When it returns, all of them answer.
func Start(ctx context.Context, o Options) (*Stack, error) {
	s, err := Open(o)
	if err != nil {
		return nil, err
	}
	if err := s.Connect(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// Open starts the simulators, which need no Temporal: phone and desk are visible and show the text set by Say.
func Open(o Options) (*Stack, error) {
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	if err := o.placeAccounts(); err != nil {
		return nil, err
	}
	cfg, err := settings(o)
	if err != nil {
		return nil, err
	}
	s := &Stack{options: o, settings: cfg, failed: make(chan error, 1)}
	if s.simulators, err = startSimulators(o, &s.notice, s.failed); err != nil {
		return nil, err
	}
	return s, nil
}

// Say shows a text above phone and desk until the stack is connected.
func (s *Stack) Say(text string) { s.notice.say(text) }

// Connect prepares the namespace and starts worker and api, once Temporal is running. If it fails, Stop ends what is
// running.
func (s *Stack) Connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for _, step := range []func(context.Context) error{s.bootstrap, s.applyMenu, s.StartWorker, s.StartAPI} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	s.notice.say("")
	return nil
}

// Addresses are where the parts listen.
func (s *Stack) Addresses() Addresses { return s.options.Addresses }

// Namespace is the stack's namespace in Temporal.
func (s *Stack) Namespace() string { return s.options.Namespace }

// Settings are the product's settings.
func (s *Stack) Settings() config.Config { return s.settings }

// Failed delivers the reason when a part of the stack ends unexpectedly.
func (s *Stack) Failed() <-chan error { return s.failed }

// Stop ends the stack in an order that loses nothing: first it refuses new requests, then new tasks, waits for running
// ones, and then stops the systems they talk to. Stopping twice is harmless.
func (s *Stack) Stop() (err error) {
	s.stopped.Do(func() { err = errors.Join(s.api.stop(), s.worker.stop(), s.simulators.stop()) })
	return err
}

// StopC4C closes the C4C simulator's port, like a tenant under maintenance; its data stays.
func (s *Stack) StopC4C() { s.simulators.c4cWeb.stop() }

// StartC4C opens the port again.
func (s *Stack) StartC4C() (err error) {
	s.simulators.c4cWeb, err = serve("C4C simulator", s.options.Addresses.C4C, s.notice.over(s.simulators.c4c), s.failed)
	return err
}
