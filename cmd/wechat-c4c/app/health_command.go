package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// healthTimeout is how long a process on the same machine may take to answer.
const healthTimeout = 3 * time.Second

// healthClient uses no proxy: the process is on the same machine, whatever HTTP_PROXY says about outgoing requests.
var healthClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// newHealth makes the command that asks the process in the same container for its health, for platforms that check by
// command: the image contains no other program. It uses only the internal address.
func newHealth(environ []string) *cobra.Command {
	var ready bool
	c := &cobra.Command{Use: "health", Short: "Check that the api or worker on this machine is alive",
		Example: "  wechat-c4c health --ready", Args: takesNothing, RunE: func(c *cobra.Command, _ []string) error {
			path := "/livez"
			if ready {
				path = "/readyz"
			}
			return askHealth(c.Context(), internalAddr(environ), path)
		}}
	c.Flags().BoolVar(&ready, "ready", false, "check that it is ready for work")
	return c
}

// internalAddr reads the one setting that matters.
func internalAddr(environ []string) string {
	const name = config.Prefix + "INTERNAL_ADDR"
	addr := ""
	for _, f := range config.Fields() {
		if f.Name == name {
			addr = f.Default
		}
	}
	for _, variable := range environ {
		if value, ok := strings.CutPrefix(variable, name+"="); ok && value != "" {
			addr = value
		}
	}
	return addr
}

func askHealth(ctx context.Context, addr, path string) error {
	if _, err := askInternal(ctx, http.MethodGet, addr, path, 500); err != nil {
		return fmt.Errorf("health: %w", err)
	}
	return nil
}

// askInternal asks the internal address of the process on this machine, and returns its answer, up to most bytes.
func askInternal(ctx context.Context, method, addr, path string, most int64) ([]byte, error) {
	if addr == config.Off {
		return nil, errors.New("the internal address is off")
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return nil, err
	}
	res, err := healthClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, most))
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", res.Status, strings.TrimSpace(string(body)))
	}
	return body, err
}
