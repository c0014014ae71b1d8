package conversation

import (
	"regexp"
	"strconv"
	"strings"
)

// addressForms are "<text>@<number>" and "@<number> <text>", with the at sign of either keyboard. Ticket numbers
// consist of digits, so an e-mail address or a name after the @ does not match.
var addressForms = []*regexp.Regexp{
	regexp.MustCompile(`(?s)^(?P<text>.*?)\s*[@＠]\s?(?P<number>[0-9]{1,35})\s*$`),
	regexp.MustCompile(`(?s)^\s*[@＠]\s?(?P<number>[0-9]{1,35})\s+(?P<text>.*)$`),
}

// addressed finds the ticket number in a text. A number alone keeps its text, because there is nothing else to add to
// the ticket.
func addressed(text string) (rest, number string, ok bool) {
	if !strings.ContainsAny(text, "@＠") {
		return "", "", false
	}
	for _, form := range addressForms {
		if m := form.FindStringSubmatch(text); m != nil {
			rest, number = m[form.SubexpIndex("text")], m[form.SubexpIndex("number")]
			if strings.TrimSpace(rest) == "" {
				rest = text
			}
			return rest, number, true
		}
	}
	return "", "", false
}

// ticketAsk chooses the thread that a message goes to unless C4C refuses, and how to choose another one.
func (s *step) ticketAsk(in Inbound) TicketAsk {
	policy := s.policy.Tickets
	turn := s.ticketTurn(in.order())
	ask := TicketAsk{
		Message: in, Known: s.Known, Thread: turn.Thread, Aside: turn.Aside, TellNumber: turn.TellNumber,
		ReopenStatus: s.policy.ReopenStatus,
		Choice:       TicketChoice{Reuse: policy.Reuse, Within: policy.Within, Known: turn.Ticket},
	}
	if in.Web != nil {
		ask.Thread, ask.Aside = Thread{TicketID: in.Web.TicketID}, true
		if known, ok := s.thread(in.Web.TicketID); ok && in.Web.TicketID != "" {
			ask.Thread = known
		}
	} else if rest, number, ok := addressed(in.Text); ok && in.MsgType == "text" && in.EventKey == "" {
		ask.Choice.Address = &TicketAddress{TicketID: number, Text: rest, Otherwise: ask.Thread}
		ask.Thread, _ = s.thread(number)
	} else if number, ok := answeredTicket(in); ok && !sameTicket(number, ask.Thread.TicketID) {
		ask.Choice.Address = &TicketAddress{TicketID: number, Text: in.Text, Otherwise: ask.Thread}
		ask.Thread, _ = s.thread(number)
	}
	ask.Choice.Known = s.knownOpen(ask.Thread)
	return ask
}

// ticketTurn is what has changed for a chat message that has its turn.
func (s *step) ticketTurn(order Order) *TicketTurn {
	turn := &TicketTurn{Thread: s.Known.Thread, TellNumber: s.mayTellNumber()}
	if former := s.Tickets.Former; order.At <= former.At {
		turn.Thread, turn.Aside = former.Thread, true
	}
	turn.Ticket = s.knownOpen(turn.Thread)
	return turn
}

const (
	eventsProven = 7 * 24 * 60 * 60 // seconds for which an event proves that C4C sends events
	viewLife     = 24 * 60 * 60     // seconds for which a ticket is assumed unchanged: an event may have been lost
)

// knownOpen is an open ticket's state from C4C's events, if it can be assumed to be still true; nil: C4C must be
// asked. C4C is always asked about a ticket believed closed: an agent may just have reopened it.
func (s *step) knownOpen(thread Thread) *TicketState {
	t, now := &s.Tickets, s.now.Unix()
	view, events := t.view(thread.TicketObjectID), s.policy.Tickets.Events
	proven := events == EventsOn || events == EventsAuto && t.Events > 0 && now-t.Events < eventsProven
	if view == nil || !view.Open || !proven || now-view.At >= viewLife {
		return nil
	}
	state := view.TicketState
	return &state
}

// mayTellNumber reports whether the ticket's number may be sent as soon as it is known; otherwise it waits. It costs a
// message, and the service agent needs the last one and one per waiting answer. The number goes out a moment later, so
// there must be one more.
func (s *step) mayTellNumber() bool {
	if !s.policy.TellNumber || !s.policy.Window.Known() {
		return s.policy.TellNumber
	}
	waiting := len(s.Replies.Waiting) + len(s.Replies.Turns) + len(s.Held.Replies)
	return s.Window.Ledger.Left(s.policy.Window.Rules, s.now)-waiting > 2
}

// CurrentTicket is the ticket that the follower's next message goes to; empty: a new one, or unknown.
func (s *State) CurrentTicket() string {
	thread := s.Known.Thread
	if view := s.Tickets.view(thread.TicketObjectID); view != nil && !view.Open {
		return ""
	}
	return thread.TicketID
}

// answerMark begins the id of an answer that an agent offers as a menu item: answer:<ticket>:<number>.
const answerMark = "answer:"

// AnswerItem is the id of an answer to an agent's question in a ticket; answers are numbered from 1.
func AnswerItem(ticketID string, number int) string {
	return answerMark + ticketID + ":" + strconv.Itoa(number)
}

// answeredTicket is the ticket of the question that the follower answers by tapping an item.
func answeredTicket(in Inbound) (ticketID string, ok bool) {
	id, ok := strings.CutPrefix(in.EventKey, answerMark)
	ticketID, _, numbered := strings.Cut(id, ":")
	return ticketID, ok && numbered && ticketID != "" && in.MsgType == "text"
}
