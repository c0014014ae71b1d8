package web

import (
	"time"

	"github.com/labstack/echo/v4"
)

const (
	changedCookie  = "wx_changed"
	purposeChanged = "changed"
	changedLife    = readLife + 5*time.Second
	clocksDiffer   = 2 * time.Second // those of two processes, at most
)

// change says when a session has changed something last. The browser carries it from the process that took the change
// to those that may have read before it.
type change struct {
	Session string `json:"i"`
	At      int64  `json:"t"` // seconds since 1970
}

// changed has what is on the pages read anew, here and wherever the browser asks next.
func (s *Site) changed(c echo.Context, own *session) {
	s.outdate(own.OpenID, s.Now().Add(time.Second))
	s.setCookie(c, changedCookie, s.signer.sign(purposeChanged, change{own.ID, s.Now().Unix()}), changedLife)
}

// seen has what is on the pages read anew once a submission has reached C4C. It counts as a change: whoever looks again
// and again reads what was read.
func (s *Site) seen(c echo.Context) {
	if own := sessionOf(c); s.limits.writers.Allow(own.OpenID) {
		s.changed(c, own)
	}
}

// heedChange outdates what this process has read before a change that another one took.
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
		heeds++ // once more, for what was read within the difference of clocks
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
