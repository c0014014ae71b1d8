package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// NoteTicketInput starts NoteTicket.
type NoteTicketInput struct {
	SyncInput
	TicketID string `json:"ticket_id"`
	ObjectID string `json:"object_id,omitempty"` // C4C's key of the ticket; saves a look-up
	Language string `json:"language"`
	Text     string `json:"text"`
	// IfOpen is the ticket's object id if the note is only useful while the ticket is open.
	IfOpen string `json:"if_open,omitempty"`
	// IfThere is set if the ticket may not exist. If it does not, the note ends as skipped.
	IfThere bool `json:"if_there,omitempty"`
	// Customer gets the note if the ticket does not accept it, as a completed one may; empty: the note parks.
	Customer conversation.NoteCustomer `json:"customer,omitzero"`
	// After is the workflow id of an earlier note that this one replaces. That note is no longer written, and this one
	// waits until it is closed. Empty: none.
	After string `json:"after,omitempty"`
	// IfTold writes the note only if After, or a note that After replaced, was written.
	IfTold bool `json:"if_told,omitempty"`
}

// NoteTicket leaves an internal note for the service agents in a ticket.
func (w *Workflows) NoteTicket(ctx workflow.Context, in NoteTicketInput) error {
	wf := &noteTicket{in: in}
	sync, err := w.newSync(ctx, in.SyncInput, syncOptions{title: say(ctx, "Note in ticket %s", in.TicketID),
		ticketID: in.TicketID}, wf)
	if err != nil {
		return err
	}
	wf.sync = sync
	workflow.Go(ctx, wf.receiveOvertaken)
	if told := wf.overtake(ctx); in.IfTold && !told {
		sync.pointless = true
	}
	err = sync.run(ctx)
	wf.giveWay(ctx)
	return err
}

type noteTicket struct {
	plainErrand
	in   NoteTicketInput
	sync *engine

	told bool     // an earlier note was written
	next []string // workflow ids of notes that wait for this one to close
}

// final reports whether the ticket, which may not exist, does not exist.
func (wf *noteTicket) final(failure string) bool {
	return wf.in.IfThere && failure == activities.ErrorC4CNotFound
}

func (wf *noteTicket) amendable(a Amendment) error { return a.onlyField("ticket_id") }

func (wf *noteTicket) amend(a Amendment) {
	wf.in.TicketID, wf.in.ObjectID, wf.sync.ticketID = a.TicketID, "", a.TicketID
}

// attempt writes the note, or writes it at the customer if the ticket does not accept it.
func (wf *noteTicket) attempt(ctx workflow.Context) error {
	in := wf.in
	if over, err := in.ticketClosed(ctx); over || err != nil {
		return err
	}
	note := activities.AddNoteInput{
		Account: in.Account, ObjectID: in.ObjectID, TicketID: in.TicketID, Language: in.Language, Text: in.Text,
		Round: wf.sync.round,
		Since: workflow.GetInfo(ctx).WorkflowStartTime,
	}
	err := workflow.ExecuteActivity(c4cCall(ctx, say(ctx, "C4C: note for the agent in ticket %s", in.TicketID)),
		toC4C.AddNote, note).Get(ctx, nil)
	if in.Customer == (conversation.NoteCustomer{}) || !failureIs(err, activities.ErrorC4CReadOnly) {
		return err
	}
	instead := activities.AddCustomerNoteInput{
		Account: in.Account, ObjectID: in.Customer.ObjectID, CustomerID: in.Customer.ID, Text: in.textElsewhere(),
		Round: wf.sync.round,
		Since: workflow.GetInfo(ctx).WorkflowStartTime,
	}
	return workflow.ExecuteActivity(c4cCall(ctx, say(ctx, "C4C: note for the agent at the customer of ticket %s",
		in.TicketID)),
		toC4C.AddCustomerNote, instead).
		Get(ctx, nil)
}

// textElsewhere is the note's text outside of its ticket.
func (in NoteTicketInput) textElsewhere() string {
	if in.TicketID == "" || strings.Contains(in.Text, in.TicketID) {
		return in.Text
	}
	return "[" + in.TicketID + "] " + in.Text
}

// ticketClosed reports whether the ticket is no longer open, which makes the note pointless.
func (in NoteTicketInput) ticketClosed(ctx workflow.Context) (bool, error) {
	if in.IfOpen == "" {
		return false, nil
	}
	var ticket activities.Ticket
	err := workflow.ExecuteActivity(c4cCall(ctx, say(ctx, "C4C: is ticket %s still open?", in.TicketID)), toC4C.ReadTicket,
		activities.ReadTicketInput{Account: in.Account, ObjectID: in.IfOpen}).Get(ctx, &ticket)
	return !ticket.Open, err
}

// startNote starts NoteTicket and does not wait for its end. key is what the note is about: there is one note per
// key.
func startNote(ctx workflow.Context, in NoteTicketInput, key string) error {
	if in.TicketID == "" {
		return nil
	}
	id := NoteID(in.Account, in.FollowerKey, key)
	ctx = in.child(ctx, id, say(ctx, "Note in ticket %s", in.TicketID), row{state: StateSyncing, ticketID: in.TicketID})
	err := workflow.ExecuteChildWorkflow(ctx, TypeNoteTicket, in).GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return err
}

// overtakePatience is how long a note waits for the one it replaces. That one closes within seconds, after a running
// attempt.
const overtakePatience = 10 * time.Minute

// receiveOvertaken receives notice of notes that replace this one.
func (wf *noteTicket) receiveOvertaken(ctx workflow.Context) {
	var next string
	for overtaken := workflow.GetSignalChannel(ctx, SignalOvertaken); overtaken.Receive(ctx, &next); {
		wf.next = append(wf.next, next)
		wf.sync.becomePointless()
	}
}

// overtake closes the previous note and reports whether the agent had been told anything by then. If it was already
// closed, it had been written.
func (wf *noteTicket) overtake(ctx workflow.Context) bool {
	if wf.told = true; wf.in.After == "" {
		return true
	}
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	if workflow.SignalExternalWorkflow(ctx, wf.in.After, "", SignalOvertaken, id).Get(ctx, nil) == nil {
		workflow.GetSignalChannel(ctx, SignalPlace).ReceiveWithTimeout(ctx, overtakePatience, &wf.told)
	}
	return wf.told
}

// giveWay tells the notes that wait for this one that it is closed.
func (wf *noteTicket) giveWay(ctx workflow.Context) {
	ctx, _ = workflow.NewDisconnectedContext(ctx) // they wait for a cancelled note, too
	told := wf.told && wf.in.After != "" || wf.sync.state == StateSynced
	for _, next := range wf.next {
		if err := workflow.SignalExternalWorkflow(ctx, next, "", SignalPlace, told).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Info("the next note was not told", "reason", err)
		}
	}
}
