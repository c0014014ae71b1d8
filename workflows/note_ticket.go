package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// NoteTicketInput starts NoteTicket.
type NoteTicketInput struct {
	SyncInput
	TicketID string `json:"ticket_id"`
	Language string `json:"language"`
	Text     string `json:"text"`
}

// NoteTicket leaves an internal note for the service agents in a ticket.
func (w *Workflows) NoteTicket(ctx workflow.Context, in NoteTicketInput) error {
	sync, err := w.startSync(ctx, in.SyncInput, "", "Note in ticket "+in.TicketID, StateSyncing)
	if err != nil {
		return err
	}
	sync.ticketID = in.TicketID
	sync.amends = func(a Amendment) error { return a.only("ticket_id") }
	sync.amend = func(a Amendment) { in.TicketID, sync.ticketID = a.TicketID, a.TicketID }
	return sync.until(ctx, func(ctx workflow.Context) error {
		note := activities.AddNoteInput{
			Account: in.Account, TicketID: in.TicketID, Language: in.Language, Text: in.Text, Round: sync.round,
		}
		return workflow.ExecuteActivity(c4cCall(ctx, "C4C: note for the agent in ticket "+in.TicketID), toC4C.AddNote, note).Get(ctx, nil)
	})
}

// startNote starts NoteTicket and does not wait for its end. key says what the note is about: one note per key.
func startNote(ctx workflow.Context, in NoteTicketInput, key string) error {
	if in.TicketID == "" {
		return nil
	}
	id := NoteID(in.Account, in.FollowerKey, key)
	ctx = in.child(ctx, id, "Note in ticket "+in.TicketID, StateSyncing)
	err := workflow.ExecuteChildWorkflow(ctx, TypeNoteTicket, in).GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return err
}
