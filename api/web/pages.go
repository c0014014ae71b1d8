package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

const pageSize = 10

type homeView struct {
	Name       string
	Registered bool
	PrivacyURL string
	about
}

// about describes the company to followers.
type about struct{ Company, Contact, Hours string }

func (s *Site) about(c echo.Context) about {
	return about{Company: s.Company, Contact: s.Contact, Hours: s.Hours[s.language(c)]}
}

func (s *Site) showHome(c echo.Context) error {
	own := sessionOf(c)
	status := s.followStatus(c.Request().Context(), own.OpenID)
	view := homeView{Registered: status.Consent.Version == s.PrivacyVersion, PrivacyURL: s.PrivacyURL, about: s.about(c)}
	if view.Registered {
		if kept, ok := s.reads.customers.stale(own.OpenID + " customer"); ok {
			view.Name = joinName(kept.Data.FirstName, kept.Data.LastName)
		}
	}
	return s.render(c, http.StatusOK, "home", "web_home", view)
}

type ticketsView struct {
	Tickets      []workflows.TicketLine
	Underway     []conversation.Underway
	Categories   map[string]string // in words, by ticket
	Answered     map[string]int64  // when an agent last answered in each ticket, seconds since 1970
	Unread       bool              // C4C did not return the tickets
	Newer, Older int               // page numbers; 0: none
	Stale        int               // minutes
}

func (s *Site) showTickets(c echo.Context) error {
	page := pageOf(c)
	list, old, err := s.readTickets(c.Request().Context(), sessionOf(c), page)
	known := s.conversationOf(c)
	sent := underway(known, "")
	if err != nil && len(sent) > 0 {
		return s.render(c, http.StatusOK, "tickets", "web_tickets", ticketsView{Underway: sent, Unread: true})
	}
	if err != nil {
		return err
	}
	if last := max(1, (list.Total+pageSize-1)/pageSize); page > last {
		return c.Redirect(http.StatusSeeOther, "/web/tickets?page="+strconv.Itoa(last))
	}
	view := ticketsView{Newer: page - 1, Stale: int(old.Minutes()), Answered: map[string]int64{},
		Categories: map[string]string{}}
	for _, a := range known.Answers {
		view.Answered[a.TicketID] = a.At
	}
	view.Tickets = byLastNews(list.Tickets, view.Answered)
	for _, ticket := range list.Tickets {
		view.Categories[ticket.ID] = s.categoryOf(c, ticket)
	}
	if page*pageSize < list.Total {
		view.Older = page + 1
	}
	if page == 1 {
		view.Underway = sent
	}
	return s.render(c, http.StatusOK, "tickets", "web_tickets", view)
}

// byLastNews orders a page of tickets as chats are ordered: the one with the last news comes first, which may be an
// answer that did not change the ticket in C4C.
func byLastNews(tickets []workflows.TicketLine, answered map[string]int64) []workflows.TicketLine {
	news := func(t workflows.TicketLine) int64 { return max(t.ChangedAt.Unix(), answered[t.ID]) }
	return slices.SortedStableFunc(slices.Values(tickets), func(a, b workflows.TicketLine) int {
		return cmp.Compare(news(b), news(a))
	})
}

// showNews serves GET /web/news: when an agent last answered in the ticket, in seconds since 1970; 0: not recently.
// It asks the conversation and makes no call to C4C. What was read before the answer is read again.
func (s *Site) showNews(c echo.Context) error {
	own, ticketID := sessionOf(c), c.QueryParam("ticket")
	if !ticketForm.MatchString(ticketID) {
		return errNotFound
	}
	view, err := s.Backend.View(c.Request().Context(), own.OpenID)
	if err != nil {
		return errUnavailable.because(err)
	}
	s.heedAnswer(own, view, ticketID)
	return c.JSON(http.StatusOK, map[string]int64{"at": answeredAt(view, ticketID)})
}

// heedAnswer outdates what was read before an agent's last answer in a ticket.
func (s *Site) heedAnswer(own *session, known conversation.PageView, ticketID string) {
	at := time.Unix(answeredAt(known, ticketID), 0).Add(clocksDiffer)
	if kept, ok := s.reads.threads.kept(own.OpenID + " ticket " + ticketID); ok && kept.at.Before(at) {
		s.outdate(own.OpenID, at)
	}
}

func answeredAt(view conversation.PageView, ticketID string) int64 {
	for _, a := range view.Answers {
		if a.TicketID == ticketID {
			return a.At
		}
	}
	return 0
}

// underway are the follower's submissions for a ticket that have not reached C4C yet, the latest first; without a
// ticket those that open one.
func underway(view conversation.PageView, ticketID string) []conversation.Underway {
	found := slices.DeleteFunc(slices.Clone(view.Underway), func(u conversation.Underway) bool {
		return u.TicketID != ticketID
	})
	slices.Reverse(found)
	return found
}

// conversationOf is the view of the follower's conversation; empty if it does not answer.
func (s *Site) conversationOf(c echo.Context) conversation.PageView {
	view, err := s.Backend.View(c.Request().Context(), sessionOf(c).OpenID)
	if err != nil {
		s.Logger.WarnContext(c.Request().Context(), "the conversation does not answer", "error", err)
	}
	return view
}

func pageOf(c echo.Context) int {
	page, err := strconv.Atoi(c.QueryParam("page"))
	if err != nil || page < 1 || page > 1000 {
		return 1
	}
	return page
}

type receivedView struct{ Key string }

// showReceived waits, with the follower, for the number of a ticket.
func (s *Site) showReceived(c echo.Context) error {
	key := c.QueryParam("key")
	if !keyForm.MatchString(key) {
		return errNotFound
	}
	if result, ok := s.resultOf(c, key); ok && result.TicketID != "" {
		return c.Redirect(http.StatusSeeOther, afterTicket(result))
	}
	return s.render(c, http.StatusOK, "received", "web_received", receivedView{key})
}

// resultOf is the result of a submission that has reached C4C in the meantime.
func (s *Site) resultOf(c echo.Context, key string) (conversation.WebResult, bool) {
	if !keyForm.MatchString(key) {
		return conversation.WebResult{}, false
	}
	view, err := s.Backend.View(c.Request().Context(), sessionOf(c).OpenID)
	if err != nil {
		return conversation.WebResult{}, false
	}
	return resultIn(view, key)
}

func resultIn(view conversation.PageView, key string) (conversation.WebResult, bool) {
	i := slices.IndexFunc(view.Results, func(r conversation.WebResult) bool { return r.Key == key && r.Done })
	if i < 0 {
		return conversation.WebResult{}, false
	}
	return view.Results[i], true
}

// get serves GET /web/get: entity customerAccount, tickets (page) or ticket (id), as JSON. The answer contains the
// CSRF token for later requests, and stale_minutes if C4C did not answer and older data is shown.
func (s *Site) get(c echo.Context) error {
	own, ctx := sessionOf(c), c.Request().Context()
	var (
		value any
		old   time.Duration
		err   error
	)
	switch c.QueryParam("entity") {
	case "customerAccount":
		value, old, err = s.readCustomer(ctx, own)
	case "tickets":
		var list workflows.TicketList
		list, old, err = s.readTickets(ctx, own, pageOf(c))
		list.Tickets = orEmpty(list.Tickets)
		value = list
	case "ticket":
		var thread workflows.TicketThread
		thread, old, err = s.readThread(ctx, own, cmp.Or(c.QueryParam("id"), c.QueryParam("ticket")))
		if err == nil {
			value, err = s.readable(c, thread)
		}
	default:
		err = errEntity.saying("entity must be customerAccount, tickets or ticket")
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"data": value, "stale_minutes": int(old.Minutes()), "csrf": s.csrf(own)})
}

// orEmpty is a list that JSON encodes as a list even if it is nil.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
