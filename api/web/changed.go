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

// change says when a session has changed something last. The browser carries it from the process that took the change to
// those that may have read before it.
type change struct {
	Session string `json:"i"`
	At      int64  `json:"t"` // seconds since 1970
}

// changed has what is on the pages read anew, here and wherever the browser asks next.
func (s *Site) changed(c echo.Context, own *session) {
	s.outdate(own.OpenID, s.Now().Add(time.Second))
	s.setCookie(c, changedCookie, s.signer.sign(purposeChanged, change{own.ID, s.Now().Unix()}), changedLife)
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
	if at := time.Unix(last.At, 0); s.Now().Sub(at) < changedLife {
		s.outdate(own.OpenID, at.Add(clocksDiffer))
	}
}

func (s *Site) outdate(openID string, before time.Time) {
	s.reads.outdate(openID, before)
	s.known.outdate(openID, before)
}
