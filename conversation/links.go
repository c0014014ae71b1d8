package conversation

import (
	"errors"
	"slices"
	"time"
)

// SpentLink is a personal link that was used.
type SpentLink struct {
	ID      string `json:"id"`
	Expires int64  `json:"expires"`
}

// Reasons why a personal link does not work.
var (
	ErrLinkSpent    = errors.New("the link was used or has expired")
	ErrFollowerGone = errors.New("the follower has left")
)

// CheckLink returns the reason why a personal link does not work; nil: it works. It changes nothing.
func (s *State) CheckLink(now time.Time, in SpendLinkRequest) error {
	alive := 0
	for _, l := range s.Page.Links {
		if l.Expires <= now.Unix() {
			continue
		}
		if alive++; l.ID == in.ID {
			return ErrLinkSpent
		}
	}
	switch {
	case s.Presence.Gone || in.Issued <= s.Page.Ended:
		return ErrFollowerGone
	case in.Expires <= now.Unix() || alive >= maxWebLinks:
		return ErrLinkSpent
	}
	return nil
}

// apply uses up a personal link.
func (e SpendLink) apply(s *step) {
	links := slices.DeleteFunc(s.Page.Links, func(l SpentLink) bool { return l.Expires <= s.now.Unix() })
	s.Page.Links = append(links, SpentLink{ID: e.ID, Expires: e.Expires})
}
