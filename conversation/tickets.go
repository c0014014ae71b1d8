package conversation

import (
	"fmt"
	"slices"
	"strings"
)

// maxTickets limits the tickets a conversation keeps in view.
const maxTickets = 50

// Tickets is what a conversation knows of its follower's tickets.
type Tickets struct {
	Views  []TicketView `json:"views,omitempty"`  // limited in number; the one heard of last at the end
	Events int64        `json:"events,omitempty"` // when C4C last sent an event, seconds since 1970
	// Former is the thread of the chat before an answer moved it to another one. What the follower wrote before the
	// answer still belongs there.
	Former FormerThread `json:"former,omitzero"`
}

// FormerThread is a thread of the chat up to a time.
type FormerThread struct {
	Thread Thread `json:"thread"`
	At     int64  `json:"at"` // seconds since 1970
}

// TicketView is what a conversation knows of one ticket.
type TicketView struct {
	TicketState
	// Heard is the user status of the last event, or the one the ticket began with. A different status is news.
	Heard  string `json:"heard,omitempty"`
	Survey Survey `json:"survey,omitzero"`
}

// view finds a ticket by C4C's key; nil: not in view.
func (t *Tickets) view(objectID string) *TicketView {
	at := slices.IndexFunc(t.Views, func(v TicketView) bool { return objectID != "" && v.ObjectID == objectID })
	if at < 0 {
		return nil
	}
	return &t.Views[at]
}

// statusInitial is the life cycle status of every new ticket in C4C, whatever user status the tenant starts with.
const statusInitial = "1"

// pastInitial reports whether a ticket is past its initial status, for example because a rule of the tenant changed it
// on creation.
func (t TicketState) pastInitial() bool { return t.Status != "" && t.Status != statusInitial }

// learn takes a ticket's state from C4C. It returns false for a state older than the known one. A ticket new to the
// conversation is taken to have begun with its present status. The exception is a ticket that was just made and is
// already past its initial status: C4C's event will report that change.
func (t *Tickets) learn(now TicketState) bool {
	if now.ObjectID == "" {
		return false
	}
	view := TicketView{TicketState: now, Heard: now.UserStatus}
	if view.New = false; now.New && now.pastInitial() {
		view.Heard = ""
	}
	if known := t.view(now.ObjectID); known != nil {
		if known.newer(now) {
			return false
		}
		view.Survey = known.Survey
		if !now.Own {
			view.Heard = known.Heard
		}
	}
	t.Views = slices.DeleteFunc(t.Views, func(v TicketView) bool { return v.ObjectID == now.ObjectID })
	t.Views = newest(append(t.Views, view), maxTickets)
	return true
}

// newer reports whether this state is newer in C4C than the other. If C4C does not say when it changed, the later
// arrival counts.
func (t TicketState) newer(other TicketState) bool {
	if t.ChangedAt.IsZero() || other.ChangedAt.IsZero() {
		return t.At > other.At
	}
	return t.ChangedAt.After(other.ChangedAt)
}

// apply handles a ticket event of C4C, and tells the follower what is news to them.
func (in TicketChange) apply(s *step) {
	if in.ObjectID == "" {
		s.Unused++
		return
	}
	tickets := &s.Tickets
	tickets.Events = max(tickets.Events, in.At)
	known, heard := tickets.view(in.ObjectID), ""
	if known != nil {
		heard = known.Heard
	}
	if !tickets.learn(in.TicketState) {
		return // older than the known state
	}
	view := tickets.view(in.ObjectID)
	view.Heard = in.UserStatus
	news := heard != in.UserStatus && !(known == nil && in.Created && !in.pastInitial())
	if news && !s.Presence.Gone && in.ID != "" {
		s.tellStatus(view)
	}
}

// tellStatus tells the follower a ticket's new status. If the ticket was completed, the same message asks how
// satisfied they are, since each message counts against WeChat's limit. A waiting text about an older status is
// dropped, and so is the ticket's number if this text contains it.
func (s *step) tellStatus(view *TicketView) {
	policy := s.policy.Tickets
	text := Automatic{Reply: Reply{TicketID: view.ID}}
	if policy.StatusTexts.Of(view.UserStatus) != "" {
		text.Status = view.UserStatus
	}
	if policy.surveyDue(view) {
		view.Survey.Asked = true
		text.Survey = true
	}
	about := "status/" + view.ID + "/"
	numbered := strings.Contains(policy.StatusTexts.Of(text.Status), "{ticket}")
	s.Automatic = slices.DeleteFunc(s.Automatic, func(a Automatic) bool {
		return strings.HasPrefix(a.Reply.SmaID, s.automaticPrefix()+about) ||
			numbered && a.Number && a.Reply.TicketID == view.ID
	})
	if text.Status == "" && !text.Survey {
		return
	}
	at := view.At
	if !view.ChangedAt.IsZero() {
		at = view.ChangedAt.Unix()
	}
	s.queueAutomatic(fmt.Sprintf("%s%s/%d", about, view.UserStatus, at), text)
}

// isOver reports whether a ticket, by its number, is known to be no longer open.
func (t *Tickets) isOver(ticketID string) bool {
	return slices.ContainsFunc(t.Views, func(v TicketView) bool { return sameTicket(v.ID, ticketID) && !v.Open })
}

// answeredIn moves the chat to the ticket in which the follower has just been answered.
func (s *step) answeredIn(ticketID string) {
	if ticketID == "" || sameTicket(ticketID, s.Known.Thread.TicketID) {
		return
	}
	if thread, ok := s.thread(ticketID); ok {
		s.Tickets.Former = FormerThread{Thread: s.Known.Thread, At: s.now.Unix()}
		s.Known.Thread = thread
	}
}
