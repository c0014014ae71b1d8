package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
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
	if wf.madeWay {
		patience = ticketPatience
	}
	found, err := wf.lookForTicket(ctx, patience)
	if !found && err == nil && !wf.opened && len(wf.in.Message.Files()) == 0 {
		return false, nil
	}
	if !found && err == nil && !wf.madeWay {
		wf.madeWay = true
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
		wf.keepTicket(ctx, ticket)
		wf.ticket.New = true
		return true, nil
	case temporal.IsCanceledError(err) || !retryMayHelp(err):
		return false, err
	}
	return false, nil
}

// attach starts the syncs of the message's files and does not wait for their end.
func (wf *createTicket) attach(ctx workflow.Context) error {
	for i, media := range wf.in.Message.Files() {
		in := AttachMediaInput{
			SyncInput: wf.in.SyncInput, TicketID: wf.thread.TicketID, ObjectID: wf.thread.TicketObjectID,
			MsgID: wf.in.Message.MsgID, Number: i + 1, Media: media, SentAt: wf.in.Message.CreateTime,
			Line: wf.in.Message.Text, Customer: wf.known.NoteCustomer(),
		}
		id := AttachID(in.Account, in.FollowerKey, in.MsgID, in.Number)
		child := in.child(ctx, id, say(ctx, "File %d of message %s in ticket %s", in.Number, in.MsgID, in.TicketID),
			row{state: StateSyncing, ticketID: in.TicketID})
		err := workflow.ExecuteChildWorkflow(child, TypeAttachMedia, in).GetChildWorkflowExecution().Get(ctx, nil)
		if err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
			return err
		}
	}
	return nil
}

// describeTicket sets the subject, category and fields that the follower entered for a ticket of the page.
func (wf *createTicket) describeTicket(ctx workflow.Context) error {
	entry := wf.in.Message.Web
	if entry == nil || entry.Subject == "" || !wf.opened || wf.described {
		return nil
	}
	in := activities.DescribeTicketInput{
		Account: wf.in.Account, ObjectID: wf.thread.TicketObjectID, Subject: entry.Subject, Category: entry.Category,
		Fields: entry.Fields,
	}
	summary := say(ctx, "C4C: subject and category of ticket %s", wf.thread.TicketID)
	if len(in.Fields) > 0 {
		summary = say(ctx, "C4C: subject, category and %s of ticket %s", activities.Masked(in.Fields), wf.thread.TicketID)
	}
	err := workflow.ExecuteActivity(c4cCall(ctx, summary), toC4C.DescribeTicket, in).Get(ctx, nil)
	wf.described = err == nil
	if failureIs(err, activities.ErrorC4CFieldRefused) && !wf.madeWay {
		// The ticket lacks nothing else: the follower gets its number, and the lane continues.
		wf.tellNumber(ctx)
		wf.madeWay = true
		wf.sync.makeWay(ctx)
	}
	return err
}

// pagePatience is how long the page, and the follower in front of it, wait for the number of a ticket opened there.
const pagePatience = 15 * time.Second

// shownOnPage reports whether the page shows the follower the ticket's number.
func (wf *createTicket) shownOnPage(ctx workflow.Context) bool {
	_, submitted := conversation.SubmissionKey(wf.in.Message.Key)
	return submitted && workflow.Now(ctx).Before(time.Unix(wf.in.Message.CreateTime, 0).Add(pagePatience))
}

// tellNumber sends the follower the ticket's number. It is optional and never keeps the sync from completing: what
// could not be sent is left to the conversation.
func (wf *createTicket) tellNumber(ctx workflow.Context) {
	if wf.number != "" && wf.shownOnPage(ctx) {
		wf.number = ""
	}
	if wf.number == "" || !wf.in.TellNumber {
		return
	}
	send := wechatSend(ctx, say(ctx, "WeChat: tell the number of ticket %s", wf.thread.TicketID))
	ctx = workflow.WithScheduleToCloseTimeout(send, 30*time.Second)
	in := activities.SendTextInput{Follower: wf.in.follower(),
		Text: wf.texts.Text(catalogue.TicketOpened, catalogue.Ticket(wf.thread.TicketID))}
	err := workflow.ExecuteActivity(ctx, toWeChat.SendText, in).Get(ctx, nil)
	switch {
	case err == nil:
		wf.number = ""
		wf.spent++
	case failureIs(err, activities.ErrorWeChatOutcomeUnknown):
		wf.number = conversation.NumberUnsure
		wf.spent++
	}
	if err != nil && !temporal.IsCanceledError(err) {
		wf.refused = failureOf(err).Type
		workflow.GetLogger(ctx).Info("the follower was not told the ticket's number", "error", wf.refused)
	}
}
