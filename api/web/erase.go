package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// freshLogin is how long ago a follower may have signed in who wants to be erased: a cookie that somebody copied is
// worth nothing here for long, and a new login takes the follower's own WeChat.
const freshLogin = 10 * time.Minute

func (s *Site) isFresh(own *session) bool { return s.Now().Sub(time.Unix(own.Issued, 0)) < freshLogin }

// eraseView is what is kept of a follower.
type eraseView struct {
	Name, Phone, Email, Address string
	CustomerID                  string
	Consent                     conversation.Consent
	Tickets                     int // in C4C
	Underway                    int // what they have sent and C4C does not have yet
	Unread                      bool
	Stale                       int // minutes
	Contact                     string
}

// showErase is GET /web/account/erase: what is kept of the follower, and the question whether it is to be deleted. Who
// has not signed in lately does so once more.
func (s *Site) showErase(c echo.Context) error {
	if !s.Erasure {
		return errNotFound
	}
	own, ctx := sessionOf(c), c.Request().Context()
	if !s.isFresh(own) {
		if !s.OAuth || wantsJSON(c) {
			return errNotFresh
		}
		s.setCookie(c, sessionCookie, "", -1) // a login that fails must not lead here again
		return s.redirectToLogin(c, c.Request().URL.Path)
	}
	view := eraseView{Contact: s.Contact, Consent: s.standing(ctx, own.OpenID).Consent}
	view.Underway = len(s.conversationOf(c).Underway)
	customer, old, err := s.readCustomer(ctx, own)
	if view.Unread, view.Stale = err != nil, int(old.Minutes()); err == nil {
		d := customer.Data
		view.CustomerID, view.Phone, view.Email = customer.ID, d.Mobile, d.Email
		view.Address = strings.Join(strings.Fields(d.PostalCode+" "+d.City+" "+d.Street), " ")
		if !placeholder(d.LastName) {
			view.Name = joinName(d.FirstName, d.LastName)
		}
	}
	list, _, err := s.readTickets(ctx, own, 1)
	view.Tickets, view.Unread = list.Total, view.Unread || err != nil
	return s.render(c, http.StatusOK, "erase", "web_erase", view)
}

// receiptLength is how much of the erasure's hash followers read: enough to find it by.
const receiptLength = 12

// erasedView is the receipt.
type erasedView struct {
	At      time.Time
	Number  string
	Company string
	Contact string
}

// erase begins the erasure of the follower. Once more is as good as once. The session is over: here at once, elsewhere
// as soon as a worker has marked the erasure.
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
