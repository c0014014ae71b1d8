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

// Limits bound what strangers and single followers may cost. Nothing genuine is lost to them: a request that proves
// where it comes from is never refused because of its address, and a follower who floods is held back before being
// turned away.
type Limits struct {
	// RefusedPerMinute is how many requests of one address may prove nothing, or be refused, within a minute before
	// further ones that prove nothing are answered with 429; 0: any number.
	RefusedPerMinute int
	// FollowerPerSecond is how many messages and events of one follower are handed on each second, after a burst of ten
	// times as many. Those above wait, at most two seconds; what would wait longer gets 503, which WeChat repeats; 0: no
	// limit.
	FollowerPerSecond float64
}

const (
	floodPatience = 2 * time.Second // leaves the rest of WeChat's 5 seconds to Temporal
	retryAfter    = time.Minute     // for those who are refused unread
	retrySoon     = time.Second     // for those who come when all is taken
)

// Bodies of webhooks that are read at one time, in bytes. WeChat's pushes are a few kilobytes.
const (
	bodiesOfCaller = 4 << 20
	bodiesOfAll    = 16 << 20
	bodyPatience   = time.Second
)

// errTooMany answers strangers without having looked at what they sent.
var errTooMany = &failure{
	status: http.StatusTooManyRequests, result: "limited", text: "too many requests", limit: "strangers",
	again: retryAfter,
}

// errFlood puts off what one follower sends too fast; the sender repeats it.
var errFlood = &failure{
	status: http.StatusServiceUnavailable, result: "flood", err: errors.New("api: a follower sends too fast"),
	limit: "follower", again: floodPatience,
}

// errBodies puts off what would need more memory than webhooks may take; the sender repeats it.
var errBodies = &failure{
	status: http.StatusServiceUnavailable, result: "busy", err: errors.New("api: too much is being read"),
	limit: "bodies", again: retrySoon,
}

// guard holds the limits' counters, of all accounts together.
type guard struct {
	refused   *limit.Limiter // by caller; nil: not limited
	followers *limit.Limiter // by openid; nil: not limited
	bodies    *limit.Shares  // by caller, in bytes
	warned    sync.Once      // of proxies
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

// strangers counts the requests of an address that prove nothing, before anything else is done for them, and turns them
// away when there were too many. The proof must need no body. What is proven but refused all the same counts as well.
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

// admit counts a request that proves nothing.
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

// leaveUnread has the connection closed behind the answer: net/http would read on for a body that nobody wants.
func leaveUnread(c echo.Context) {
	if c.Request().ContentLength != 0 {
		c.Response().Header().Set(echo.HeaderConnection, "close")
	}
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

// newUnrouted limits who looks for routes, or calls one by another method: they have no sender.
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
