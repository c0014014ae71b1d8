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
	unread := in.Missed != nil
	return sync.until(ctx, func(ctx workflow.Context) error {
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
