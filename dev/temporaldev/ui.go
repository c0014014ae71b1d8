package temporaldev

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
)

func (s *Server) startUI() {
	s.ui = uiserver.NewServer(uioptions.WithConfigProvider(uiConfig(s.options)))
	// Start blocks and, after Stop, returns nothing useful.
	go func() { _ = s.ui.Start() }()
}

func uiConfig(o Options) *uiconfig.Config {
	host, port := split(o.UIAddr)
	return &uiconfig.Config{
		TemporalGRPCAddress: o.FrontendAddr,
		Host:                host,
		Port:                port,
		EnableUI:            true,
		DefaultNamespace:    o.Namespaces[0],
		CORS:                uiconfig.CORS{CookieInsecure: true, AllowOrigins: []string{"http://" + o.UIAddr}},
		HideLogs:            true,
		DisableNewsFetch:    true,
		Codec: uiconfig.Codec{
			Endpoint: o.CodecEndpoint,
			// The UI decodes nothing if it is told to pass its token to an endpoint without TLS.
			PassAccessToken: strings.HasPrefix(o.CodecEndpoint, "https://"),
		},
	}
}

func waitUI(ctx context.Context, addr string) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := askUI(ctx, addr)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("temporaldev: the UI does not answer: %w", errors.Join(ctx.Err(), err))
		case <-tick.C:
		}
	}
}

func askUI(ctx context.Context, addr string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return nil
}
