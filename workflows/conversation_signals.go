package workflows

import "slices"

// take takes what the follower did. It never yields: continue-as-new drains through it.
func (wf *conversation) take(in Inbound) {
	if in.Web != nil {
		wf.takeWeb(in)
		return
	}
	if in.Kind == KindBackfill {
		wf.takeBackfill(in)
		return
	}
	if !wf.state.first(in.Key) {
		return
	}
	if in.Kind == KindConsent {
		wf.state.consent(in.Consents)
		return
	}
	if in.Kind == KindUnfollow {
		wf.state.Web.Ended = max(wf.state.Web.Ended, in.CreateTime)
		if in.CreateTime >= wf.state.Followed {
			wf.state.Followed = in.CreateTime
			wf.left(in.CreateTime)
		}
		return
	}
	// Whoever acts follows: the push of a new follow may have been lost.
	if in.CreateTime > wf.state.Followed || in.Kind == KindFollow && in.CreateTime == wf.state.Followed {
		wf.state.Followed, wf.state.Gone, wf.state.Left = in.CreateTime, false, 0
	}
	if in.Kind == KindFollow || in.Kind == KindMessage {
		wf.state.Inbox = append(wf.state.Inbox, in)
	}
	wf.state.takeOrigin(in)
	wf.openWindow(in)
	wf.heard(in)
	wf.state.Open = true
}

// takeReply takes what a service agent answered, or a text that C4C has for the follower by itself.
func (wf *conversation) takeReply(in Reply) {
	if in.Automatic {
		wf.tellFollower(in.SmaID, in)
		return
	}
	if wf.state.first("reply/" + in.SmaID) {
		wf.state.Outbox = append(wf.state.Outbox, in)
		wf.state.Window.Asked = false
	}
}

// takeReport takes what a sync says of itself. What it found out counts only while its lane waits for it: later its
// knowledge is older than ours.
func (wf *conversation) takeReport(in Report) {
	wf.account(in.Lane, in.Spent, in.Failure)
	active := wf.active[in.Lane] == in.WorkflowID
	if active {
		wf.learn(in.Facts)
		wf.reports[in.WorkflowID] = in.Event
	}
	switch in.Event {
	case EventTurn:
		wf.state.unpark(in.Lane, in.WorkflowID)
		if !active {
			wf.state.wantTurn(in.Lane, Turn{WorkflowID: in.WorkflowID, Order: in.Order})
		}
	case EventHeld:
		if !slices.Contains(wf.state.Held, in.WorkflowID) {
			wf.state.hold(in.WorkflowID, in.TicketID, wf.now())
		}
		if in.Left && wf.openings == wf.began[in.Lane] {
			wf.left(wf.now().Unix())
		}
	case EventParked, EventEnded:
		wf.state.drop(in.WorkflowID)
		if in.Event == EventParked {
			wf.state.park(in.Lane, Turn{WorkflowID: in.WorkflowID, Order: in.Order})
		} else {
			wf.state.unpark(in.Lane, in.WorkflowID)
		}
		if in.Lane == LaneReplies {
			wf.ended(in.WorkflowID, in.State, in.Failure, in.With)
		}
	}
}
