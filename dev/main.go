// Command dev starts the whole development stack with one command and prints the addresses: Temporal with its web UI,
// a simulated WeChat with a phone to type on, a simulated SAP Cloud for Customer with an agent's desk, and between
// them the connector's api and worker. Ctrl-C stops it. Its state is kept until the next start.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends the process at once; the Temporal server notices by itself.
	context.AfterFunc(ctx, cancel)
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// fieldsVariable names a file with fields of the page's own, as for the connector itself.
const fieldsVariable = config.Prefix + "WEB_FIELDS_FILE"

// settings come from the command line and the environment.
type settings struct {
	fresh, prepare, verbose bool
	moduleDir               string
	state                   stack.State
	addresses               stack.Addresses
	fields                  string // file with fields of the page's own; may be empty
}

func parse(args []string, getenv func(string) string, out io.Writer) (settings, error) {
	var s settings
	set := flag.NewFlagSet("dev", flag.ContinueOnError)
	set.SetOutput(out)
	set.BoolVar(&s.fresh, "fresh", false, "forget what earlier runs left: followers, tickets, workflows")
	set.BoolVar(&s.prepare, "prepare", false, "only get a Temporal server where that is needed, say where it is, and end")
	set.BoolVar(&s.verbose, "v", false, "show everything that api and worker log, not only warnings")
	set.Usage = func() {
		fmt.Fprint(out, "Starts the development stack.\n\n")
		set.PrintDefaults()
		fmt.Fprintf(out,
			"\nAddresses move with %s;\nthe state is kept in DEV_STATE_DIR; %s names a Temporal server to use,\n%s a mirror to fetch one from, or never;\n%s adds fields to the page's forms, such as those of deploy/fields/vehicle.json.\n",
			strings.Join(stack.AddressVariables(), ", "), devserver.BinaryVariable, devserver.FetchVariable, fieldsVariable)
	}
	if err := set.Parse(args); err != nil {
		return s, err
	}
	if set.NArg() > 0 {
		return s, fmt.Errorf("unknown argument %q", set.Arg(0))
	}
	var err error
	if s.addresses, err = stack.AddressesFrom(getenv); err != nil {
		return s, err
	}
	if s.moduleDir, err = devserver.ModuleDir(); err != nil {
		return s, err
	}
	s.fields = getenv(fieldsVariable)
	if _, err := (config.Web{FieldsFile: s.fields}).OwnFields(); err != nil {
		return s, fmt.Errorf("%s names a file that is not right: %w", fieldsVariable, err)
	}
	s.state.Dir = getenv("DEV_STATE_DIR")
	if s.state.Dir == "" {
		s.state.Dir = filepath.Join(s.moduleDir, ".state")
	}
	return s, nil
}

func run(ctx context.Context, args []string, out io.Writer) error {
	s, err := parse(args, os.Getenv, out)
	if err != nil {
		return err
	}
	if s.prepare {
		server, err := devserver.Find(ctx, s.moduleDir, s.state.Dir, out)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, server.Path)
		return nil
	}
	if err := errors.Join(s.addresses.Probe(), s.state.Ensure()); err != nil {
		return err
	}
	if s.fresh {
		if err := s.state.Forget(); err != nil {
			return err
		}
	}
	return serve(ctx, s, out)
}

// serve shows phone and desk, starts Temporal and then the rest, and stops everything in reverse order.
func serve(ctx context.Context, s settings, out io.Writer) (err error) {
	began, level, details := time.Now(), slog.LevelWarn, io.Discard
	if s.verbose {
		level, details = slog.LevelInfo, out
	}
	running, err := stack.Open(stack.Options{
		Addresses: s.addresses, State: s.state, Log: details,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
		Settings: func(cfg *config.Config) {
			cfg.LogLevel, cfg.Web.FieldsFile = strings.ToLower(level.String()), s.fields
		},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, running.Stop()) }()
	fmt.Fprintf(out, "phone http://%s/ and desk http://%s/ are there; they answer once Temporal runs\n",
		s.addresses.WeChat, s.addresses.C4C)
	temporal, err := startTemporal(ctx, s, io.MultiWriter(out, said(running.Say)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, running.Stop(), temporal.Stop()) }()
	fmt.Fprintln(out, "starting worker and api")
	if err := running.Connect(ctx); err != nil {
		return err
	}
	printAddresses(out, s, time.Since(began))
	select {
	case <-ctx.Done():
		fmt.Fprintln(out, "\nstopping")
		return nil
	case err := <-running.Failed():
		return err
	case <-temporal.Exited():
		return temporal.Failure()
	}
}

// startTemporal finds or builds a Temporal server and starts it.
func startTemporal(ctx context.Context, s settings, progress io.Writer) (*devserver.Process, error) {
	server, err := devserver.Find(ctx, s.moduleDir, s.state.Dir, progress)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(progress, "starting Temporal:", server.Path)
	temporal, err := devserver.Start(ctx, devserver.Options{
		Binary: server, FrontendAddr: s.addresses.Temporal, UIAddr: s.addresses.TemporalUI, DBFile: s.state.TemporalDB(),
		CodecEndpoint: "http://" + s.addresses.Internal + "/codec", Log: os.Stderr,
	})
	if err != nil {
		return nil, fmt.Errorf("%w\n(go run -C dev . -fresh starts with an empty database)", err)
	}
	return temporal, nil
}

// said shows each line of progress on the open pages of phone and desk.
type said func(string)

func (s said) Write(b []byte) (int, error) {
	s("The stack is starting, and nothing is answered yet: " + strings.TrimSpace(string(b)))
	return len(b), nil
}
