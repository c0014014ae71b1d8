package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

// The further programs in this binary: one simulator each, in a process that can be killed.
const (
	simulateWeChat = "wechatsim"
	simulateC4C    = "c4csim"
)

// simulator is common to both simulators.
type simulator interface {
	http.Handler
	Close() error
}

// simulate serves one simulator until ctx ends. It pushes nothing: the driver does that. The state file keeps
// everything it has answered, even if it is killed.
func simulate(ctx context.Context, program string, args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("chaos %s: an address and a state file are needed", program)
	}
	addr, stateFile := args[0], args[1]
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	var sim simulator
	switch program {
	case simulateWeChat:
		sim = wechatsim.New(wechatsim.Options{
			Seed: 1, RetryPause: wechatsim.NoDelay, ReceiptDelay: wechatsim.NoDelay, StateFile: stateFile, Logger: logger,
		})
	case simulateC4C:
		sim = c4csim.New(c4csim.Options{Seed: 1, StateFile: stateFile, BaseURL: "http://" + addr, Logger: logger})
	}
	server := &http.Server{Addr: addr, Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-ended:
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	// Running calls are answered and kept before the state is written.
	if failed := server.Shutdown(stop); failed != nil {
		err = errors.Join(err, server.Close())
	}
	return errors.Join(err, sim.Close())
}
