package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// CreateTicketInput starts CreateTicket.
type CreateTicketInput struct {
	SyncInput
	Message Inbound `json:"message"`
	Facts   Facts   `json:"facts"`
	// TellNumber tells the follower the number of a new ticket.
	TellNumber bool `json:"tell_number,omitempty"`
	// ReopenStatus is that of the account's policy.
	ReopenStatus string `json:"reopen_status,omitempty"`
}

// CreateTicket brings one message of a follower into C4C: into the follower's open ticket, or into a new one that C4C
// makes of a new thread by itself. It returns what the conversation should know.
func (w *Workflows) CreateTicket(ctx workflow.Context, in CreateTicketInput) (Outcome, error) {
	wf := &createTicket{in: in, facts: in.Facts, texts: w.Policies[in.Account].Texts}
	sync, err := w.startSync(ctx, in.SyncInput, LaneMessages, "Message "+in.Message.MsgID+" of follower "+in.FollowerKey, StateSyncing)
	if err != nil {
		return wf.outcome(), err
	}
	sync.facts, sync.learn, sync.granted = wf.found, wf.relearn, wf.permit
	sync.order = orderKey(fmt.Sprintf("%020d", in.Message.CreateTime), in.Message.MsgID)
	sync.amends, sync.amend = wf.amends, func(a Amendment) { wf.in.Message.Text = a.Text }
	wf.sync = sync
	err = sync.until(ctx, wf.run)
	return wf.outcome(), err
}

type createTicket struct {
	in        CreateTicketInput
	sync      *sync
	facts     Facts
	texts     Texts
	activity  activities.Activity // the message as C4C knows it; empty until it does
	opened    bool                // this message started the thread
	described bool                // its ticket has the follower's subject
	late      bool                // the conversation has gone on to another thread
	untold    string              // error type under which WeChat refused the ticket's number
}

func (wf *createTicket) run(ctx workflow.Context) error {
	if err := wf.ensureProfile(ctx); err != nil {
		return err
	}
	if err := wf.chooseThread(ctx); err != nil {
		return err
	}
	if err := wf.addMessage(ctx); err != nil {
		return err
	}
	if err := wf.findTicket(ctx); err != nil {
		return err
	}
	if err := wf.attach(ctx); err != nil {
		return err
	}
	if err := wf.describeTicket(ctx); err != nil {
		return err
	}
	wf.tellNumber(ctx)
	return nil
}

// amends takes another text as long as C4C has none.
func (wf *createTicket) amends(a Amendment) error {
	if wf.activity.ID != "" {
		return refusal("the message is in C4C already: only what comes after it failed, and another text would not help")
	}
	return a.only("text")
}

// relearn takes over what the conversation learnt while this sync was parked. A message that has its thread keeps it.
func (wf *createTicket) relearn(f Facts) {
	if own := wf.facts.Thread; (wf.activity.ID != "" || wf.in.Message.Web != nil) && own.RootMessageID != f.Thread.RootMessageID {
		wf.late = f.Thread.RootMessageID != ""
		f.Thread = own
	}
	wf.facts.learn(f)
}

// found is what the conversation should know. A late message must not lead it back to an old thread.
func (wf *createTicket) found() Facts {
	found := wf.facts
	if wf.late {
		found.Thread = Thread{}
	}
	return found
}

// permit takes anew whether the number may be told: the window may have closed while the message was parked.
func (wf *createTicket) permit(turn GrantedTurn) {
	if turn.TellNumber != nil {
		wf.in.TellNumber = *turn.TellNumber
	}
}

// outcome is what the conversation should know.
func (wf *createTicket) outcome() Outcome {
	out := Outcome{Facts: wf.found(), Failure: wf.untold}
	if wf.sync != nil {
		out.Spent = wf.sync.spent
	}
	return out
}

// ensureProfile helps a follower whose onboarding is parked: the message goes on without the customer.
func (wf *createTicket) ensureProfile(ctx workflow.Context) error {
	if wf.facts.Profile.ID != "" {
		return nil
	}
	in := activities.EnsureProfileInput{Follower: wf.in.follower(), LookFirst: true, Round: wf.sync.round}
	return workflow.ExecuteActivity(c4cCall(ctx, "C4C: social media user profile of the follower"), toC4C.EnsureProfile, in).
		Get(ctx, &wf.facts.Profile)
}

// chooseThread keeps the follower's thread while its ticket is open and starts a new one after that.
func (wf *createTicket) chooseThread(ctx workflow.Context) error {
	if entry := wf.in.Message.Web; entry != nil {
		return wf.chooseWebThread(ctx, entry)
	}
	thread := wf.facts.Thread
	if wf.activity.ID != "" || wf.opened || thread.TicketObjectID == "" {
		return nil
	}
	var ticket activities.Ticket
	in := activities.ReadTicketInput{Account: wf.in.Account, ObjectID: thread.TicketObjectID}
	err := workflow.ExecuteActivity(c4cCall(ctx, "C4C: is ticket "+thread.TicketID+" still open?"), toC4C.ReadTicket, in).Get(ctx, &ticket)
	if err == nil && !ticket.Open {
		wf.facts.Thread = Thread{}
	}
	return err
}

// addMessage adds the message to the thread, or starts one. A ticket that was completed in the meantime takes no more
// messages: then a new one is opened.
func (wf *createTicket) addMessage(ctx workflow.Context) error {
	if wf.activity.ID != "" {
		return nil
	}
	in := activities.AddMessageInput{
		Follower: wf.in.follower(), MessageID: MessageID(wf.in.Account, wf.in.OpenID, wf.in.Message.MsgID),
		RootMessageID: wf.facts.Thread.RootMessageID, Profile: wf.facts.Profile,
		Text: wf.in.Message.Text, CreatedAt: wf.in.Message.CreateTime, Round: wf.sync.round,
	}
	summary := "C4C: message opens a new ticket"
	if in.RootMessageID != "" {
		summary = "C4C: add message to ticket " + wf.facts.Thread.TicketID
	}
	err := workflow.ExecuteActivity(c4cCall(ctx, summary), toC4C.AddMessage, in).Get(ctx, &wf.activity)
	var refused *temporal.ApplicationError
	if in.RootMessageID != "" && errors.As(err, &refused) && refused.Type() == activities.ErrorC4CReadOnly {
		wf.facts.Thread = Thread{}
		return wf.addMessage(ctx)
	}
	if err == nil && in.RootMessageID == "" {
		wf.opened = true
		wf.facts.Thread = Thread{RootMessageID: in.MessageID}
	}
	return err
}

// findTicket learns the number of the ticket that C4C made of the new thread.
func (wf *createTicket) findTicket(ctx workflow.Context) error {
	if wf.facts.Thread.TicketID == "" {
		var ticket activities.Ticket
		in := activities.FindTicketInput{Account: wf.in.Account, ActivityID: wf.activity.ID}
		err := workflow.ExecuteActivity(c4cPoll(ctx, "C4C: find the ticket of the new thread"), toC4C.FindTicket, in).Get(ctx, &ticket)
		if err != nil {
			return err
		}
		wf.facts.Thread.TicketID, wf.facts.Thread.TicketObjectID = ticket.ID, ticket.ObjectID
	}
	wf.sync.ticketID = wf.facts.Thread.TicketID
	return nil
}

// tellNumber tells the follower the ticket's number once. It is a courtesy: it never keeps the sync from being done.
func (wf *createTicket) tellNumber(ctx workflow.Context) {
	if !wf.opened || !wf.in.TellNumber {
		return
	}
	ctx = workflow.WithScheduleToCloseTimeout(wechatSend(ctx, "WeChat: tell the number of ticket "+wf.facts.Thread.TicketID), 30*time.Second)
	in := activities.SendTextInput{Follower: wf.in.follower(), Text: withTicket(wf.texts.TicketOpened, wf.facts.Thread.TicketID)}
	if err := workflow.ExecuteActivity(ctx, toWeChat.SendText, in).Get(ctx, nil); err != nil {
		wf.untold = failureOf(err).Type
		workflow.GetLogger(ctx).Info("the follower was not told the ticket's number", "error", wf.untold)
		return
	}
	wf.sync.spent++
}
