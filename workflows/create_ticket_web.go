package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// chooseWebThread finds the thread of the ticket that a message of the page is for, and reopens the ticket where that is
// allowed. A submission without a ticket starts a thread of its own.
func (wf *createTicket) chooseWebThread(ctx workflow.Context, entry *WebEntry) error {
	if entry.TicketID == "" || wf.activity.ID != "" || wf.opened {
		return nil
	}
	if wf.facts.Thread.RootMessageID != "" {
		return wf.joinKnown(ctx)
	}
	found, err := wf.findThread(ctx, entry.TicketID)
	if err != nil {
		return err
	}
	return wf.joinThread(ctx, found)
}

// reopen sets a completed ticket back to work. Where C4C or the account's policy refuses, the message opens a new ticket.
func (wf *createTicket) reopen(ctx workflow.Context) error {
	if wf.in.ReopenStatus != "" {
		in := activities.ReopenTicketInput{
			Account: wf.in.Account, ObjectID: wf.facts.Thread.TicketObjectID, UserStatus: wf.in.ReopenStatus,
		}
		err := workflow.ExecuteActivity(c4cCall(ctx, "C4C: reopen ticket "+wf.facts.Thread.TicketID), toC4C.ReopenTicket, in).Get(ctx, nil)
		refused := failureIs(err, activities.ErrorC4CReadOnly) || failureIs(err, activities.ErrorC4CRejected)
		if err == nil {
			wf.learnt(ctx, activities.Ticket{
				ID: wf.facts.Thread.TicketID, ObjectID: wf.facts.Thread.TicketObjectID, Open: true, UserStatus: wf.in.ReopenStatus,
			})
			wf.facts.Ticket.Own = true
		}
		if !refused {
			return err
		}
	}
	wf.facts.Thread = Thread{}
	return nil
}

// describeTicket gives a ticket of the page the subject and category that the follower chose.
func (wf *createTicket) describeTicket(ctx workflow.Context) error {
	entry := wf.in.Message.Web
	if entry == nil || entry.Subject == "" || !wf.opened || wf.described {
		return nil
	}
	in := activities.DescribeTicketInput{
		Account: wf.in.Account, ObjectID: wf.facts.Thread.TicketObjectID, Subject: entry.Subject, Category: entry.Category,
	}
	err := workflow.ExecuteActivity(c4cCall(ctx, "C4C: subject and category of ticket "+wf.facts.Thread.TicketID), toC4C.DescribeTicket, in).
		Get(ctx, nil)
	wf.described = err == nil
	return err
}
