package workflows

import "slices"

// maxTickets bounds the tickets a conversation keeps in view.
const maxTickets = 50

// TicketsState is what a conversation knows of its follower's tickets.
type TicketsState struct {
	Views  []TicketView `json:"views,omitempty"`  // bounded, the one heard of last at the end
	Events int64        `json:"events,omitempty"` // when C4C last told of a change by itself, seconds since 1970
	// Answers are the tickets of replies that left their lane before they arrived. Bounded, oldest first.
	Answers []Answer `json:"answers,omitempty"`
	// Left is the thread that an answer led the chat away from: what the follower wrote before still belongs there.
	Left LeftThread `json:"left,omitzero"`
}

// LeftThread is a thread of the chat up to a time.
type LeftThread struct {
	Thread Thread `json:"thread"`
	At     int64  `json:"at"` // seconds since 1970
}

// Answer is a reply and its ticket.
type Answer struct {
	WorkflowID string `json:"workflow_id"`
	TicketID   string `json:"ticket_id"`
}

// TicketView is what a conversation knows of one ticket.
type TicketView struct {
	TicketState
	// Heard is the user status that C4C last told of by an event, or that the ticket began with: the next one is news.
	Heard  string `json:"heard,omitempty"`
	Survey Survey `json:"survey,omitzero"`
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
		view.Survey = known.Survey
		if !now.Own {
			view.Heard = known.Heard
		}
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

// learn takes what a sync found out.
func (wf *conversation) learn(found Facts) {
	wf.state.Facts.learn(found)
	if found.Ticket != nil {
		wf.state.Tickets.learn(*found.Ticket)
	}
}

// chooseTicket says what the sync of a message needs to know of tickets: the thread it goes to unless C4C says no, and how to
// choose another.
func (wf *conversation) chooseTicket(in Inbound, policy TicketPolicy) (Facts, *TicketChoice) {
	facts := wf.ticketFacts(in)
	if left := wf.state.Tickets.Left; in.Web == nil && in.CreateTime <= left.At {
		facts.Thread, facts.Aside = left.Thread, true
	}
	choice := &TicketChoice{Reuse: policy.Reuse, Within: policy.Within}
	if rest, number, ok := addressed(in.Text); ok && in.Web == nil && in.MsgType == "text" && in.EventKey == "" {
		choice.Address = &TicketAddress{TicketID: number, Text: rest, Otherwise: facts.Thread}
		facts.Thread, _ = wf.state.thread(number)
	}
	choice.Known = wf.state.Tickets.known(facts.Thread.TicketObjectID, policy.Events, wf.now().Unix())
	return facts, choice
}

// thread finds one of the follower's threads by the number of its ticket.
func (s *ConversationState) thread(ticketID string) (Thread, bool) {
	for _, known := range append(slices.Clip(s.Web.Threads), s.Facts.Thread) {
		if known.TicketID == ticketID && known.RootMessageID != "" {
			return known, true
		}
	}
	return Thread{}, false
}

const (
	eventsProven = 7 * 24 * 60 * 60 // seconds for which an event proves that C4C tells of changes by itself
	viewLife     = 24 * 60 * 60     // seconds for which a ticket is taken to be as it was: an event may have been lost
)

// known is what C4C told of an open ticket, where that can be trusted to be true still; nil: C4C must be asked. A ticket that
// was closed is asked for, since its message would leave it: an agent may have opened it again a moment ago.
func (t *TicketsState) known(objectID string, events EventsUse, now int64) *TicketState {
	view := t.view(objectID)
	proven := events == EventsOn || events == EventsAuto && t.Events > 0 && now-t.Events < eventsProven
	if view == nil || !view.Open || !proven || now-view.At >= viewLife {
		return nil
	}
	state := view.TicketState
	return &state
}

// answeredIn makes the chat go on in the ticket that the follower has just been answered in. What left its lane before it
// arrived counts when it does.
func (wf *conversation) answeredIn(id, ticketID string, event Event) {
	tickets := &wf.state.Tickets
	at := slices.IndexFunc(tickets.Answers, func(a Answer) bool { return a.WorkflowID == id })
	if at >= 0 {
		ticketID = tickets.Answers[at].TicketID
		tickets.Answers = slices.Delete(tickets.Answers, at, at+1)
	}
	if event != EventEnded {
		tickets.Answers = newest(append(tickets.Answers, Answer{WorkflowID: id, TicketID: ticketID}), maxTickets)
		return
	}
	if thread, ok := wf.state.thread(ticketID); ok && ticketID != "" && ticketID != wf.state.Facts.Thread.TicketID {
		tickets.Left = LeftThread{Thread: wf.state.Facts.Thread, At: wf.now().Unix()}
		wf.state.Facts.Thread = thread
	}
}
