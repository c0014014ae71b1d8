package api

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
)

// NewPublic returns the handler that the internet may reach: /wechat, /c4c/wechat and /c4c/events, each also followed
// by /<account>, and the H5 pages. Addresses without an account belong to the first account. Each further account's
// page is on the host of its own address. It fails if a required option is missing.
func NewPublic(first Options, further ...Options) (http.Handler, error) {
	all, err := newAccounts(first, further)
	if err != nil {
		return nil, err
	}
	e := all.newEcho()
	all[0].fromWeChat(e, "")
	all.fromC4C(e, "")
	for _, h := range all {
		h.fromWeChat(e, "/"+h.Account)
		accounts{h}.fromC4C(e, "/"+h.Account)
	}
	return all.withPages(e), nil
}

// fromWeChat serves WeChat's pushes to the account at the address with this suffix.
func (h *handlers) fromWeChat(e *echo.Echo, end string) {
	seen := []echo.MiddlewareFunc{
		h.metrics.observe("wechat", h.Now), within(budgetOfWeChat), h.recordAccount, h.guard.strangers(h.signed),
		h.Callbacks.require(h.signed),
	}
	guarded := append(slices.Clone(seen), h.requireSignature, h.guard.room, limitBody)
	e.GET("/wechat"+end, h.verifyCallback, seen...)
	e.POST("/wechat"+end, h.receiveMessage, guarded...)
}

// fromC4C serves C4C's pushes at the addresses with this suffix, whichever account they belong to.
func (a accounts) fromC4C(e *echo.Echo, end string) {
	seen := []echo.MiddlewareFunc{a[0].metrics.observe("c4c", a[0].Now), within(budgetOfC4C),
		a[0].guard.strangers(a.match)}
	guarded := append(slices.Clone(seen), a.require, a[0].guard.room, limitBody)
	e.POST("/c4c/wechat"+end, a.receiveReply, guarded...)
	e.GET("/c4c/events"+end, a.checkEvents, seen...)
	e.OPTIONS("/c4c/events"+end, a.agreeToEvents, seen...)
	e.POST("/c4c/events"+end, a.receiveEvent, guarded...)
}

// InternalOptions configure the internal handler.
type InternalOptions struct {
	Readiness *Readiness   // required
	Metrics   http.Handler // nil: no /metrics
	Codec     http.Handler // nil: no /codec
	Files     http.Handler // receives the files that workers send for the page; nil: no /files
	Spool     *spool.Spool // shown at /spool; nil: none
	Logger    *slog.Logger // nil: none
}

// NewInternal returns the handler for operators and the platform. Its address must not be reachable for strangers.
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
	if o.Spool != nil {
		e.GET("/spool", func(c echo.Context) error { return showSpool(c, o.Spool) })
		e.POST("/spool/retry", func(c echo.Context) error { return retrySpool(c, o.Spool) })
	}
	return e
}

// newEcho returns an empty router with the middleware of every route.
func newEcho(log *slog.Logger, level slog.Level, first ...echo.MiddlewareFunc) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = writeError
	e.Use(first...)
	e.Use(requestID, accessLog(log, level), recoverPanic(log), securityHeaders)
	return e
}
