package workflows

import "go.temporal.io/sdk/workflow"

// KindBackfill says that somebody follows who may never have been seen here. It opens no reply window and welcomes nobody.
// MsgID is the run of the backfill that wants to know what became of it.
const KindBackfill InboundKind = "backfill"

// takeBackfill takes what a backfill says. It never yields.
func (wf *conversation) takeBackfill(in Inbound) {
	if !wf.state.first(in.Key) {
		return
	}
	if in.CreateTime > wf.state.Followed && wf.state.Gone {
		wf.state.Followed, wf.state.Gone, wf.state.Left = in.CreateTime, false, 0
	}
	wf.state.Inbox = append(wf.state.Inbox, in)
}

// backfill onboards the follower, unless that was done, and tells the backfill.
func (wf *conversation) backfill(ctx workflow.Context, in Inbound) {
	outcome := BackfillKnown
	if !wf.state.Onboarded {
		switch event := wf.onboard(ctx, in.CreateTime, true); {
		case event == EventParked:
			outcome = BackfillFailed
		case wf.state.Facts.Customer.ID != "":
			outcome = BackfillCreated
		}
	}
	// A backfill that is over wants to know nothing.
	err := workflow.SignalExternalWorkflow(ctx, BackfillID(wf.in.Account), "", SignalBackfilled, Backfilled{Run: in.MsgID, Outcome: outcome}).Get(ctx, nil)
	if err != nil {
		workflow.GetLogger(ctx).Info("the backfill was not told what became of a follower", "error", err)
	}
}
