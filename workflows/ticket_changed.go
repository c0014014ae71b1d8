package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// eventSettle is how long TicketChanged waits for further events of its ticket. When an agent saves, C4C sends
// several at once, and reading the ticket once serves them all.
const eventSettle = time.Second

// TicketEvent is the content of C4C's notification about a ticket. Reading the ticket gives the rest.
type TicketEvent struct {
	ID      string `json:"id,omitempty"`      // the event's own id; the older form of notifications has none
	Created bool   `json:"created,omitempty"` // the ticket is new
	Trace   string `json:"trace,omitempty"`   // span of the webhook, as W3C traceparent
}

// TicketChangedInput starts TicketChanged.
type TicketChangedInput struct {
	Account  string `json:"account"`
	ObjectID string `json:"object_id"`
}

// Outcomes of a ticket's events.
const (
	OutcomeTold           = "told"            // the follower's conversation was told
	OutcomeForeign        = "foreign"         // the ticket belongs to no follower
	OutcomeGone           = "gone"            // C4C has no such ticket
	OutcomeNoConversation = "no_conversation" // the follower was never known, or has been forgotten
)

// TicketChangedResult is the outcome of a ticket's events.
type TicketChangedResult struct {
	Outcome  string `json:"outcome"`
	TicketID string `json:"ticket_id,omitempty"`
}

var outcomeDetails = map[string]string{
	OutcomeTold:           "The follower's conversation knows the new state.",
	OutcomeForeign:        "Not a ticket of a WeChat follower: nothing to do.",
	OutcomeGone:           "C4C has no such ticket: nothing to do.",
	OutcomeNoConversation: "The follower of this ticket has no conversation here: nobody is told.",
}

// TicketChanged handles C4C's events of one ticket. It reads the ticket once for all events that arrive together and
// tells the follower's conversation the ticket's state. It does not pass on what an event said: events may come
// twice, late or in another order, while the ticket itself is always right. If the ticket belongs to no follower, it
// ends quietly.
func (w *Workflows) TicketChanged(ctx workflow.Context, in TicketChangedInput) (TicketChangedResult, error) {
	wf := &ticketChanged{in: in, events: workflow.GetSignalChannel(ctx, SignalTicketEvent)}
	sync, err := w.newSync(ctx, SyncInput{Account: in.Account},
		syncOptions{title: say(ctx, "Change of ticket %s in C4C", in.ObjectID)}, wf)
	if err != nil {
		return wf.result, err
	}
	wf.sync = sync
	if err := sync.run(ctx); err != nil {
		return wf.result, err
	}
	workflow.SetCurrentDetails(ctx, say(ctx, "### %s\n\nState: **%s**", sync.title, sync.state)+"\n\n"+
		say(ctx, outcomeDetails[wf.result.Outcome]))
	return wf.result, nil
}

type ticketChanged struct {
	plainErrand
	in     TicketChangedInput
	sync   *engine
	events workflow.ReceiveChannel
	result TicketChangedResult
}

// attempt reads the ticket until no event remains. It always reads at least once: after an operator's retry there may
// be no event.
func (wf *ticketChanged) attempt(ctx workflow.Context) error {
	for {
		wait := workflow.NewTimerWithOptions(ctx, eventSettle,
			workflow.TimerOptions{Summary: say(ctx, "let events that come together arrive")})
		if err := wait.Get(ctx, nil); err != nil {
			return err
		}
		created := wf.drain()
		var located activities.LocatedTicket
		err := workflow.ExecuteActivity(c4cCall(ctx, "C4C: status and owner of the ticket"), toC4C.LocateTicket,
			activities.LocateTicketInput{Account: wf.in.Account, ObjectID: wf.in.ObjectID}).Get(ctx, &located)
		if err != nil {
			return err
		}
		wf.reportTicket(ctx, located, created)
		if wf.events.Len() == 0 {
			return nil
		}
	}
}

// drain takes the events that have arrived. It returns true if all of them say that the ticket is new.
func (wf *ticketChanged) drain() bool {
	created, event := wf.events.Len() > 0, TicketEvent{}
	for wf.events.ReceiveAsync(&event) {
		created = created && event.Created
		event = TicketEvent{}
	}
	return created
}

// reportTicket sends the ticket's state to the follower's conversation. It starts none: a forgotten follower must
// remain forgotten.
func (wf *ticketChanged) reportTicket(ctx workflow.Context, located activities.LocatedTicket, created bool) {
	wf.result = TicketChangedResult{Outcome: OutcomeForeign, TicketID: located.Ticket.ID}
	wf.sync.ticketID = located.Ticket.ID
	switch {
	case located.Gone:
		wf.result.Outcome = OutcomeGone
	case located.FollowerKey != "":
		wf.result.Outcome = OutcomeTold
		err := workflow.UpsertTypedSearchAttributes(ctx, AttributeFollowerKey.ValueSet(located.FollowerKey),
			AttributeAccount.ValueSet(located.Account))
		if err != nil {
			workflow.GetLogger(ctx).Error("search attributes not set", "error", err)
		}
		now := conversation.TicketState{Ticket: located.Ticket, At: workflow.Now(ctx).Unix()}
		change := conversation.TicketChange{TicketState: now, Created: created}
		id := ConversationID(located.Account, located.FollowerKey)
		err = workflow.SignalExternalWorkflow(ctx, id, "", SignalTicket, change).Get(ctx, nil)
		if err != nil && !temporal.IsCanceledError(err) {
			wf.result.Outcome = OutcomeNoConversation
		}
	}
}
