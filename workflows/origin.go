package workflows

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// originLife is how long after a scan a new ticket still has to do with it, in seconds.
const originLife = 7 * 24 * 60 * 60

// changeOrigin is the version from which the first ticket after a scan has a note about it.
const changeOrigin = "origin in the ticket"

// Origin is the QR code that a follower scanned last.
type Origin struct {
	Scene string `json:"scene,omitempty"`
	At    int64  `json:"at,omitempty"` // CreateTime of the scan, seconds since 1970
	// AtCustomer and Ticket say where the agents read of it: at the customer, and in the first ticket after the scan.
	AtCustomer bool   `json:"at_customer,omitempty"`
	Ticket     string `json:"ticket,omitempty"`
}

// takeOrigin keeps the scene that a follow or a scan brings.
func (s *ConversationState) takeOrigin(in Inbound) {
	if (in.Kind == KindFollow || in.Kind == KindScan) && in.EventKey != "" && in.CreateTime >= s.Origin.At {
		s.Origin = Origin{Scene: in.EventKey, At: in.CreateTime}
	}
}

// originForCustomer is the scene that an onboarding shall leave with the customer; empty: none, or it stands there.
func (s *ConversationState) originForCustomer() string {
	if s.Origin.AtCustomer {
		return ""
	}
	s.Origin.AtCustomer = s.Origin.Scene != ""
	return s.Origin.Scene
}

// noteOrigin tells the agents in the ticket that a message opened by which QR code the follower came.
func (wf *conversation) noteOrigin(ctx workflow.Context, in Inbound) {
	origin := &wf.state.Origin
	if origin.Scene == "" || origin.Ticket != "" || in.CreateTime < origin.At || in.CreateTime-origin.At > originLife {
		return
	}
	thread, opened := wf.state.openedBy(MessageID(wf.in.Account, wf.in.OpenID, in.MsgID))
	if !opened || workflow.GetVersion(ctx, changeOrigin, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	origin.Ticket = thread.TicketID
	texts := wf.texts()
	note := NoteTicketInput{
		SyncInput: wf.sync(), TicketID: thread.TicketID, ObjectID: thread.TicketObjectID, Language: texts.Language,
		Text: texts.origin(origin.Scene), Customer: wf.state.Facts.noteCustomer(),
	}
	if err := startNote(ctx, note, "origin/"+in.MsgID); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told the follower's origin", "error", err)
	}
}

// openedBy finds the thread that a message began, once its ticket is known.
func (s *ConversationState) openedBy(messageID string) (Thread, bool) {
	for _, known := range s.Web.Threads {
		if known.RootMessageID == messageID && known.TicketID != "" {
			return known, true
		}
	}
	return Thread{}, false
}

// origin is the note about a scene.
func (t Texts) origin(scene string) string { return strings.ReplaceAll(t.NoteOrigin, "{words}", scene) }

// noteOrigin leaves the scene by which the follower came with the customer.
func (wf *onboardFollower) noteOrigin(ctx workflow.Context) error {
	if wf.in.Scene == "" || wf.noted {
		return nil
	}
	customer := wf.facts.noteCustomer()
	in := activities.AddCustomerNoteInput{
		Account: wf.in.Account, ObjectID: customer.ObjectID, CustomerID: customer.ID, Text: wf.texts.origin(wf.in.Scene), Round: wf.sync.round,
		Since: workflow.GetInfo(ctx).WorkflowStartTime,
	}
	err := workflow.ExecuteActivity(c4cCall(ctx, "C4C: origin of the follower at customer "+customer.ID), toC4C.AddCustomerNote, in).Get(ctx, nil)
	wf.noted = err == nil
	return err
}
