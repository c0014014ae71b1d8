package api

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
)

// NewPublic is the handler that the internet may reach. It fails when a required option is missing.
func NewPublic(o Options) (http.Handler, error) {
	h, err := newHandlers(o)
	if err != nil {
		return nil, err
	}
	e := newEcho(h.Logger, slog.LevelInfo, traced(h.Tracer))
	e.IPExtractor = h.Proxies.extractor()
	e.Use(h.guard.unrouted)

	fromWeChat := []echo.MiddlewareFunc{h.metrics.observe("wechat", h.Now), h.guard.strangers(h.signed), h.Callbacks.require(h.signed), limitBody}
	e.GET("/wechat", h.verifyCallback, fromWeChat...)
	e.POST("/wechat", h.receiveMessage, fromWeChat...)

	c4cSeen := []echo.MiddlewareFunc{h.metrics.observe("c4c", h.Now), h.guard.strangers(h.C4C.match)}
	fromC4C := append(slices.Clone(c4cSeen), h.C4C.require, limitBody)
	e.POST("/c4c/wechat", h.receiveReply, fromC4C...)
	e.GET("/c4c/events", h.checkEvents, c4cSeen...)
	e.POST("/c4c/events", h.receiveEvent, fromC4C...)

	if h.site != nil {
		h.site.Routes(e)
	}
	return e, nil
}

// InternalOptions are what the internal handler serves.
type InternalOptions struct {
	Readiness *Readiness   // required
	Metrics   http.Handler // nil: no /metrics
	Codec     http.Handler // nil: no /codec
	Files     http.Handler // takes the files that workers bring for the page; nil: no /files
	Logger    *slog.Logger // nil: none
}

// NewInternal is the handler for operators and the platform; it belongs on an address that strangers cannot reach.
func NewInternal(o InternalOptions) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	e := newEcho(o.Logger, slog.LevelDebug)

	e.GET("/livez", live)
	e.GET("/readyz", o.Readiness.serve)
	if o.Metrics != nil {
		e.GET("/metrics", echo.WrapHandler(o.Metrics))
	}
	if o.Codec != nil {
		e.Any("/codec/*", echo.WrapHandler(o.Codec))
	}
	if o.Files != nil {
		e.PUT("/files/:token", echo.WrapHandler(o.Files))
	}
	return e
}

// newEcho is an empty router with what every route gets.
func newEcho(log *slog.Logger, level slog.Level, first ...echo.MiddlewareFunc) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = writeError
	e.Use(first...)
	e.Use(requestID, accessLog(log, level), recoverPanic(log), securityHeaders)
	return e
}
