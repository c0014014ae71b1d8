package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/caller"
	"github.com/wechat-c4c/wechat-c4c/api/limit"
)

// Limits bound the cost that strangers and single followers can cause. No genuine request is lost: a request that
// proves its origin is never refused because of its address, and a follower who floods is slowed down before being
// turned away.
type Limits struct {
	// RefusedPerMinute is how many requests of one address may be unproven or refused within a minute. Further unproven
	// ones get 429; 0: no limit.
	RefusedPerMinute int
	// FollowerPerSecond is how many messages and events of one follower are handed on each second, after a burst of ten
	// times as many. Further ones wait, at most two seconds; those that would wait longer get 503, which WeChat
	// repeats; 0: no limit.
	FollowerPerSecond float64
}

const (
	floodPatience = 2 * time.Second // leaves Temporal the rest of WeChat's 5 seconds
	retryAfter    = time.Minute     // for callers refused unread
	retrySoon     = time.Second     // for callers who come when everything is in use
)

// The most bytes of webhook bodies being read at once. WeChat's pushes are a few kilobytes.
const (
	bodiesOfCaller = 4 << 20
	bodiesOfAll    = 16 << 20
	bodyPatience   = time.Second
)

// errTooMany answers strangers without reading what they sent.
var errTooMany = &failure{
	status: http.StatusTooManyRequests, result: "limited", text: "too many requests", limit: "strangers",
	again: retryAfter,
}

// errFlood postpones what one follower sends too fast; the sender repeats it.
var errFlood = &failure{
	status: http.StatusServiceUnavailable, result: "flood", err: errors.New("api: a follower sends too fast"),
	limit: "follower", again: floodPatience,
}

// errBodies postpones what would need more memory than webhooks may use; the sender repeats it.
var errBodies = &failure{
	status: http.StatusServiceUnavailable, result: "busy", err: errors.New("api: too much is being read"),
	limit: "bodies", again: retrySoon,
}

// guard holds the limits' counters, for all accounts together.
type guard struct {
	refused   *limit.Limiter // by caller; nil: not limited
	followers *limit.Limiter // by openid; nil: not limited
	bodies    *limit.Shares  // by caller, in bytes
	warned    sync.Once      // about proxies
}

func newGuard(l Limits, now func() time.Time) *guard {
	g := &guard{bodies: limit.NewShares(bodiesOfCaller, bodiesOfAll)}
	if l.RefusedPerMinute > 0 {
		g.refused = limit.New(now, float64(l.RefusedPerMinute)/60, l.RefusedPerMinute)
	}
	if l.FollowerPerSecond > 0 {
		g.followers = limit.New(now, l.FollowerPerSecond, max(1, int(10*l.FollowerPerSecond)))
	}
	return g
}

// strangers counts an address's unproven requests, before anything else is done for them, and turns them away if
// there were too many. The proof must not need a body. A proven request that is refused anyway counts, too.
func (g *guard) strangers(proven func(*http.Request) bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if !proven(c.Request()) {
				if err := g.admit(c); err != nil {
					return err
				}
				return next(c)
			}
			err := next(c)
			if err != nil && g.refused != nil && callersFault(failureOf(err).status) {
				g.refused.Allow(caller.Of(c))
			}
			return err
		}
	}
}

// admit counts an unproven request.
func (g *guard) admit(c echo.Context) error {
	if g.refused == nil || g.refused.Allow(caller.Of(c)) {
		return nil
	}
	leaveUnread(c)
	return errTooMany
}

func callersFault(status int) bool {
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError
}

// leaveUnread closes the connection after the answer. Otherwise net/http would read the rest of an unwanted body.
func leaveUnread(c echo.Context) {
	if c.Request().ContentLength != 0 {
		c.Response().Header().Set(echo.HeaderConnection, "close")
	}
}

// pace slows down a follower who sends too fast.
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

// newUnrouted limits callers who probe for routes, or use a wrong method: they have no sender.
func newUnrouted(g *guard) echo.MiddlewareFunc {
	var once sync.Once
	routes := map[string]bool{} // method and path
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			once.Do(func() {
				for _, route := range c.Echo().Routes() {
					routes[route.Method+" "+route.Path] = true
				}
			})
			if !routes[c.Request().Method+" "+c.Path()] {
				if err := g.admit(c); err != nil {
					return err
				}
			}
			return next(c)
		}
	}
}
