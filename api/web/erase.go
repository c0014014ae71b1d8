package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// freshLogin is how recently a follower must have signed in to be erased. A copied cookie soon becomes useless for
// this, and a new login requires the follower's own WeChat.
const freshLogin = 10 * time.Minute

func (s *Site) isFresh(own *session) bool { return s.Now().Sub(time.Unix(own.Issued, 0)) < freshLogin }

// eraseView is what is stored about a follower.
type eraseView struct {
	Name, Phone, Email, Address string
	CustomerID                  string
	Consent                     conversation.Consent
	Tickets                     int // in C4C
	Underway                    int // sent by the follower and not in C4C yet
	Unread                      bool
	Stale                       int // minutes
	Contact                     string
	Facts                       []fact // the tenant's own fields
}

// showErase serves GET /web/account/erase: what is stored about the follower, and the question whether to delete it.
// A follower who has not signed in recently signs in again.
func (s *Site) showErase(c echo.Context) error {
	if !s.Erasure {
		return errNotFound
	}
	own, ctx := sessionOf(c), c.Request().Context()
	if !s.isFresh(own) {
		if !s.OAuth || wantsJSON(c) {
			return errNotFresh
		}
		s.setCookie(c, sessionCookie, "", -1) // a failed login must not lead here again
		return s.redirectToLogin(c, c.Request().URL.Path)
	}
	view := eraseView{Contact: s.Contact, Consent: s.followStatus(ctx, own.OpenID).Consent}
	view.Underway = len(s.conversationOf(c).Underway)
	customer, old, err := s.readCustomer(ctx, own)
	if view.Unread, view.Stale = err != nil, int(old.Minutes()); err == nil {
		d := customer.Data
		view.CustomerID, view.Name, view.Phone, view.Email = customer.ID, registeredName(d), localPhone(d.Mobile), d.Email
		view.Facts = s.facts(s.language(c), s.CustomerFields, s.ownOf(customer))
		view.Address = strings.Join(strings.Fields(d.PostalCode+" "+d.City+" "+d.Street), " ")
	}
	list, _, err := s.readTickets(ctx, own, 1)
	view.Tickets, view.Unread = list.Total, view.Unread || err != nil
	return s.render(c, http.StatusOK, "erase", "web_erase", view)
}

// receiptLength is how much of the erasure's hash followers see: enough to find it by.
const receiptLength = 12

// erasedView is the receipt.
type erasedView struct {
	At      time.Time
	Number  string
	Company string
	Contact string
}

// erase begins the erasure of the follower. Repeating it is harmless. The session ends: here at once, elsewhere as
// soon as a worker has marked the erasure.
func (s *Site) erase(c echo.Context, _ *form) error {
	own := sessionOf(c)
	switch {
	case !s.Erasure:
		return errNotFound
	case !s.isFresh(own):
		return errNotFresh
	}
	hash, err := s.Backend.Erase(context.WithoutCancel(c.Request().Context()), own.OpenID)
	if err != nil {
		return errNotErased.because(err)
	}
	s.ended.keep(own.ID, true)
	s.reads.forget(own.OpenID)
	s.Disk.forget(s.Account, own.OpenID)
	s.setCookie(c, sessionCookie, "", -1)
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	number := hash[:min(len(hash), receiptLength)]
	receipt := erasedView{At: s.Now(), Number: number, Company: s.Company, Contact: s.Contact}
	if wantsJSON(c) {
		return c.JSON(http.StatusAccepted, map[string]string{"receipt": receipt.Number})
	}
	c.Set(sessionKey, nil)
	return s.render(c, http.StatusOK, "erased", "web_erased", receipt)
}
