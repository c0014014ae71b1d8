package api

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/handover"
)

// How long a webhook may take in total, including waits and Temporal's retries. WeChat gives up after 5 seconds and
// pushes again; the rest is for the network. C4C never pushes again, so Temporal gets as long as the connection
// lasts.
const (
	budgetOfWeChat = 4500 * time.Millisecond
	budgetOfC4C    = 9 * time.Second
)

// openIDForm rejects characters that are not safe in an id. An openid has 28 of the accepted ones.
var openIDForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// within limits the duration of a request, from its first middleware on.
func within(budget time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx, cancel := context.WithTimeout(c.Request().Context(), budget)
			defer cancel()
			c.SetRequest(c.Request().WithContext(ctx))
			return next(c)
		}
	}
}

// newHandover makes the account's Handover.
func newHandover(o Options) *handover.Handover {
	h := handover.New(o.Temporal, o.FollowerKeySecret, o.Account, o.Spool)
	h.Language = o.OperatorLanguage
	return h
}

// resultOf is the metrics result of an event that was handed over.
func resultOf(outcome handover.Outcome) string {
	switch outcome {
	case handover.Kept:
		return resultSpooled
	case handover.Repeat:
		return resultDuplicate
	case handover.Nobody:
		return resultIgnored
	}
	return resultAccepted
}

// unavailable is the answer if neither Temporal nor the spool accepts something: the sender keeps it and tries again.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return &failure{status: http.StatusServiceUnavailable, result: "unavailable", again: laterOn, err: err}
}

// laterOn is when to try again after Temporal and the spool have both refused.
const laterOn = 5 * time.Second
