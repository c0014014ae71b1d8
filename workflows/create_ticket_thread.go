package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// chooseThread chooses the message's thread, unless it already has one.
func (wf *createTicket) chooseThread(ctx workflow.Context) error {
	switch {
	case wf.activity.ID != "" || wf.opened:
		return nil
	case wf.in.Message.Web != nil:
		return wf.chooseWebThread(ctx, wf.in.Message.Web.TicketID)
	}
	if address := wf.in.Choice.Address; address != nil {
		theirs, err := wf.chooseAddressedThread(ctx, *address)
		if err != nil || theirs {
			wf.addressed = theirs
			return err
		}
		wf.thread, wf.in.Choice.Address = address.Otherwise, nil
	}
	wf.chooseChatThread()
	return nil
}

// chooseChatThread keeps the chat's thread as long as the policy lets its ticket take messages; otherwise it starts a
// new one.
func (wf *createTicket) chooseChatThread() {
	known := wf.in.Choice.Known
	switch {
	case wf.in.Choice.Reuse == conversation.ReuseNever:
		wf.thread = conversation.Thread{}
	case wf.thread.TicketObjectID == "":
	case known != nil && known.ObjectID == wf.thread.TicketObjectID:
		wf.trusted = true
	default:
		wf.ifOpen = wf.thread.TicketObjectID // the call that adds the message checks first
	}
}

// leaveClosed finds another thread for a chat message whose ticket is no longer open, or reopens the ticket if the
// policy says so.
func (wf *createTicket) leaveClosed(ctx workflow.Context, ticket activities.Ticket) error {
	wf.ifOpen = ""
	choice := wf.in.Choice
	if choice.Reuse == conversation.ReuseRecent && completedWithin(ticket, choice.Within, workflow.Now(ctx)) {
		return wf.reopen(ctx)
	}
	wf.thread = conversation.Thread{}
	return nil
}

// completedWithin reports whether the ticket was completed, but not finally closed, within the given time.
func completedWithin(t activities.Ticket, within time.Duration, now time.Time) bool {
	since := t.FinishedAt
	if since.IsZero() {
		since = t.ChangedAt
	}
	return t.Status == activities.TicketCompleted && !since.IsZero() && now.Sub(since) < within
}

// chooseAddressedThread finds the thread of the ticket that the follower addressed, and reopens the ticket if it is
// completed. It returns false if the ticket is not the follower's or has no thread; then the message is treated like
// any other.
func (wf *createTicket) chooseAddressedThread(ctx workflow.Context, address conversation.TicketAddress) (bool, error) {
	if wf.thread.RootMessageID != "" {
		return true, wf.joinKnown(ctx)
	}
	found, err := wf.findThread(ctx, address.TicketID)
	if failureIs(err, activities.ErrorC4CNotFound) || failureIs(err, activities.ErrorC4CRejected) ||
		err == nil && found.RootMessageID == "" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, wf.joinThread(ctx, found)
}

// chooseWebThread finds the thread of the ticket that a page message is for, and reopens the ticket if allowed. A
// submission without a ticket starts a new thread.
func (wf *createTicket) chooseWebThread(ctx workflow.Context, ticketID string) error {
	switch {
	case ticketID == "":
		return nil
	case wf.thread.RootMessageID != "":
		return wf.joinKnown(ctx)
	}
	found, err := wf.findThread(ctx, ticketID)
	if err != nil {
		return err
	}
	return wf.joinThread(ctx, found)
}

// joinThread uses a thread that C4C has found, and reopens its ticket if it is completed.
func (wf *createTicket) joinThread(ctx workflow.Context, found activities.FoundThread) error {
	wf.thread = conversation.Thread{
		RootMessageID: found.RootMessageID, RootUUID: found.RootUUID, TicketID: found.Ticket.ID,
		TicketObjectID: found.Ticket.ObjectID,
	}
	wf.keepTicket(ctx, found.Ticket)
	return wf.reopenCompleted(ctx, found.Ticket)
}

// joinKnown does the same with a thread that is already known.
func (wf *createTicket) joinKnown(ctx workflow.Context) error {
	ticket, err := wf.stateOf(ctx, wf.thread)
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

// reopen reopens a completed ticket. If C4C or the account's policy refuses, the message opens a new ticket.
func (wf *createTicket) reopen(ctx workflow.Context) error {
	if wf.in.ReopenStatus != "" {
		in := activities.ReopenTicketInput{
			Account: wf.in.Account, ObjectID: wf.thread.TicketObjectID, UserStatus: wf.in.ReopenStatus,
		}
		err := workflow.ExecuteActivity(c4cCall(ctx, say(ctx, "C4C: reopen ticket %s", wf.thread.TicketID)),
			toC4C.ReopenTicket, in).Get(ctx, nil)
		refused := failureIs(err, activities.ErrorC4CReadOnly) || failureIs(err, activities.ErrorC4CRejected)
		if err == nil {
			wf.keepTicket(ctx, activities.Ticket{
				ID: wf.thread.TicketID, ObjectID: wf.thread.TicketObjectID, Open: true, UserStatus: wf.in.ReopenStatus,
			})
			wf.ticket.Own = true
		}
		if !refused {
			return err
		}
	}
	wf.thread = conversation.Thread{}
	return nil
}

// chooseAnew finds another thread for a message whose ticket turned out to accept none. If the conversation only
// assumed that the ticket was open, C4C is asked, since the account's policy may reopen the ticket.
func (wf *createTicket) chooseAnew(ctx workflow.Context) error {
	if !wf.trusted {
		wf.thread = conversation.Thread{}
		return nil
	}
	wf.trusted, wf.in.Choice.Known = false, nil
	return wf.chooseThread(ctx)
}

// findThread asks C4C for the thread of a ticket. The ticket must be the follower's.
func (wf *createTicket) findThread(ctx workflow.Context, ticketID string) (activities.FoundThread, error) {
	in := activities.TicketQuery{Follower: wf.in.follower(), CustomerID: wf.known.Profile.CustomerID, TicketID: ticketID}
	var found activities.FoundThread
	err := workflow.ExecuteActivity(c4cCall(ctx, say(ctx, "C4C: thread of ticket %s", ticketID)), toC4C.FindThread,
		in).Get(ctx, &found)
	return found, err
}

// stateOf is the state of a thread's ticket, from the conversation or from C4C.
func (wf *createTicket) stateOf(ctx workflow.Context, thread conversation.Thread) (activities.Ticket, error) {
	if known := wf.in.Choice.Known; known != nil && known.ObjectID == thread.TicketObjectID {
		wf.trusted = true
		return known.Ticket, nil
	}
	var ticket activities.Ticket
	in := activities.ReadTicketInput{Account: wf.in.Account, ObjectID: thread.TicketObjectID}
	err := workflow.ExecuteActivity(c4cCall(ctx, say(ctx, "C4C: is ticket %s still open?", thread.TicketID)),
		toC4C.ReadTicket, in).Get(ctx, &ticket)
	if err == nil {
		wf.keepTicket(ctx, ticket)
	}
	return ticket, err
}

// keepTicket keeps a ticket's state from C4C for the conversation.
func (wf *createTicket) keepTicket(ctx workflow.Context, ticket activities.Ticket) {
	wf.ticket = &conversation.TicketState{Ticket: ticket, At: workflow.Now(ctx).Unix()}
}

// renewProfile makes the follower a customer again if C4C refused a message because it no longer has their profile. It
// returns false if C4C still has the profile, so that the refusal counts.
func (wf *createTicket) renewProfile(ctx workflow.Context) (bool, error) {
	found, err := wf.in.profileAnew(ctx, int(wf.in.Message.CreateTime))
	if err != nil || found.ID == wf.known.Profile.ID {
		return false, err
	}
	again := &onboardFollower{
		in: OnboardFollowerInput{SyncInput: wf.in.SyncInput, LookFirst: true}, sync: wf.sync,
		known: conversation.Known{Profile: found}, texts: wf.texts, profileChecked: true, anew: true,
	}
	err = again.attempt(ctx)
	wf.known, wf.anew, wf.thread = again.known, true, conversation.Thread{}
	wf.sync.round++ // C4C may refuse the same request id again
	return true, err
}
