package workflows

import (
	"context"
	"slices"
	"strings"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// webTenant is what reached C4C from the page.
type webTenant struct {
	saved     []activities.SaveCustomerInput
	attached  []activities.AttachMediaInput
	described []activities.DescribeTicketInput
	foreign   string // number of another person's ticket
}

func (a *fakeC4C) SaveCustomer(ctx context.Context, in activities.SaveCustomerInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.call(ctx)
	if err == nil {
		a.web.saved = append(a.web.saved, in)
	}
	return err
}

func (a *fakeC4C) AttachMedia(ctx context.Context, in activities.AttachMediaInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.call(ctx)
	if err == nil {
		a.web.attached = append(a.web.attached, in)
	}
	return err
}

func (a *fakeC4C) DescribeTicket(ctx context.Context, in activities.DescribeTicketInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	err := a.call(ctx)
	if err == nil {
		a.web.described = append(a.web.described, in)
	}
	return err
}

func (a *fakeC4C) ReopenTicket(ctx context.Context, in activities.ReopenTicketInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.call(ctx); err != nil {
		return err
	}
	for _, t := range a.threads {
		if t.asTicket().ObjectID == in.ObjectID {
			t.completed = false
			t.state.change(in.UserStatus)
		}
	}
	return nil
}

func (a *fakeC4C) FindThread(ctx context.Context, in activities.TicketQuery) (activities.FoundThread, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.call(ctx); err != nil {
		return activities.FoundThread{}, err
	}
	for _, t := range a.threads {
		if t.ticket == in.TicketID && in.TicketID != a.web.foreign {
			return activities.FoundThread{Ticket: t.asTicket(), RootMessageID: t.ids[0]}, nil
		}
	}
	if in.TicketID == a.tickets.threadless {
		return activities.FoundThread{Ticket: activities.Ticket{ID: in.TicketID, ObjectID: "object-" + in.TicketID,
			Open: true}}, nil
	}
	return activities.FoundThread{}, parking(activities.ErrorC4CNotFound)
}

func (a *fakeC4C) CloseTicket(ctx context.Context, _ activities.CloseTicketInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.call(ctx)
}

func (a *fakeC4C) ReadCustomer(ctx context.Context, _ activities.CustomerQuery) (activities.CustomerView, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return activities.CustomerView{ID: "C1"}, a.call(ctx)
}

func (a *fakeC4C) ReadTickets(ctx context.Context, _ activities.TicketsQuery) (activities.TicketList, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return activities.TicketList{}, a.call(ctx)
}

func (a *fakeC4C) ReadTicketThread(ctx context.Context, in activities.TicketQuery) (activities.TicketThread, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return activities.TicketThread{Ticket: activities.TicketLine{ID: in.TicketID}}, a.call(ctx)
}

func (a *fakeC4C) CarryFile(ctx context.Context, _ activities.CarryFileInput) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.call(ctx)
}

// files are the names of the attached files.
func (w *tenant) files() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var names []string
	for _, f := range w.web.attached {
		names = append(names, f.Name+"@"+f.ObjectID)
	}
	slices.Sort(names) // files are rows of their own and overtake each other
	return strings.Join(names, " ")
}
