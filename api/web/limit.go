package web

import "github.com/labstack/echo/v4"

// address is where a request comes from, as the router's extractor says.
func address(c echo.Context) string {
	if c.Echo().IPExtractor == nil {
		return echo.ExtractIPDirect()(c.Request())
	}
	return c.RealIP()
}

// limitCaller bounds requests without a session, by address. It is generous: mobile networks put many behind one address.
func (s *Site) limitCaller(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.callers.Allow(address(c)) {
			return errTooMany
		}
		return next(c)
	}
}

// limitWriter bounds what one follower may change.
func (s *Site) limitWriter(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !s.writers.Allow(sessionOf(c).OpenID) {
			return errTooMany
		}
		return next(c)
	}
}
