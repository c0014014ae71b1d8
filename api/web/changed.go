package web

import (
	"time"

	"github.com/labstack/echo/v4"
)

const (
	changedCookie  = "wx_changed"
	purposeChanged = "changed"
	changedLife    = readLife + 5*time.Second
	clocksDiffer   = 2 * time.Second // between two processes, at most
)

// change is when a session last changed something. The browser carries it from the process that made the change to
// processes that may have read before it.
type change struct {
	Session string `json:"i"`
	At      int64  `json:"t"` // seconds since 1970
}

// markChanged makes the pages' data be read again, here and by any process that the browser asks next.
func (s *Site) markChanged(c echo.Context, own *session) {
	s.outdate(own.OpenID, s.Now().Add(time.Second))
	s.setCookie(c, changedCookie, s.signer.sign(purposeChanged, change{own.ID, s.Now().Unix()}), changedLife)
}

// markArrived makes the pages' data be read again once a submission has reached C4C. It counts as a change, because
// repeated views would otherwise show the earlier read.
func (s *Site) markArrived(c echo.Context) {
	if own := sessionOf(c); s.limits.writers.Allow(own.OpenID) {
		s.markChanged(c, own)
	}
}

// heedChange outdates what this process read before a change made through another process.
func (s *Site) heedChange(c echo.Context, own *session) {
	signed, ok := s.cookie(c, changedCookie)
	if !ok {
		return
	}
	var last change
	if !s.signer.open(purposeChanged, signed, &last) || last.Session != own.ID {
		return
	}
	at, heeds := time.Unix(last.At, 0), 2*last.At
	if s.Now().Sub(at) > clocksDiffer {
		heeds++ // a second time, for what was read within the clock difference
	}
	if heeded, ok := s.heeded.fresh(own.ID); ok && heeded >= heeds {
		return
	}
	if s.Now().Sub(at) < changedLife {
		s.heeded.keep(own.ID, heeds)
		s.outdate(own.OpenID, at.Add(clocksDiffer))
	}
}

func (s *Site) outdate(openID string, before time.Time) {
	s.reads.outdate(openID, before)
	s.known.outdate(openID, before)
}
