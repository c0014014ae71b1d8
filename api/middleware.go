package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/caller"
	"github.com/wechat-c4c/wechat-c4c/wechat"
)

// maxBody is the largest body of a webhook, in bytes.
const maxBody = wechat.MaxBody

// requestID gives each request an id of our own, returned in X-Request-Id and written to the access log. A caller's
// id is ignored.
func requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, rand.Text())
		return next(c)
	}
}

// accessLog writes one line per request. It logs the route, never the address, because queries contain signatures and
// openids.
func accessLog(log *slog.Logger, level slog.Level) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			err := next(c)
			if err != nil {
				c.Error(err)
			}
			res := c.Response()
			attrs := []slog.Attr{
				slog.String("method", c.Request().Method),
				slog.String("route", c.Path()),
				slog.Int("status", res.Status),
				slog.Int64("bytes", res.Size),
				slog.Duration("duration", time.Since(start)),
				slog.String("request_id", res.Header().Get(echo.HeaderXRequestID)),
			}
			if id := observed(c).workflow; id != "" {
				attrs = append(attrs, slog.String("workflow_id", id))
			}
			at := level
			if err != nil {
				attrs = append(attrs, slog.String("error", err.Error()))
			}
			switch {
			case err != nil && failureOf(err).usual:
			case res.Status >= http.StatusInternalServerError:
				at = slog.LevelError
			case res.Status == http.StatusTooManyRequests:
				at = slog.LevelDebug // a flood must not fill the log
			}
			log.LogAttrs(c.Request().Context(), at, "request", attrs...)
			return nil
		}
	}
}

// recoverPanic turns a panic into an internal error and logs its stack.
func recoverPanic(log *slog.Logger) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) (err error) {
			defer func() {
				if cause := recover(); cause != nil {
					if failed, ok := cause.(error); ok && errors.Is(failed, http.ErrAbortHandler) {
						panic(cause)
					}
					log.ErrorContext(c.Request().Context(), "panic", slog.String("stack", string(debug.Stack())))
					err = fmt.Errorf("api: panic: %v", cause)
				}
			}()
			return next(c)
		}
	}
}

func securityHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		header.Set(echo.HeaderXFrameOptions, "DENY")
		header.Set(echo.HeaderReferrerPolicy, "no-referrer")
		header.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
		header.Set(echo.HeaderCacheControl, "no-store")
		return next(c)
	}
}

// room lets only as many bodies be read at once as there is memory for. It briefly waits for others to finish.
func (g *guard) room(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		size, who := c.Request().ContentLength, caller.Of(c)
		if size < 0 || size > maxBody {
			size = maxBody
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), bodyPatience)
		defer cancel()
		if !g.bodies.Wait(ctx, who, size) {
			leaveUnread(c)
			return errBodies
		}
		defer g.bodies.Give(who, size)
		return next(c)
	}
}

// readBody reads a body that limitBody limits.
func readBody(req *http.Request) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, max(0, req.ContentLength)+bytes.MinRead))
	if _, err := b.ReadFrom(req.Body); err != nil {
		return nil, unread(err)
	}
	return b.Bytes(), nil
}

// maxUnread is how much of a too large body is read and discarded, in bytes. Most callers read an answer only after
// they have sent everything, and would otherwise see only a broken connection.
const maxUnread = 16 << 20

// limitBody refuses bodies over maxBody, whether or not their length is announced.
func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		req := c.Request()
		body := req.Body
		var err error = &http.MaxBytesError{Limit: maxBody}
		if req.ContentLength <= maxBody {
			req.Body = http.MaxBytesReader(c.Response(), body, maxBody)
			err = next(c)
		}
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			_, _ = io.CopyN(io.Discard, body, maxUnread) // a caller that stops sending gets the same answer
		}
		return err
	}
}
