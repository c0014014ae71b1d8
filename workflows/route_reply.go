package workflows

import (
	"regexp"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// RouteReply finds the follower of a reply that carries no message id of ours, by the ticket's contact, and hands
// the reply to that follower's conversation.
func (w *Workflows) RouteReply(ctx workflow.Context, in RouteReplyInput) error {
	sync, err := w.startSync(ctx, SyncInput{Account: in.Account}, "", "Route reply "+in.Reply.SmaID+" of ticket "+in.Reply.TicketID, StateSyncing)
	if err != nil {
		return err
	}
	sync.ticketID = in.Reply.TicketID
	openID := ""
	sync.amends = amendsRoute
	sync.amend = func(a Amendment) {
		openID = a.OpenID
		if a.TicketID != "" {
			in.Reply.TicketID, sync.ticketID = a.TicketID, a.TicketID
		}
	}
	texts := w.Policies[in.Account].Texts
	sync.paused = func(ctx workflow.Context, _, failure string) {
		in.letPass(ctx)
		in.tellUnrouted(ctx, texts, failure)
	}
	unread := in.Missed != nil
	err = sync.until(ctx, func(ctx workflow.Context) error {
		if unread {
			if deliver, err := in.readMissed(ctx); err != nil || !deliver {
				return err
			}
			unread, sync.ticketID = false, in.Reply.TicketID
			if openID == "" {
				openID = in.Reply.OpenID
			}
		}
		var found activities.Found
		query := activities.FindFollowerInput{Account: in.Account, TicketID: in.Reply.TicketID, OriginalID: in.Reply.OriginalID, OpenID: openID}
		err := workflow.ExecuteActivity(c4cCall(ctx, "C4C: find the follower of ticket "+in.Reply.TicketID), toC4C.FindFollower, query).Get(ctx, &found)
		if err != nil {
			return err
		}
		reply := in.Reply
		reply.OpenID = found.OpenID
		return handOver(ctx, ConversationInput{Account: in.Account, OpenID: found.OpenID, FollowerKey: found.FollowerKey}, reply)
	})
	if err == nil && sync.state == StateSkipped && in.Reply.Untold {
		err = in.note(ctx, texts, replaced(texts.NoteSkipped, "{words}", wordsOf(plain(in.Reply.Text))), "")
	}
	return err
}

// changeUnrouted is the version from which the agent is told of a reply whose follower is not found.
const changeUnrouted = "tell-of-unrouted-reply"

// tellUnrouted tells the agent once that nobody was found to deliver the reply to. Of other causes C4C itself is the reason, and
// would take no note.
func (in *RouteReplyInput) tellUnrouted(ctx workflow.Context, texts Texts, failure string) {
	if failure != activities.ErrorFollowerUnknown || in.Reply.Untold {
		return
	}
	if workflow.GetVersion(ctx, changeUnrouted, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	in.Reply.Untold = true
	words := texts.Window
	if words == nil {
		words = &WindowTexts{}
	}
	text := replaced(words.NoteParked, "{words}", wordsOf(plain(in.Reply.Text)), "{reason}", words.reason(failure))
	if err := in.note(ctx, texts, text, "/unrouted"); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told that a reply reaches nobody", "error", err)
	}
}

// note leaves a note about the reply in the ticket that it names.
func (in *RouteReplyInput) note(ctx workflow.Context, texts Texts, text, aspect string) error {
	return startNote(ctx, NoteTicketInput{
		SyncInput: SyncInput{Account: in.Account}, TicketID: in.Reply.TicketID, Text: text, Language: texts.Language, IfThere: true,
	}, "route/"+in.Reply.SmaID+aspect)
}

// openIDForm is what an openid may look like, and what could stand in an id.
var openIDForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// amendsRoute takes the follower, or the ticket to find the follower by.
func amendsRoute(a Amendment) error {
	switch {
	case a.OpenID == "":
		return a.only("ticket_id")
	case !openIDForm.MatchString(a.OpenID):
		return refusal("an openid has letters, digits, - and _ only")
	}
	return a.only("openid")
}

// handOver signals the conversation and starts it where there is none.
func handOver(ctx workflow.Context, to ConversationInput, reply Reply) error {
	id := ConversationID(to.Account, to.FollowerKey)
	signal := func() error { return workflow.SignalExternalWorkflow(ctx, id, "", SignalReply, reply).Get(ctx, nil) }
	if signal() == nil {
		return nil
	}
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: TaskQueue, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary: "Conversation with follower " + to.FollowerKey,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			AttributeAccount.ValueSet(to.Account), AttributeFollowerKey.ValueSet(to.FollowerKey)),
	})
	err := workflow.ExecuteChildWorkflow(child, TypeConversation, to).GetChildWorkflowExecution().Get(ctx, nil)
	if err != nil && !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return err
	}
	return signal()
}
