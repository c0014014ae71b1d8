// Command simulators serves the simulated WeChat and C4C without the rest of the stack, for a connector that runs
// elsewhere: the demo profiles of docker-compose.yml and Kubernetes. Their data is lost when they end. Never expose
// them to the internet.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/wechatsim"
)

// settings come from the command line.
type settings struct {
	api, c4cURL, wechatAddr, c4cAddr string
	health                           bool
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	s, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2)
	}
	run := serve
	if s.health {
		run = ask
	}
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "simulators:", err)
		os.Exit(1)
	}
}

// parse reads the command line. By default only this machine reaches the simulators: anyone who reaches them can
// control them.
func parse(args []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("simulators", flag.ContinueOnError)
	flags.StringVar(&s.api, "api", "http://127.0.0.1:8080", "public address of the connector's api")
	flags.StringVar(&s.c4cURL, "c4c-url", "http://127.0.0.1:8091", "address that the C4C simulator gives itself in events")
	flags.StringVar(&s.wechatAddr, "wechat-addr", "127.0.0.1:8090",
		"address of the WeChat simulator; :8090 in a container, where others must reach it")
	flags.StringVar(&s.c4cAddr, "c4c-addr", "127.0.0.1:8091", "the same of the C4C simulator")
	flags.BoolVar(&s.health, "health", false, "ask running simulators whether they answer, and end")
	return s, flags.Parse(args)
}

// serve runs both until ctx ends.
func serve(ctx context.Context, s settings) error {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	api := strings.TrimRight(s.api, "/")
	wechat := wechatsim.New(wechatsim.Options{CallbackURL: api + "/wechat", Logger: logger})
	c4c := c4csim.New(c4csim.Options{MashupURL: api + "/c4c/wechat", EventURL: api + "/c4c/events", BaseURL: s.c4cURL,
		Logger: logger})
	failed := make(chan error, 2)
	servers := make([]*http.Server, 0, 2)
	for addr, handler := range map[string]http.Handler{s.wechatAddr: wechat, s.c4cAddr: c4c} {
		listener, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
		servers = append(servers, server)
		go func() { failed <- server.Serve(listener) }()
	}
	logger.Info("serving", "wechat", s.wechatAddr, "c4c", s.c4cAddr, "api", api)
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	err = errors.Join(err, wechat.Close(), c4c.Close())
	for _, server := range servers {
		_ = server.Close()
	}
	return err
}

// ask checks that both answer.
func ask(ctx context.Context, s settings) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	for _, addr := range []string{s.wechatAddr, s.c4cAddr} {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+port+"/_sim/requests", nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", addr, res.Status)
		}
	}
	return nil
}
