package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

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
