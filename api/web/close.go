package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// closable reports whether a follower may close the ticket.
func (s *Site) closable(ticket workflows.TicketLine) bool {
	return s.CloseStatus != "" && ticket.Status != statusCompleted && ticket.Status != statusClosed
}

type closeView struct {
	Ticket     workflows.TicketLine
	Answerable bool // a message reopens it
}

// showClose serves GET /web/tickets/{number}/close, which asks for confirmation before a ticket is closed.
func (s *Site) showClose(c echo.Context) error {
	if s.CloseStatus == "" {
		return errNotFound
	}
	thread, _, err := s.readThread(c.Request().Context(), sessionOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	if !s.closable(thread.Ticket) {
		return c.Redirect(http.StatusSeeOther, "/web/tickets/"+thread.Ticket.ID)
	}
	return s.render(c, http.StatusOK, "ticket_close", "web_close", closeView{thread.Ticket, thread.Answerable})
}

// closeTicket completes a ticket of the follower. Repeating it is harmless, so it needs no record of its own. If C4C
// has not confirmed it, the page says that the outcome is unknown.
func (s *Site) closeTicket(c echo.Context, f *form) error {
	own, id := sessionOf(c), cmp.Or(f.get("ticket"), f.get("id"))
	if s.CloseStatus == "" || !ticketForm.MatchString(id) {
		return errNotFound
	}
	ctx := context.WithoutCancel(c.Request().Context())
	customer := s.query(own, s.followStatus(ctx, own.OpenID))
	err := s.Backend.CloseTicket(ctx, workflows.CloseTicketInput{
		TicketQuery: workflows.TicketQuery{Follower: customer.Follower, CustomerID: customer.CustomerID, TicketID: id},
		UserStatus:  s.CloseStatus, Language: string(s.Language), Note: s.Texts.In(s.Language, "web_close_note"),
	})
	s.markChanged(c, own)
	switch {
	case errors.Is(err, ErrNotTheirs):
		return errNotFound
	case errors.Is(err, ErrNotClosable):
		return errNotClosed.because(err)
	case err != nil:
		return errCloseLost.because(err)
	}
	result := conversation.WebResult{Key: f.get("key"), Done: true, TicketID: id}
	return s.answerDone(c, result, "/web/tickets/"+id+"?closed=1")
}

// categoryOf is the ticket's category in words; empty: not one that followers choose from.
func (s *Site) categoryOf(c echo.Context, ticket workflows.TicketLine) string {
	for _, category := range s.Categories {
		if category.Code == ticket.Category {
			return category.Name[s.language(c)]
		}
	}
	return ""
}
