package conversation

import "slices"

// EndedSession is a session of the page that the follower has ended.
type EndedSession struct {
	ID      string `json:"id"`
	Expires int64  `json:"expires"` // seconds since 1970
}

// signedOut ends a session. If there are too many to remember, it ends all sessions begun until now.
func (p *Page) signedOut(in EndedSession, now int64) {
	p.Sessions = slices.DeleteFunc(p.Sessions, func(e EndedSession) bool { return e.Expires <= now || e.ID == in.ID })
	if in.Expires <= now {
		return
	}
	if len(p.Sessions) >= maxWebSessions {
		p.Sessions, p.Ended = nil, max(p.Ended, now)
		return
	}
	p.Sessions = append(p.Sessions, in)
}
