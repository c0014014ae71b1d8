package workflows

import (
	"regexp"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// TicketReuse says when a message of the chat joins the ticket that the chat is about.
type TicketReuse string

// Policies of reuse. The empty one is ReuseOpen.
const (
	ReuseOpen   TicketReuse = "open"   // while the ticket is open
	ReuseRecent TicketReuse = "recent" // also when it was completed a short time ago: the message sets it back to work
	ReuseNever  TicketReuse = "never"  // each message opens a ticket of its own
)

// TicketChoice is how the ticket of one message is chosen.
type TicketChoice struct {
	Reuse  TicketReuse   `json:"reuse,omitempty"`
	Within time.Duration `json:"within,omitempty"` // what ReuseRecent takes for a short time
	// Known is the ticket as C4C told of it by itself; nil: C4C is asked whether the ticket is open.
	Known *TicketState `json:"known,omitempty"`
	// Address is the ticket that the follower named in the text; nil: none.
	Address *TicketAddress `json:"address,omitempty"`
}

// TicketAddress is what a follower means who writes "<text>@<ticket number>".
type TicketAddress struct {
	TicketID  string `json:"ticket_id"`
	Text      string `json:"text"`      // without the number
	Otherwise Thread `json:"otherwise"` // where the message goes, as it was written, should the ticket not be theirs
}

// addressForms are "<text>@<number>" and "@<number> <text>", with the at sign of either keyboard. Ticket numbers are digits: what
// follows the @ of an e-mail address or a name is no number.
var addressForms = []*regexp.Regexp{
	regexp.MustCompile(`(?s)^(?P<text>.*?)\s*[@＠]\s?(?P<number>[0-9]{1,35})\s*$`),
	regexp.MustCompile(`(?s)^\s*[@＠]\s?(?P<number>[0-9]{1,35})\s+(?P<text>.*)$`),
}

// addressed finds the ticket number in a text. A number alone keeps its text: there is nothing else to add to the ticket.
func addressed(text string) (rest, number string, ok bool) {
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

// chooseChatThread keeps the chat's thread as long as the policy lets its ticket take messages, and starts a new one after that.
func (wf *createTicket) chooseChatThread(ctx workflow.Context, choice TicketChoice) error {
	if choice.Reuse == ReuseNever {
		wf.facts.Thread = Thread{}
		return nil
	}
	if wf.facts.Thread.TicketObjectID == "" {
		return nil
	}
	ticket, err := wf.stateOf(ctx, wf.facts.Thread)
	switch {
	case err != nil || ticket.Open:
		return err
	case choice.Reuse == ReuseRecent && completedWithin(ticket, choice.Within, workflow.Now(ctx)):
		return wf.reopen(ctx)
	}
	wf.facts.Thread = Thread{}
	return nil
}

// completedWithin says that the ticket was completed, and not closed for good, less than a time ago.
func completedWithin(t activities.Ticket, within time.Duration, now time.Time) bool {
	since := t.FinishedAt
	if since.IsZero() {
		since = t.ChangedAt
	}
	return t.Status == activities.TicketCompleted && !since.IsZero() && now.Sub(since) < within
}

// chooseAddressedThread finds the thread of the ticket that the follower named, and sets the ticket back to work where it
// is completed. It is false where the ticket is not the follower's or has no thread: then the message is like any other.
func (wf *createTicket) chooseAddressedThread(ctx workflow.Context, address TicketAddress) (bool, error) {
	if wf.facts.Thread.RootMessageID == "" {
		found, err := wf.findThread(ctx, address.TicketID)
		if failureIs(err, activities.ErrorC4CNotFound) || failureIs(err, activities.ErrorC4CRejected) || err == nil && found.RootMessageID == "" {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return true, wf.joinThread(ctx, found)
	}
	return true, wf.joinKnown(ctx)
}

// joinThread takes a thread that C4C has found, and sets its ticket back to work where it is completed.
func (wf *createTicket) joinThread(ctx workflow.Context, found activities.FoundThread) error {
	wf.facts.Thread = Thread{
		RootMessageID: found.RootMessageID, RootUUID: found.RootUUID, TicketID: found.Ticket.ID, TicketObjectID: found.Ticket.ObjectID,
	}
	wf.learnt(ctx, found.Ticket)
	return wf.reopenCompleted(ctx, found.Ticket)
}

// joinKnown does the same with the thread that is known already.
func (wf *createTicket) joinKnown(ctx workflow.Context) error {
	ticket, err := wf.stateOf(ctx, wf.facts.Thread)
	if err != nil {
		return err
	}
	return wf.reopenCompleted(ctx, ticket)
}

func (wf *createTicket) reopenCompleted(ctx workflow.Context, ticket activities.Ticket) error {
	if ticket.Open {
		return nil
	}
	return wf.reopen(ctx)
}

// findThread asks C4C for the thread of a ticket, which must be the follower's.
func (wf *createTicket) findThread(ctx workflow.Context, ticketID string) (activities.FoundThread, error) {
	in := activities.TicketQuery{Follower: wf.in.follower(), CustomerID: wf.facts.Profile.CustomerID, TicketID: ticketID}
	var found activities.FoundThread
	err := workflow.ExecuteActivity(c4cCall(ctx, "C4C: thread of ticket "+ticketID), toC4C.FindThread, in).Get(ctx, &found)
	return found, err
}

// stateOf is the state of a thread's ticket: as the conversation knows it, or as C4C says. What the conversation knew is old
// once the sync has been parked.
func (wf *createTicket) stateOf(ctx workflow.Context, thread Thread) (activities.Ticket, error) {
	if choice := wf.in.Choice; choice != nil && choice.Known != nil && choice.Known.ObjectID == thread.TicketObjectID && wf.sync.round == 0 && !wf.mistaken {
		wf.trusted = true
		return choice.Known.Ticket, nil
	}
	var ticket activities.Ticket
	in := activities.ReadTicketInput{Account: wf.in.Account, ObjectID: thread.TicketObjectID}
	err := workflow.ExecuteActivity(c4cCall(ctx, "C4C: is ticket "+thread.TicketID+" still open?"), toC4C.ReadTicket, in).Get(ctx, &ticket)
	if err == nil {
		wf.learnt(ctx, ticket)
	}
	return ticket, err
}

// learnt notes what C4C said of a ticket, for the conversation.
func (wf *createTicket) learnt(ctx workflow.Context, ticket activities.Ticket) {
	wf.facts.Ticket = &TicketState{Ticket: ticket, At: workflow.Now(ctx).Unix()}
}
