package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/api"
	"github.com/wechat-c4c/wechat-c4c/api/web"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/wechat"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// RunAPI serves the webhooks and the H5 page, and health, metrics and the codec on the internal address. When ctx
// ends, it finishes running requests and hands over the spool, as far as time allows. It does not wait for Temporal:
// until Temporal answers, events are kept in the spool.
func RunAPI(ctx context.Context, cfg config.Config, options ...Option) error {
	return runAPI(ctx, cfg, newSurroundings(options))
}

func runAPI(ctx context.Context, cfg config.Config, s surroundings) error {
	if cfg.PublicAddr == "" {
		return fmt.Errorf("%sPUBLIC_ADDR is off, and an api has nothing else to serve: set an address, for example :8080",
			config.Prefix)
	}
	p, err := newProcess(cfg, "api", s)
	if err != nil {
		return err
	}
	defer p.close()
	temporal, err := p.lazyClient()
	if err != nil {
		return err
	}
	defer temporal.Close()
	p.relay, p.disk = web.NewRelay(), web.NewDisk(int64(cfg.Fixed.FilesRoom)<<20)
	callbacks, err := p.callbackAddresses()
	if err != nil {
		return err
	}
	kept, err := p.openSpool(ctx, temporal)
	if err != nil {
		return err
	}
	if kept != nil {
		p.spool = kept
		defer p.handOver(ctx, kept)()
	}
	check := api.WithServer(temporal, api.CheckTemporal(temporal, p.options.Namespace, workflows.SearchAttributes))
	if kept != nil {
		check = api.CheckWithSpool(check, kept, p.options.HostPort+"/"+p.options.Namespace)
	}
	ready := api.NewReadiness(check)
	server, err := p.apiServer(ctx, temporal, callbacks, ready)
	if err != nil {
		return err
	}
	p.relay.Announce(relayURL(ctx, cfg.FilesURL, server.InternalAddr(), p.options.HostPort), cfg.FilesURL == "")
	p.log.InfoContext(ctx, "serving", slog.String("public", server.PublicAddr()),
		slog.String("internal", server.InternalAddr()))
	go p.sayWhatIsMissing(ctx, ready, temporal)
	if callbacks != nil {
		go callbacks.Run(ctx)
	}
	if hasPage(cfg) {
		go web.Sweeper{Temporal: temporal, Namespace: p.options.Namespace, Logger: p.log}.Run(ctx)
	}
	return server.Run(ctx)
}

// apiServer binds the public and the internal address.
func (p *process) apiServer(
	ctx context.Context, temporal client.Client, callbacks *api.CallbackAddresses, ready *api.Readiness,
) (*api.Server, error) {
	o := p.serverOptions(ready)
	o.PublicAddr = p.cfg.PublicAddr
	var err error
	if o.Public, err = p.publicHandler(temporal, callbacks); err != nil {
		return nil, err
	}
	codecs, err := p.codecHandler()
	if err != nil {
		return nil, err
	}
	o.Internal = api.NewInternal(api.InternalOptions{
		Readiness: ready, Metrics: p.telemetry.handler, Codec: codecs, Files: p.relay, Spool: p.spool, Logger: p.log,
	})
	if o.InternalTLS, err = p.relay.TLS(); err != nil {
		return nil, err
	}
	return p.listen(ctx, o)
}

// sayWhatIsMissing logs once why no work can be done, or no page can be shown: not every platform asks /readyz.
func (p *process) sayWhatIsMissing(ctx context.Context, ready *api.Readiness, temporal client.Client) {
	if err := ready.Ready(ctx); err != nil {
		if ctx.Err() == nil {
			p.log.WarnContext(ctx, "not ready", "error", err)
		}
		return
	}
	if hasPage(p.cfg) && !api.Reads(ctx, temporal, p.options.Namespace) {
		version, _ := api.ServerVersion(ctx, temporal) // if unknown, the sentence says so
		p.log.WarnContext(ctx, workflows.ServerWithoutReads(version))
	}
}

// hasPage reports whether any account has the H5 page.
func hasPage(cfg config.Config) bool {
	return slices.ContainsFunc(cfg.All(), func(one config.Config) bool { return one.Web.URL != "" })
}

func (p *process) publicHandler(temporal client.Client, callbacks *api.CallbackAddresses) (http.Handler, error) {
	var accounts []api.Options
	for _, cfg := range p.cfg.All() {
		o, err := p.accountOptions(cfg, temporal, callbacks)
		if err != nil {
			return nil, fmt.Errorf("account %s: %w", cfg.Account, err)
		}
		accounts = append(accounts, o)
	}
	return api.NewPublic(accounts[0], accounts[1:]...)
}

// accountOptions configures the public handler for one account.
func (p *process) accountOptions(cfg config.Config, temporal client.Client, callbacks *api.CallbackAddresses) (
	api.Options, error) {
	w, c := cfg.WeChat, cfg.C4C
	texts, err := textsOf(cfg)
	if err != nil {
		return api.Options{}, err
	}
	autoReplies, err := autoRepliesOf(cfg, temporal)
	if err != nil {
		return api.Options{}, err
	}
	key, former := w.EncodingAESKeys()
	webhook, err := wechat.NewCodec(wechat.CodecOptions{
		AppID: w.AppID, OriginalID: w.OriginalID, Token: w.Token.Reveal(), EncodingAESKey: key,
		PreviousEncodingAESKey: former, Mode: wechat.Mode(w.Mode),
	})
	if err != nil {
		return api.Options{}, err
	}
	page, err := p.page(cfg)
	if err != nil {
		return api.Options{}, err
	}
	domainFiles, err := cfg.Web.ParseDomainFiles()
	if err != nil {
		return api.Options{}, err
	}
	private, proxies, err := cfg.Limits.Proxies()
	if err != nil {
		return api.Options{}, err
	}
	return api.Options{
		Account: cfg.Account, FollowerKeySecret: cfg.FollowerKeySecret.Bytes(), Language: texts.Language(), WeChat: webhook,
		Texts: texts, AutoReplies: autoReplies, OperatorLanguage: wording.Language(cfg.OperatorLocale),
		C4C: api.Credentials{User: config.WebhookUser, Password: c.WebhookPassword.Reveal(),
			Secret: c.WebhookPassword.Reveal()},
		Proxies:   api.Proxies{Private: private, Ranges: proxies},
		Limits:    api.Limits{RefusedPerMinute: cfg.Fixed.RefusedPerMinute, FollowerPerSecond: cfg.Fixed.FollowerPerSecond},
		Callbacks: callbacks,
		Temporal:  temporal, Spool: p.spool, DomainFiles: domainFilesOf(domainFiles),
		Web: page, WebTemporal: temporal, Logger: p.log, Meter: p.meter(), Tracer: p.telemetry.tracer(),
	}, nil
}

// serverOptions are the options that api and worker share; the caller fills in the internal handler.
func (p *process) serverOptions(ready *api.Readiness) api.ServerOptions {
	return api.ServerOptions{
		InternalAddr: p.cfg.InternalAddr,
		ReadTimeout:  p.cfg.Fixed.HTTPReadTimeout, WriteTimeout: p.cfg.Fixed.HTTPWriteTimeout,
		IdleTimeout: p.cfg.Fixed.HTTPIdleTimeout,
		StopTimeout: p.cfg.StopTimeout, Readiness: ready, Logger: p.log, Meter: p.meter(),
	}
}
