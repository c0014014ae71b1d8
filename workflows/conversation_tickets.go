package workflows

import "slices"

// maxTickets bounds the tickets a conversation keeps in view.
const maxTickets = 50

// TicketsState is what a conversation knows of its follower's tickets.
type TicketsState struct {
	Views  []TicketView `json:"views,omitempty"`  // bounded, the one heard of last at the end
	Events int64        `json:"events,omitempty"` // when C4C last told of a change by itself, seconds since 1970
}

// TicketView is what a conversation knows of one ticket.
type TicketView struct {
	TicketState
	// Heard is the user status that C4C last told of by an event, or that the ticket began with: the next one is news.
	Heard string `json:"heard,omitempty"`
}

// view finds a ticket by C4C's key; nil: it is not in view.
func (t *TicketsState) view(objectID string) *TicketView {
	at := slices.IndexFunc(t.Views, func(v TicketView) bool { return objectID != "" && v.ObjectID == objectID })
	if at < 0 {
		return nil
	}
	return &t.Views[at]
}

// learn takes what C4C said of a ticket. It is false for what is older than what is known already. A ticket that is new
// to the conversation has begun with the status it has.
func (t *TicketsState) learn(now TicketState) bool {
	if now.ObjectID == "" {
		return false
	}
	view := TicketView{TicketState: now, Heard: now.UserStatus}
	if known := t.view(now.ObjectID); known != nil {
		if known.newer(now) {
			return false
		}
		view.Heard = known.Heard
	}
	t.Views = slices.DeleteFunc(t.Views, func(v TicketView) bool { return v.ObjectID == now.ObjectID })
	t.Views = newest(append(t.Views, view), maxTickets)
	return true
}

// newer says that C4C changed the ticket after it said the other. Where it does not say when, what came last counts.
func (t TicketState) newer(other TicketState) bool {
	if t.ChangedAt.IsZero() || other.ChangedAt.IsZero() {
		return t.At > other.At
	}
	return t.ChangedAt.After(other.ChangedAt)
}

// takeTicket takes what C4C told of a ticket by itself. It never yields: continue-as-new drains through it.
func (wf *conversation) takeTicket(in TicketChange) {
	tickets := &wf.state.Tickets
	tickets.Events = max(tickets.Events, in.At)
	if tickets.learn(in.TicketState) {
		tickets.view(in.ObjectID).Heard = in.UserStatus
	}
}

// learnTicket takes what a sync found out about its ticket.
func (wf *conversation) learnTicket(found *TicketState) {
	if found != nil {
		wf.state.Tickets.learn(*found)
	}
}
