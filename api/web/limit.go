package web

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/api/caller"
	"github.com/wechat-c4c/wechat-c4c/api/limit"
)

// Names of the limits in the metrics.
const (
	limitStrangers = "page_strangers" // requests of an address without a session
	limitLogins    = "page_logins"    // logins under way, and codes that WeChat is asked for
	limitReads     = "page_reads"     // requests of a follower
	limitChanges   = "page_changes"   // what a follower changes
	limitFiles     = "page_files"     // files of C4C that a follower asks for
)

// Logins that are under way at one time, of one address and of all, and how long another one waits for its turn.
const (
	loginsOfCaller = 8
	loginsOfAll    = 64
	loginPatience  = 2 * time.Second
)

// limits are what the page's callers may do.
type limits struct {
	callers *limit.Limiter // by address, of requests without a session
	assets  *limit.Limiter // by address, of stylesheet and script
	readers *limit.Limiter // by follower
	writers *limit.Limiter // by follower, of requests that change something
	files   *limit.Limiter // by follower, of files that C4C is asked for
	logins  *limit.Shares  // by address, of those under way
	codes   *limit.Limiter // of all, that WeChat is asked for
}

func newLimits(now func() time.Time) limits {
	return limits{
		callers: limit.New(now, 20, 60), assets: limit.New(now, 100, 300),
		readers: limit.New(now, 10, 60), writers: limit.New(now, 0.5, 8), files: limit.New(now, 1, 30),
		logins: limit.NewShares(loginsOfCaller, loginsOfAll), codes: limit.New(now, 50, 200),
	}
}

// limitCaller bounds requests without a session, by address. It is generous: mobile networks put many behind one address.
func (s *Site) limitCaller(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.limits.callers.Allow(caller.Of(c)) {
			return errTooMany.by(limitStrangers)
		}
		return next(c)
	}
}

// limitAssets bounds what anybody may fetch of stylesheet and script.
func (s *Site) limitAssets(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.limits.assets.Allow(caller.Of(c)) {
			return errTooMany.by(limitStrangers)
		}
		return next(c)
	}
}

// limitLogins bounds how many wait at one time for WeChat or a conversation to say who they are.
func (s *Site) limitLogins(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		who := caller.Of(c)
		ctx, cancel := context.WithTimeout(c.Request().Context(), loginPatience)
		defer cancel()
		if !s.limits.logins.Wait(ctx, who, 1) {
			return errBusy.by(limitLogins)
		}
		defer s.limits.logins.Give(who, 1)
		return next(c)
	}
}

// limitWriter bounds what one follower may change.
func (s *Site) limitWriter(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.limits.writers.Allow(sessionOf(c).OpenID) {
			return errTooMany.by(limitChanges)
		}
		return next(c)
	}
}
