package conversation

import (
	"fmt"
	"slices"
	"strings"
)

// maxTickets bounds the tickets a conversation keeps in view.
const maxTickets = 50

// Tickets is what a conversation knows of its follower's tickets.
type Tickets struct {
	Views  []TicketView `json:"views,omitempty"`  // bounded, the one heard of last at the end
	Events int64        `json:"events,omitempty"` // when C4C last told of a change by itself, seconds since 1970
	// Former is the thread that an answer led the chat away from: what the follower wrote before still belongs there.
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
	// Heard is the user status that C4C last told of by an event, or that the ticket began with: the next one is news.
	Heard  string `json:"heard,omitempty"`
	Survey Survey `json:"survey,omitzero"`
}

// view finds a ticket by C4C's key; nil: it is not in view.
func (t *Tickets) view(objectID string) *TicketView {
	at := slices.IndexFunc(t.Views, func(v TicketView) bool { return objectID != "" && v.ObjectID == objectID })
	if at < 0 {
		return nil
	}
	return &t.Views[at]
}

// begins is the life cycle of every ticket that C4C makes, whatever user status the tenant begins with.
const begins = "1"

// moved reports whether a ticket is past its beginning, as where a rule of the tenant changes it when it is made.
func (t TicketState) moved() bool { return t.Status != "" && t.Status != begins }

// learn takes what C4C said of a ticket. It is false for what is older than what is known already. A ticket that is new
// to the conversation has begun with the status it has, unless it was just made and is past its beginning: of that
// C4C's event tells.
func (t *Tickets) learn(now TicketState) bool {
	if now.ObjectID == "" {
		return false
	}
	view := TicketView{TicketState: now, Heard: now.UserStatus}
	if view.New = false; now.New && now.moved() {
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

// newer reports whether C4C changed the ticket after it said the other. Where it does not say when, what came last
// counts.
func (t TicketState) newer(other TicketState) bool {
	if t.ChangedAt.IsZero() || other.ChangedAt.IsZero() {
		return t.At > other.At
	}
	return t.ChangedAt.After(other.ChangedAt)
}

// apply takes what C4C told of a ticket by itself, and tells the follower what is news to them.
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
		return // older than what is known
	}
	view := tickets.view(in.ObjectID)
	view.Heard = in.UserStatus
	news := heard != in.UserStatus && !(known == nil && in.Created && !in.moved())
	if news && !s.Presence.Gone && in.ID != "" {
		s.tellStatus(view)
	}
}

// tellStatus tells the follower of a ticket's new status, and asks how satisfied they are where it was completed: in
// one message, since each costs one that WeChat allows. A text about an older status that still waits is dropped.
func (s *step) tellStatus(view *TicketView) {
	policy := s.policy.Tickets
	text := Automatic{Reply: Reply{TicketID: view.ID}}
	if policy.StatusTexts.Of(view.UserStatus) != "" {
		text.Status = view.UserStatus
	}
	if policy.asks(view) {
		view.Survey.Asked = true
		text.Survey = true
	}
	about := "status/" + view.ID + "/"
	s.Automatic = slices.DeleteFunc(s.Automatic, func(a Automatic) bool {
		return strings.HasPrefix(a.Reply.SmaID, s.automaticPrefix()+about)
	})
	if text.Status == "" && !text.Survey {
		return
	}
	at := view.At
	if !view.ChangedAt.IsZero() {
		at = view.ChangedAt.Unix()
	}
	s.tellFollower(fmt.Sprintf("%s%s/%d", about, view.UserStatus, at), text)
}

// answeredIn makes the chat go on in the ticket that the follower has just been answered in.
func (s *step) answeredIn(ticketID string) {
	if ticketID == "" || sameTicket(ticketID, s.Known.Thread.TicketID) {
		return
	}
	if thread, ok := s.thread(ticketID); ok {
		s.Tickets.Former = FormerThread{Thread: s.Known.Thread, At: s.now.Unix()}
		s.Known.Thread = thread
	}
}
