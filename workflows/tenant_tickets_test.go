package workflows

import (
	"context"
	"time"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// ticketTenant is what C4C reports about tickets in events.
type ticketTenant struct {
	foreign       map[string]bool // keys of tickets that belong to no follower
	customerNotes []string

	made       string // user status of new tickets; empty: open
	threadless string // number of a ticket of the follower that did not come from the channel
}

// ticketState is a ticket's status in C4C. Each change is a minute later than the previous one.
type ticketState struct {
	status  string
	changes int
}

var lifeCycles = map[string]string{"1": "1", "2": "2", "YJ": "2", "5": activities.TicketCompleted,
	"6": activities.TicketClosed}

func (s *ticketState) change(status string) {
	s.status = status
	s.changes++
}

func (s ticketState) of(t activities.Ticket) activities.Ticket {
	t.UserStatus = s.status
	if t.UserStatus == "" {
		t.UserStatus = "1"
	}
	t.Status = lifeCycles[t.UserStatus]
	t.ChangedAt = dawn.Add(time.Duration(s.changes) * time.Minute)
	if !t.Open {
		t.FinishedAt = t.ChangedAt
	}
	return t
}

// setStatus changes a ticket's user status.
func (w *tenant) setStatus(ticket, status string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.threads {
		if t.ticket == ticket {
			t.completed = status == "5" || status == "6"
			t.state.change(status)
		}
	}
}

func (a *fakeC4C) LocateTicket(ctx context.Context, in activities.LocateTicketInput) (activities.LocatedTicket, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.call(ctx); err != nil {
		return activities.LocatedTicket{}, err
	}
	for _, t := range a.threads {
		if found := t.asTicket(); found.ObjectID == in.ObjectID {
			return activities.LocatedTicket{Ticket: found, Account: testAccount, FollowerKey: testFollower}, nil
		}
	}
	if a.tickets.foreign[in.ObjectID] {
		return activities.LocatedTicket{Ticket: activities.Ticket{ID: "77", ObjectID: in.ObjectID, Open: true,
			UserStatus: "1", Status: "1"}}, nil
	}
	return activities.LocatedTicket{Ticket: activities.Ticket{ObjectID: in.ObjectID}, Gone: true}, nil
}

func (a *fakeC4C) AddCustomerNote(ctx context.Context, in activities.AddCustomerNoteInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.call(ctx)
	if err == nil {
		a.tickets.customerNotes = append(a.tickets.customerNotes, in.ObjectID+": "+in.Text)
	}
	return err
}
