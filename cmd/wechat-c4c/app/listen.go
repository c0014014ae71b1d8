package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"syscall"

	"github.com/wechat-c4c/wechat-c4c/api"
)

// listen binds the addresses. If no setting chose the internal address and another process uses it, such as an api
// next to a worker on one machine, a free port is used instead, which appears only in the log.
func (p *process) listen(ctx context.Context, o api.ServerOptions) (*api.Server, error) {
	server, err := api.Listen(ctx, o)
	refused, ok := errors.AsType[*api.ListenError](err)
	if ok && refused.Internal && errors.Is(err, syscall.EADDRINUSE) && p.cfg.InternalAddrIsDefault() {
		host, _, _ := net.SplitHostPort(o.InternalAddr)
		taken := o.InternalAddr
		o.InternalAddr = net.JoinHostPort(host, "0")
		if server, err = api.Listen(ctx, o); err == nil {
			p.log.WarnContext(ctx,
				"the default internal address is taken by another process: a free port takes its place; set WECHAT_C4C_INTERNAL_ADDR for one that is known",
				slog.String("taken", taken), slog.String("internal", server.InternalAddr()))
		}
	}
	if err != nil {
		return nil, listening(err)
	}
	return server, nil
}
