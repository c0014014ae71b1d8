package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wechat-c4c/wechat-c4c/c4c"
)

// Ticket is a service request in C4C.
type Ticket struct {
	ID       string `json:"id"`        // the number that people see
	ObjectID string `json:"object_id"` // C4C's key
	Open     bool   `json:"open"`      // neither completed nor closed

	UserStatus string    `json:"user_status,omitempty"` // the status that agents set; codes are configured in the tenant
	Status     string    `json:"status,omitempty"`      // C4C's life cycle: 1 open, 2 in process, 3 completed, 4 closed
	ChangedAt  time.Time `json:"changed_at,omitzero"`
	FinishedAt time.Time `json:"finished_at,omitzero"` // when it was last completed
}

// Life cycle statuses of a ticket that accepts no more messages ([Ticket.Status]).
const (
	TicketCompleted = c4c.TicketCompleted
	TicketClosed    = c4c.TicketClosed
)

// FindTicketInput is the activity from which C4C makes a ticket.
type FindTicketInput struct {
	Account    string `json:"account"`
	ActivityID string `json:"activity_id"`
}

func (in FindTicketInput) account() string { return in.Account }

// FindTicket finds the ticket that C4C made from a new thread. C4C takes a moment: until then the error is
// C4CTicketPending, which is retried.
func (a *C4C) FindTicket(ctx context.Context, in FindTicketInput) (Ticket, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return Ticket{}, err
	}
	found, err := client.TicketOfActivity(ctx, in.ActivityID)
	if errors.Is(err, c4c.ErrNotFound) {
		return Ticket{}, pending(ErrorC4CTicketPending, fmt.Errorf("no ticket for activity %s yet", in.ActivityID))
	}
	if err != nil {
		return Ticket{}, fromC4C(ctx, err)
	}
	return ticketOf(found), nil
}

// ReadTicketInput names a ticket by C4C's key.
type ReadTicketInput struct {
	Account  string `json:"account"`
	ObjectID string `json:"object_id"`
}

func (in ReadTicketInput) account() string { return in.Account }

// ReadTicket reads the ticket's state before a message joins it. A deleted ticket counts as not open.
func (a *C4C) ReadTicket(ctx context.Context, in ReadTicketInput) (Ticket, error) {
	client, err := a.client(in.Account)
	if err != nil {
		return Ticket{}, err
	}
	ticket, err := readTicket(ctx, client, in.ObjectID)
	return ticket, fromC4C(ctx, err)
}

// readTicket reads a ticket. A deleted one counts as not open.
func readTicket(ctx context.Context, client *c4c.Client, objectID string) (Ticket, error) {
	found, there, err := unlessMissing(client.Ticket(ctx, objectID))
	switch {
	case err != nil:
		return Ticket{}, err
	case !there:
		return Ticket{ObjectID: objectID}, nil
	}
	return ticketOf(found), nil
}

func ticketOf(t c4c.Ticket) Ticket {
	return Ticket{
		ID: t.ID, ObjectID: t.ObjectID, Open: t.Open(), UserStatus: t.UserStatus, Status: t.Status, ChangedAt: t.ChangedAt,
		FinishedAt: t.FinishedAt,
	}
}
