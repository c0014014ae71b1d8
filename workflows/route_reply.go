package workflows

import (
	"regexp"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// RouteReply handles a reply that contains no message id of ours. It finds the follower by the ticket's contact and
// hands the reply to that follower's conversation.
func (w *Workflows) RouteReply(ctx workflow.Context, in RouteReplyInput) error {
	wf := &routeReply{RouteReplyInput: in, texts: w.policyOf(in.Account).Texts, unread: in.Missed != nil}
	sync, err := w.newSync(ctx, SyncInput{Account: in.Account}, syncOptions{
		title: say(ctx, "Route reply %s of ticket %s", in.Reply.SmaID, in.Reply.TicketID), ticketID: in.Reply.TicketID,
		sends: true,
	}, wf)
	if err != nil {
		return err
	}
	wf.sync = sync
	err = sync.run(ctx)
	if err == nil && sync.state == StateSkipped && wf.Reply.Untold {
		err = wf.note(ctx, wf.texts, wf.texts.Text(catalogue.NoteReplySkipped, wf.beginning()), "")
	}
	return err
}

type routeReply struct {
	plainErrand
	RouteReplyInput
	sync   *engine
	texts  *catalogue.Texts
	openID string // set by an operator or taken from the thread
	unread bool   // the reply has yet to be read from C4C
}

// attempt finds the follower and hands the reply over.
func (wf *routeReply) attempt(ctx workflow.Context) error {
	if wf.unread {
		if deliver, err := wf.readMissed(ctx); err != nil || !deliver {
			return err
		}
		wf.unread, wf.sync.ticketID = false, wf.Reply.TicketID
		if wf.openID == "" {
			wf.openID = wf.Reply.OpenID
		}
	}
	var found activities.FoundFollower
	query := activities.FindFollowerInput{
		Account: wf.Account, TicketID: wf.Reply.TicketID, OriginalID: wf.Reply.OriginalID, OpenID: wf.openID,
	}
	err := workflow.ExecuteActivity(c4cCall(ctx, say(ctx, "C4C: find the follower of ticket %s", wf.Reply.TicketID)),
		toC4C.FindFollower, query).
		Get(ctx, &found)
	if err != nil {
		return err
	}
	reply := wf.Reply
	reply.OpenID = found.OpenID
	return handOver(ctx, ConversationInput{Account: wf.Account, OpenID: found.OpenID, FollowerKey: found.FollowerKey},
		reply)
}

// paused tells the agent once that no follower was found for the reply. Other causes lie with C4C itself, which would
// not accept a note.
func (wf *routeReply) paused(ctx workflow.Context, _, failure string) {
	wf.letPass(ctx)
	if failure != activities.ErrorFollowerUnknown || wf.Reply.Untold {
		return
	}
	wf.Reply.Untold = true
	text := wf.texts.Text(catalogue.NoteReplyParked, wf.beginning(), reason(wf.texts, failure))
	if err := wf.note(ctx, wf.texts, text, "/unrouted"); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told that a reply reaches nobody", "error", err)
	}
}

// beginning is how the reply begins, by which its agent recognises it.
func (wf *routeReply) beginning() catalogue.Arg {
	return catalogue.Words(wordsOf(text.Plain(wf.Reply.Text)))
}

// amendable allows the follower, or the ticket to find the follower by.
func (wf *routeReply) amendable(a Amendment) error {
	switch {
	case a.OpenID == "":
		return a.onlyField("ticket_id")
	case !openIDForm.MatchString(a.OpenID):
		return refusal("an openid has letters, digits, - and _ only")
	}
	return a.onlyField("openid")
}

func (wf *routeReply) amend(a Amendment) {
	wf.openID = a.OpenID
	if a.TicketID != "" {
		wf.Reply.TicketID, wf.sync.ticketID = a.TicketID, a.TicketID
	}
}

// note leaves a note about the reply in its ticket.
func (in *RouteReplyInput) note(ctx workflow.Context, texts *catalogue.Texts, text, aspect string) error {
	return startNote(ctx, NoteTicketInput{
		SyncInput: SyncInput{Account: in.Account}, TicketID: in.Reply.TicketID, Text: text,
		Language: string(texts.Language()), IfThere: true,
	}, "route/"+in.Reply.SmaID+aspect)
}

// openIDForm is the form of an openid, safe to use in ids.
var openIDForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// handOver signals the conversation and starts it if there is none.
func handOver(ctx workflow.Context, to ConversationInput, reply conversation.Reply) error {
	id := ConversationID(to.Account, to.FollowerKey)
	signal := func() error { return workflow.SignalExternalWorkflow(ctx, id, "", SignalReply, reply).Get(ctx, nil) }
	if signal() == nil {
		return nil
	}
	err := workflow.ExecuteActivity(wechatCall(ctx, "was the follower erased?"), operations.FollowerErased,
		activities.FollowerErasedInput{Account: to.Account, FollowerKey: to.FollowerKey}).Get(ctx, &to.Erased)
	if err != nil {
		return err
	}
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: TaskQueue, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         say(ctx, "Conversation with follower %s", to.FollowerKey),
		TypedSearchAttributes: FollowerAttributes(to.Account, to.FollowerKey),
	})
	err = workflow.ExecuteChildWorkflow(child, TypeConversation, to).GetChildWorkflowExecution().Get(ctx, nil)
	if err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return err
	}
	return signal()
}

// MissedReply identifies a reply that C4C's push did not deliver.
type MissedReply struct {
	UUID     string `json:"uuid"`
	RootUUID string `json:"root_uuid,omitempty"` // of the activity that began its thread
	// Told is set once the comparison knows that the reply has parked: later replies stop waiting.
	Told bool `json:"told,omitempty"`
}

// letPass tells the comparison once that this reply has parked, so that later ones need not wait. A comparison that
// has ended is waiting for none.
func (in *RouteReplyInput) letPass(ctx workflow.Context) {
	comparison := workflow.GetInfo(ctx).ParentWorkflowExecution
	if in.Missed == nil || in.Missed.Told || comparison == nil {
		return
	}
	in.Missed.Told = true
	id := workflow.GetInfo(ctx).WorkflowExecution.ID
	err := workflow.SignalExternalWorkflow(ctx, comparison.ID, comparison.RunID, SignalRouteParked, id).Get(ctx, nil)
	if err != nil {
		workflow.GetLogger(ctx).Info("no comparison waits for this reply any more", "error", err)
	}
}

// readMissed completes the reply with what the push would have contained, and with its follower if the thread names
// one. It returns false if there is nothing to deliver: the agent withdrew the reply, or it belongs to another
// account.
func (in *RouteReplyInput) readMissed(ctx workflow.Context) (deliver bool, err error) {
	var found activities.AgentReply
	read := activities.ReadAgentReplyInput{Account: in.Account, UUID: in.Missed.UUID, RootUUID: in.Missed.RootUUID}
	err = workflow.ExecuteActivity(c4cCall(ctx, say(ctx, "C4C: read reply %s", in.Reply.SmaID)), toC4C.ReadAgentReply,
		read).Get(ctx, &found)
	if err != nil || found.Withdrawn {
		return false, err
	}
	account, openID, _, ours := conversation.ParseMessageID(found.OriginalID)
	if ours && account != in.Account {
		return false, nil
	}
	in.Reply.OriginalID, in.Reply.Author, in.Reply.CreatedAt, in.Reply.Text = found.OriginalID, found.Author,
		found.CreatedAt, found.Text
	if in.Reply.TicketID == "" { // otherwise an operator has set it
		in.Reply.TicketID = found.TicketID
	}
	if ours && openIDForm.MatchString(openID) {
		in.Reply.OpenID = openID
	}
	return true, nil
}
