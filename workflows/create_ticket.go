package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// CreateTicketInput starts CreateTicket.
type CreateTicketInput struct {
	SyncInput
	conversation.TicketAsk
}

// CreateTicket brings one message of a follower into C4C: into the follower's open ticket, or into a new ticket that
// C4C makes from a new thread. It returns what the conversation should know.
func (w *Workflows) CreateTicket(ctx workflow.Context, in CreateTicketInput) (conversation.Outcome, error) {
	wf := &createTicket{in: in, known: in.Known, thread: in.Thread, aside: in.Aside, texts: w.policyOf(in.Account).Texts}
	sync, err := w.newSync(ctx, in.SyncInput, syncOptions{
		title: say(ctx, "Message %s of follower %s", in.Message.MsgID, in.FollowerKey), lane: conversation.LaneMessages,
		order: conversation.Order{At: in.Message.CreateTime, ID: in.Message.MsgID}, early: in.Wait,
	}, wf)
	if err != nil {
		return wf.outcome(), err
	}
	wf.sync = sync
	err = sync.run(ctx)
	return wf.outcome(), err
}

type createTicket struct {
	plainErrand
	in     CreateTicketInput
	sync   *engine
	texts  *catalogue.Texts
	known  conversation.Known
	anew   bool                      // the profile replaces one that C4C has lost
	thread conversation.Thread       // where the message goes
	aside  bool                      // not the chat's thread
	ticket *conversation.TicketState // the ticket's state in C4C

	activity       activities.Activity     // the message in C4C; empty until it exists
	opened         bool                    // this message started the thread
	described      bool                    // its ticket has the subject that the follower chose
	refused        string                  // error type with which WeChat refused to deliver the ticket's number
	addressed      bool                    // it goes to the ticket that the follower addressed
	trusted        bool                    // the ticket's state is the conversation's knowledge
	ifOpen         string                  // C4C's key of the ticket to check first
	profileChecked bool                    // C4C was asked whether the follower's profile still exists
	madeWay        bool                    // the lane continues without it
	spent          int                     // messages sent to the follower and not reported yet
	number         conversation.NumberFate // of the new ticket's number; empty: the follower has it, or needs none
}

// attempt brings the message into C4C, step by step. Steps that are done are not repeated.
func (wf *createTicket) attempt(ctx workflow.Context) error {
	if err := wf.ensureProfile(ctx); err != nil {
		return err
	}
	err := wf.chooseThread(ctx)
	wf.sync.ticketID = wf.thread.TicketID // operators can also find a parked message by its ticket
	if err != nil {
		return err
	}
	if err := wf.addMessage(ctx); err != nil {
		return err
	}
	found, err := wf.findTicket(ctx)
	if err != nil || !found {
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

// amendable allows another text as long as C4C has none.
func (wf *createTicket) amendable(a Amendment) error {
	if wf.activity.ID != "" {
		return refusal("the message is in C4C already: only what comes after it failed, and another text would not help")
	}
	return a.onlyField("text")
}

// amend replaces the text.
func (wf *createTicket) amend(a Amendment) {
	wf.in.Message.Text = a.Text
	if address := wf.in.Choice.Address; address != nil {
		address.Text = a.Text
	}
}

// text is what goes into the ticket. For an addressed ticket it is without the number.
func (wf *createTicket) text() string {
	if wf.addressed && wf.thread.RootMessageID != "" {
		return wf.in.Choice.Address.Text
	}
	return wf.in.Message.Text
}

// granted takes over what the conversation learned while this sync waited. A message that already has a thread keeps
// it.
func (wf *createTicket) granted(turn conversation.Turn) {
	wf.known.Learn(conversation.Found{Profile: turn.Known.Profile, Customer: turn.Known.Customer})
	change := turn.Ticket
	if change == nil {
		return
	}
	wf.in.TellNumber = change.TellNumber
	if change.Thread.RootMessageID == wf.thread.RootMessageID && change.Thread.TicketID != "" {
		wf.thread = change.Thread // another message has found the ticket for both
	}
	switch {
	case wf.in.Message.Web != nil:
	case wf.activity.ID != "" || wf.addressed:
		// A late message must not move the chat back to an old thread.
		wf.aside = wf.aside || change.Thread.RootMessageID != "" && change.Thread.RootMessageID != wf.thread.RootMessageID
	case wf.in.Choice.Address != nil:
		wf.in.Choice.Address.Otherwise, wf.aside = change.Thread, change.Aside
	default:
		wf.thread, wf.aside, wf.in.Choice.Known = change.Thread, change.Aside, change.Ticket
	}
}

// paused discards what the conversation knew about the ticket: it becomes outdated while the sync is parked.
func (wf *createTicket) paused(workflow.Context, string, string) { wf.in.Choice.Known = nil }

// outcome is the result for the conversation. Until the sync has ended, it may still tell the ticket's number.
func (wf *createTicket) outcome() conversation.Outcome {
	out := conversation.Outcome{
		Found: conversation.Found{
			Profile: wf.known.Profile, Customer: wf.known.Customer, Anew: wf.anew, Thread: wf.thread, Aside: wf.aside,
			Ticket: wf.ticket, Pictures: wf.pictures(),
		},
		Failure: wf.refused, Spent: wf.spent,
	}
	if wf.sync != nil && wf.sync.closed {
		out.Number = wf.number
	}
	return out
}

// reported records that the conversation has counted these messages.
func (wf *createTicket) reported(spent int) { wf.spent -= spent }

// pictures are the message's pictures, which the page can show for as long as WeChat keeps them.
func (wf *createTicket) pictures() []conversation.WebPicture {
	var pictures []conversation.WebPicture
	for _, media := range wf.in.Message.Files() {
		if media.Kind == conversation.MediaImage && wf.thread.TicketID != "" {
			pictures = append(pictures, conversation.WebPicture{
				TicketID: wf.thread.TicketID, MsgID: wf.in.Message.MsgID, MediaID: media.ID,
				Until: wf.in.Message.CreateTime + conversation.MediaLife,
			})
		}
	}
	return pictures
}

// ensureProfile handles a follower whose onboarding is parked: the message continues without the customer.
func (wf *createTicket) ensureProfile(ctx workflow.Context) error {
	if wf.known.Profile.ID != "" {
		return nil
	}
	ensured, err := wf.in.ensureProfile(ctx, activities.EnsureProfileInput{
		LookFirst: true, Customer: wf.known.Customer, Round: wf.sync.round,
	})
	wf.known.Profile = ensured.Profile
	return err
}

// addMessage adds the message to the thread, or starts one. A ticket that was completed in the meantime accepts no
// more messages; then another thread is chosen.
func (wf *createTicket) addMessage(ctx workflow.Context) error {
	if wf.activity.ID != "" {
		return nil
	}
	in := activities.AddMessageInput{
		Follower: wf.in.follower(), MessageID: conversation.MessageID(wf.in.Account, wf.in.OpenID, wf.in.Message.MsgID),
		RootMessageID: wf.thread.RootMessageID, RootUUID: wf.thread.RootUUID, Profile: wf.known.Profile, IfOpen: wf.ifOpen,
		Text: wf.text(), CreatedAt: wf.in.Message.CreateTime, Round: wf.sync.round,
	}
	summary := say(ctx, "C4C: message opens a new ticket")
	if in.RootMessageID != "" {
		summary = say(ctx, "C4C: add message to ticket %s", wf.thread.TicketID)
	}
	var added activities.AddedMessage
	err := workflow.ExecuteActivity(c4cCall(ctx, summary), toC4C.AddMessage, in).Get(ctx, &added)
	if added.Ticket != nil {
		wf.keepTicket(ctx, *added.Ticket)
	}
	switch {
	case err == nil && added.Closed:
		if err := wf.leaveClosed(ctx, *added.Ticket); err != nil {
			return err
		}
		return wf.addMessage(ctx)
	case err == nil:
		wf.recordAdded(in, added)
		return nil
	case in.RootMessageID != "" && failureIs(err, activities.ErrorC4CReadOnly):
		if err := wf.chooseAnew(ctx); err != nil {
			return err
		}
		return wf.addMessage(ctx)
	case !wf.profileChecked &&
		(failureIs(err, activities.ErrorC4CRejected) || failureIs(err, activities.ErrorC4CNotFound)):
		anew, failed := wf.renewProfile(ctx)
		if failed != nil {
			return failed
		}
		wf.profileChecked = true
		if anew {
			return wf.addMessage(ctx)
		}
	}
	return err
}

// recordAdded remembers where the message is: an earlier attempt may have put it into another thread.
func (wf *createTicket) recordAdded(in activities.AddMessageInput, added activities.AddedMessage) {
	wf.activity, wf.ifOpen = added.Activity, ""
	switch root := added.Elsewhere; {
	case root != nil:
		wf.thread = conversation.Thread{RootMessageID: root.MessageID, RootUUID: root.UUID}
		wf.opened = root.MessageID == in.MessageID
	case in.RootMessageID == "":
		wf.thread = conversation.Thread{RootMessageID: in.MessageID, RootUUID: added.UUID}
		wf.opened = true
	}
	if wf.opened {
		wf.number = conversation.NumberUntold
	}
}

// TraceParent is the span of the webhook that brought the message, as W3C traceparent; empty without tracing.
func (in CreateTicketInput) TraceParent() string { return in.Message.Trace }
