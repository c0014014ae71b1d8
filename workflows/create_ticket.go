package workflows

import (
	"fmt"
	"time"

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
	// Choice is how the message's ticket is chosen; nil in histories of older releases: as the zero choice says.
	Choice *TicketChoice `json:"choice,omitempty"`
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
	sync.amends, sync.amend = wf.amends, wf.amend
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
	addressed bool                // it goes to the ticket that the follower named
	trusted   bool                // the ticket's state is what the conversation knew
	mistaken  bool                // and that turned out to be old
	renewed   bool                // C4C was asked whether it still has the follower's profile
}

func (wf *createTicket) run(ctx workflow.Context) error {
	if err := wf.ensureProfile(ctx); err != nil {
		return err
	}
	err := wf.chooseThread(ctx)
	wf.sync.ticketID = wf.facts.Thread.TicketID // operators find a message that parks by its ticket too
	if err != nil {
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

// amend replaces the text.
func (wf *createTicket) amend(a Amendment) {
	wf.in.Message.Text = a.Text
	if choice := wf.in.Choice; choice != nil && choice.Address != nil {
		choice.Address.Text = a.Text
	}
}

// text is what goes into the ticket: where that is the one the follower named, without its number.
func (wf *createTicket) text() string {
	if wf.addressed && wf.facts.Thread.RootMessageID != "" {
		return wf.in.Choice.Address.Text
	}
	return wf.in.Message.Text
}

// relearn takes over what the conversation learnt while this sync was parked. A message that has its thread keeps it.
func (wf *createTicket) relearn(f Facts) {
	if own := wf.facts.Thread; (wf.activity.ID != "" || wf.in.Message.Web != nil || wf.addressed) && own.RootMessageID != f.Thread.RootMessageID {
		wf.late = f.Thread.RootMessageID != ""
		f.Thread = own
	}
	wf.facts.learn(f)
}

// found is what the conversation should know. A late message must not lead it back to an old thread.
func (wf *createTicket) found() Facts {
	found := wf.facts
	found.Aside = wf.in.Message.Web != nil || wf.in.Facts.Aside
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

// chooseThread chooses the thread of the message, unless it is in one already.
func (wf *createTicket) chooseThread(ctx workflow.Context) error {
	if entry := wf.in.Message.Web; entry != nil {
		return wf.chooseWebThread(ctx, entry)
	}
	if wf.activity.ID != "" || wf.opened {
		return nil
	}
	choice := TicketChoice{}
	if wf.in.Choice != nil {
		choice = *wf.in.Choice
	}
	if choice.Address != nil {
		theirs, err := wf.chooseAddressedThread(ctx, *choice.Address)
		if err != nil || theirs {
			wf.addressed = theirs
			return err
		}
		wf.facts.Thread, wf.in.Choice.Address = choice.Address.Otherwise, nil
	}
	return wf.chooseChatThread(ctx, choice)
}

// addMessage adds the message to the thread, or starts one. A ticket that was completed in the meantime takes no more
// messages: then a new one is opened.
func (wf *createTicket) addMessage(ctx workflow.Context) error {
	if wf.activity.ID != "" {
		return nil
	}
	in := activities.AddMessageInput{
		Follower: wf.in.follower(), MessageID: MessageID(wf.in.Account, wf.in.OpenID, wf.in.Message.MsgID),
		RootMessageID: wf.facts.Thread.RootMessageID, RootUUID: wf.facts.Thread.RootUUID, Profile: wf.facts.Profile,
		Text: wf.text(), CreatedAt: wf.in.Message.CreateTime, Round: wf.sync.round,
	}
	summary := "C4C: message opens a new ticket"
	if in.RootMessageID != "" {
		summary = "C4C: add message to ticket " + wf.facts.Thread.TicketID
	}
	err := workflow.ExecuteActivity(c4cCall(ctx, summary), toC4C.AddMessage, in).Get(ctx, &wf.activity)
	if in.RootMessageID != "" && failureIs(err, activities.ErrorC4CReadOnly) {
		if err := wf.chooseAnew(ctx); err != nil {
			return err
		}
		return wf.addMessage(ctx)
	}
	if !wf.renewed && (failureIs(err, activities.ErrorC4CRejected) || failureIs(err, activities.ErrorC4CNotFound)) {
		anew, failed := wf.renew(ctx)
		if failed != nil {
			return failed
		}
		wf.renewed = true
		if anew {
			return wf.addMessage(ctx)
		}
	}
	if err == nil && in.RootMessageID == "" {
		wf.opened = true
		wf.facts.Thread = Thread{RootMessageID: in.MessageID, RootUUID: wf.activity.UUID}
	}
	return err
}

// chooseAnew finds another thread for a message whose ticket turned out to take none. Where the conversation only believed
// that the ticket was open, C4C is asked, as the account's policy may set the ticket back to work.
func (wf *createTicket) chooseAnew(ctx workflow.Context) error {
	if !wf.trusted {
		wf.facts.Thread = Thread{}
		return nil
	}
	wf.trusted, wf.mistaken = false, true
	return wf.chooseThread(ctx)
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
		wf.learnt(ctx, ticket)
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
