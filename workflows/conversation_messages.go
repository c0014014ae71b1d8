package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// runMessages is the lane of what the follower sends: onboardings and messages, one after the other.
func (wf *conversation) runMessages(ctx workflow.Context) {
	waiting := func() bool { return len(wf.state.Inbox)+len(wf.state.Turns[LaneMessages]) > 0 }
	for {
		paused := !waiting()
		if workflow.Await(ctx, func() bool { return wf.mayTake() && waiting() }) != nil {
			return
		}
		wf.enter(LaneMessages)
		if policy := wf.policy(ctx); paused && !settle(ctx, policy.Settle) {
			return
		}
		if len(wf.state.Turns[LaneMessages]) > 0 {
			if wf.awaitEarlier(ctx, LaneMessages) != nil {
				return
			}
			wf.giveTurn(ctx, LaneMessages, wf.state.nextTurn(LaneMessages))
		} else {
			wf.syncInbound(ctx, wf.state.next())
		}
		wf.showTicket(ctx)
		wf.leave(LaneMessages)
	}
}

// settle waits for what arrives in parallel: messages that WeChat posts, syncs that a batch retries. It is false when the
// conversation is cancelled.
func settle(ctx workflow.Context, wait time.Duration) bool {
	if wait <= 0 {
		return true
	}
	timer := workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{Summary: "let what comes in parallel arrive"})
	return timer.Get(ctx, nil) == nil
}

// syncInbound runs the syncs that a follow or a message needs.
func (wf *conversation) syncInbound(ctx workflow.Context, in Inbound) {
	if in.Kind == KindBackfill {
		wf.backfill(ctx, in)
		return
	}
	if in.Kind == KindFollow || !wf.state.Onboarded {
		// A follower who writes before we saw the follow may be known to C4C from another time.
		wf.onboard(ctx, in.CreateTime, in.Kind != KindFollow || wf.state.Onboarded)
	}
	wf.submission = in.Key
	switch in.Kind {
	case KindMessage:
		if !wf.answersSurvey(ctx, in) {
			wf.createTicket(ctx, in)
			wf.noteOrigin(ctx, in)
		}
	case KindRegister:
		wf.register(ctx, in)
	}
	wf.submission = ""
}

func (wf *conversation) onboard(ctx workflow.Context, createTime int64, lookFirst bool) Event {
	wf.state.Onboarded = true
	id := OnboardID(wf.in.Account, wf.in.FollowerKey, createTime)
	input := OnboardFollowerInput{SyncInput: wf.sync(), Facts: wf.state.Facts, LookFirst: lookFirst, Scene: wf.state.originForCustomer()}
	child := wf.sync().child(ctx, id, "Follower "+wf.in.FollowerKey+" becomes a customer", StateSyncing)
	return wf.await(ctx, LaneMessages, id, workflow.ExecuteChildWorkflow(child, TypeOnboardFollower, input))
}

func (wf *conversation) createTicket(ctx workflow.Context, in Inbound) {
	id := TicketSyncID(wf.in.Account, wf.in.FollowerKey, in.MsgID)
	policy := wf.policy(ctx)
	facts, choice := wf.chooseTicket(in, policy.Tickets)
	input := CreateTicketInput{
		SyncInput: wf.sync(), Message: in, Facts: facts, TellNumber: wf.mayTell(policy), ReopenStatus: policy.ReopenStatus, Choice: choice,
	}
	summary := in.MsgType + " of " + time.Unix(in.CreateTime, 0).UTC().Format(time.DateTime) + " UTC from follower " + wf.in.FollowerKey
	child := wf.sync().child(ctx, id, summary, StateSyncing)
	sync := workflow.ExecuteChildWorkflow(child, TypeCreateTicket, input)
	wf.keepWeb(ctx, in, wf.await(ctx, LaneMessages, id, sync), sync)
}

// await waits until a sync ends, or leaves its lane by parking or holding. A sync that cannot start because its id was
// used is a repeat and has been done.
func (wf *conversation) await(ctx workflow.Context, lane Lane, id string, sync workflow.ChildWorkflowFuture) Event {
	wf.begin(lane, id)
	err := workflow.Await(ctx, func() bool { return sync.IsReady() || wf.reports[id] != "" })
	if event := wf.finish(lane, id); err != nil || event != "" {
		return event
	}
	var found Outcome
	if err := sync.Get(ctx, &found); err != nil {
		workflow.GetLogger(ctx).Info("the sync was not carried out here", "sync", id, "reason", err)
		return EventEnded
	}
	wf.account(lane, found.Spent, found.Failure)
	wf.learn(found.Facts)
	return EventEnded
}
