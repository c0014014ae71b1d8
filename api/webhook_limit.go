package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/limit"
)

// Limits bound what strangers and single followers may cost. Nothing genuine is lost to them: a request that proves where
// it comes from is never refused because of its address, and a follower who floods is held back before being turned away.
type Limits struct {
	// RefusedPerMinute is how many requests of one address may be refused within a minute before further ones that prove
	// nothing are answered with 429, unread; 0: any number.
	RefusedPerMinute int
	// FollowerPerSecond is how many messages and events of one follower are handed on each second, after a burst of ten
	// times as many. Those above wait, at most two seconds; what would wait longer gets 503, which WeChat repeats; 0: no limit.
	FollowerPerSecond float64
}

const (
	floodPatience = 2 * time.Second // leaves the rest of WeChat's 5 seconds to Temporal
	retryAfter    = time.Minute     // for those who are refused unread
)

// errTooMany answers strangers without having looked at what they sent.
var errTooMany = &failure{status: http.StatusTooManyRequests, result: "limited", text: "too many requests"}

// errFlood puts off what one follower sends too fast; the sender repeats it.
var errFlood = &failure{status: http.StatusServiceUnavailable, result: "flood", err: errors.New("api: a follower sends too fast")}

// guard holds the limits' counters.
type guard struct {
	refused   *limit.Limiter // by address; nil: not limited
	followers *limit.Limiter // by openid; nil: not limited
}

func newGuard(l Limits, now func() time.Time) *guard {
	g := &guard{}
	if l.RefusedPerMinute > 0 {
		g.refused = limit.New(now, float64(l.RefusedPerMinute)/60, l.RefusedPerMinute)
	}
	if l.FollowerPerSecond > 0 {
		g.followers = limit.New(now, l.FollowerPerSecond, max(1, int(10*l.FollowerPerSecond)))
	}
	return g
}

// strangers turns requests away whose address had too many refused, unless they prove who sent them. The proof must need
// no body.
func (g *guard) strangers(proven func(*http.Request) bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if g.refused == nil {
				return next(c)
			}
			caller := callerOf(c)
			if g.refused.Spent(caller) && !proven(c.Request()) {
				c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(retryAfter.Seconds())))
				return errTooMany
			}
			err := next(c)
			if err != nil && callersFault(failureOf(err).status) {
				g.refused.Allow(caller)
			}
			return err
		}
	}
}

func callersFault(status int) bool {
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError
}

// pace holds a follower back who sends too fast.
func (g *guard) pace(ctx context.Context, openID string) error {
	if g.followers == nil {
		return nil
	}
	wait, ok := g.followers.Reserve(openID, floodPatience)
	if !ok {
		return errFlood
	}
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

// unrouted limits who looks for routes: they have no sender.
func (g *guard) unrouted(next echo.HandlerFunc) echo.HandlerFunc {
	limited := g.strangers(func(*http.Request) bool { return false })(next)
	return func(c echo.Context) error {
		if c.Path() == "" {
			return limited(c)
		}
		return next(c)
	}
}
