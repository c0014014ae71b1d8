package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// How long C4C may take to make the ticket of a new thread. The lane waits only a moment, since the next message
// joins the thread. After some minutes a person has to look.
const (
	lanePatience   = 20 * time.Second
	ticketPatience = 5 * time.Minute
)

// findTicket finds out the number of the ticket that C4C made from the new thread. It returns false if there is none
// yet and this message does not need it: the message that opened the thread takes care of it.
func (wf *createTicket) findTicket(ctx workflow.Context) (bool, error) {
	if wf.thread.TicketID != "" {
		wf.sync.ticketID = wf.thread.TicketID
		return true, nil
	}
	patience := lanePatience
	if wf.passed {
		patience = ticketPatience
	}
	found, err := wf.lookForTicket(ctx, patience)
	if !found && err == nil && !wf.opened && len(wf.in.Message.Files()) == 0 {
		return false, nil
	}
	if !found && err == nil && !wf.passed {
		wf.passed = true
		wf.sync.makeWay(ctx)
		found, err = wf.lookForTicket(ctx, ticketPatience)
	}
	if !found && err == nil {
		err = temporal.NewNonRetryableApplicationError("C4C has made no ticket of the thread",
			activities.ErrorC4CTicketMissing, nil)
	}
	return found, err
}

// lookForTicket asks C4C for the ticket repeatedly, for a limited time.
func (wf *createTicket) lookForTicket(ctx workflow.Context, patience time.Duration) (bool, error) {
	var ticket activities.Ticket
	in := activities.FindTicketInput{Account: wf.in.Account, ActivityID: wf.activity.ID}
	poll := workflow.WithScheduleToCloseTimeout(c4cPoll(ctx, "C4C: find the ticket of the new thread"), patience)
	err := workflow.ExecuteActivity(poll, toC4C.FindTicket, in).Get(ctx, &ticket)
	switch {
	case err == nil:
		wf.thread.TicketID, wf.thread.TicketObjectID = ticket.ID, ticket.ObjectID
		wf.sync.ticketID = ticket.ID
		wf.learnt(ctx, ticket)
		wf.ticket.New = true
		return true, nil
	case temporal.IsCanceledError(err) || !passes(err):
		return false, err
	}
	return false, nil
}
