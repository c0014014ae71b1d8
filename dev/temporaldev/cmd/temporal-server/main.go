// Command temporal-server runs the Temporal server and UI of package temporaldev. It understands the arguments of
// "temporal server start-dev" that the connector's stack and testsuite.StartDevServer of Temporal's SDK use:
//
//	temporal-server server start-dev --port 7233 --ui-port 8233 --db-filename temporal.db --namespace default
//
// It ends on an interrupt, on SIGTERM, and with --stop-with-stdin as soon as standard input is closed, which happens
// even when the parent process was killed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/wechat-c4c/wechat-c4c/dev/temporaldev"
)

// startWithin is the longest a start may take before it counts as failed.
const startWithin = time.Minute

func main() {
	// First of all: a stop may come before the server is ready.
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintln(os.Stderr, strings.TrimPrefix(err.Error(), "temporaldev: "))
	os.Exit(1)
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	settings, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if settings.stopWithStdin {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			cancel()
		}()
	}
	starting, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	server, err := temporaldev.Start(starting, settings.options)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return err
	}
	ui := "off"
	if server.UIAddr() != "" {
		ui = "http://" + server.UIAddr()
	}
	fmt.Fprintf(stdout, "Temporal server pid %d: frontend %s, UI %s\n", os.Getpid(), server.FrontendAddr(), ui)
	<-ctx.Done()
	return server.Stop()
}
