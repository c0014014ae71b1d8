package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Register registers the workflows under their persisted names.
func (w *Workflows) Register(registry worker.WorkflowRegistry) {
	for name, function := range map[string]any{
		TypeConversation:     w.Conversation,
		TypeOnboardFollower:  w.OnboardFollower,
		TypeCreateTicket:     w.CreateTicket,
		TypeDeliverReply:     w.DeliverReply,
		TypeRouteReply:       w.RouteReply,
		TypeNoteTicket:       w.NoteTicket,
		TypeAnnounceReply:    w.AnnounceReply,
		TypeMaintainToken:    w.MaintainToken,
		TypeRefreshToken:     w.RefreshToken,
		TypeRegisterCustomer: w.RegisterCustomer,
		TypeAttachMedia:      w.AttachMedia,
		TypeResumeCause:      w.ResumeCause,
		TypeReconcileReplies: w.ReconcileReplies,
		TypeReviewReplies:    w.ReviewReplies,
		TypeTicketChanged:    w.TicketChanged,
		TypeStartWaiting:     w.StartWaiting,

		TypeBackfillFollowers: w.BackfillFollowers,
		TypeShareC4C:          w.ShareC4C,
		TypeEraseFollower:     w.EraseFollower,
	} {
		registry.RegisterWorkflowWithOptions(function, workflow.RegisterOptions{Name: name})
	}
}
