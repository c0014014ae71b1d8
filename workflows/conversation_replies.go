package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"
)

// pokeAfter is how long a lane waits for a sync that has its turn before it makes sure that the sync still runs.
const pokeAfter = 5 * time.Minute

// changeLeftAgain is the version from which the agent is told once that the follower left: WeChat may say so several times.
const changeLeftAgain = "left again"

// runReplies is the lane of what the service agents answer, one reply after the other. A held reply holds those behind
// it: the follower reads them in the order they were written.
func (wf *conversation) runReplies(ctx workflow.Context) {
	for {
		paused := !wf.replyWaits()
		if workflow.Await(ctx, func() bool { return wf.mayTake() && wf.replyWaits() }) != nil {
			return
		}
		wf.enter(LaneReplies)
		if retried := len(wf.state.Turns[LaneReplies]) > 0; paused && retried && !settle(ctx, wf.policy(ctx).Settle) {
			return
		}
		switch {
		case wf.state.Left != 0:
			wf.followerLeft(ctx)
		case len(wf.state.Turns[LaneReplies]) > 0:
			if wf.awaitEarlier(ctx, LaneReplies) != nil {
				return
			}
			wf.release(ctx, wf.state.nextTurn(LaneReplies))
		case wf.releasing():
			wf.release(ctx, wf.state.Held[0])
		case len(wf.state.Outbox) > 0:
			wf.deliver(ctx)
		default:
			wf.deliverAutomatic(ctx)
		}
		wf.leave(LaneReplies)
	}
}

func (wf *conversation) replyWaits() bool {
	return wf.state.Left != 0 || len(wf.state.Turns[LaneReplies]) > 0 || wf.releasing() || len(wf.state.Outbox) > 0 || wf.mayTellFollower()
}

// releasing says that held replies may go: the follower has acted since the last refusal.
func (wf *conversation) releasing() bool { return wf.state.Open && len(wf.state.Held) > 0 }

// release lets a reply try again. Only WeChat's refusal says that the window is closed, and what the follower does
// meanwhile opens it anew.
func (wf *conversation) release(ctx workflow.Context, id string) {
	wf.state.Open = false
	event := wf.giveTurn(ctx, LaneReplies, id)
	wf.answeredIn(id, "", event)
	if event != EventHeld {
		wf.state.drop(id)
		wf.state.Open = true
		wf.warn(ctx)
	}
}

// deliver starts the next reply; behind held ones it waits as a row of its own.
func (wf *conversation) deliver(ctx workflow.Context) {
	reply := wf.state.Outbox[0]
	wf.state.Outbox = wf.state.Outbox[1:]
	if reply.Missed {
		wf.workflows.Counts.missed(ctx, wf.in.Account)
	}
	id := ReplyID(wf.in.Account, reply.SmaID)
	state, hold := StateSyncing, len(wf.state.Held) > 0
	if hold {
		state = StateHeld
	}
	child := wf.sync().child(ctx, id, "Reply "+reply.SmaID+" in ticket "+reply.TicketID, state)
	policy := wf.policy(ctx)
	in := DeliverReplyInput{
		SyncInput: wf.sync(), Reply: reply, Hold: hold, Gone: wf.state.Gone, ResendUnknown: policy.ResendUnknown,
		Care: wf.care(policy.Window), Form: replyForm, Customer: wf.state.Facts.noteCustomer(),
	}
	wf.state.keepWaiting(id, reply)
	if !hold && !in.Gone {
		wf.free(ctx, id)
		turn := wf.turn(id)
		in.With, in.Into, in.Unknown = turn.With, turn.Into, turn.Unknown
	}
	started := workflow.ExecuteChildWorkflow(child, TypeDeliverReply, in)
	if hold && !in.Gone {
		if started.GetChildWorkflowExecution().Get(ctx, nil) == nil {
			wf.state.hold(id, reply.TicketID, wf.now())
			wf.answeredIn(id, reply.TicketID, EventHeld)
		} else {
			wf.ended(id, "", "", nil)
		}
		return
	}
	wf.state.Open = false
	event := wf.awaitReply(ctx, id, started)
	wf.answeredIn(id, reply.TicketID, event)
	if event != EventHeld {
		wf.state.Open = true
		wf.warn(ctx)
	}
}

// followerLeft gives the held replies up and tells the service agent.
func (wf *conversation) followerLeft(ctx workflow.Context) {
	left := wf.state.Left
	wf.state.Left = 0
	for _, id := range wf.state.Held {
		// A reply that is closed already needs no telling.
		_ = workflow.SignalExternalWorkflow(ctx, id, "", SignalGone, nil).Get(ctx, nil)
	}
	wf.state.Held, wf.state.Waiting = nil, nil
	if again := wf.state.LeftAgain; again && workflow.GetVersion(ctx, changeLeftAgain, workflow.DefaultVersion, 1) > workflow.DefaultVersion {
		wf.state.LeftAgain = false
		return
	}
	texts := wf.texts()
	note := NoteTicketInput{
		SyncInput: wf.sync(), TicketID: wf.state.Facts.Thread.TicketID, Text: texts.NoteGone, Language: texts.Language,
		Customer: wf.state.Facts.noteCustomer(),
	}
	if err := startNote(ctx, note, fmt.Sprintf("unfollow/%d", left)); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told that the follower left", "error", err)
	}
}

// giveTurn lets a retried or held sync go on and waits until it ends or leaves the lane again. A sync that asks for the
// turn it has just been given is given it once more.
func (wf *conversation) giveTurn(ctx workflow.Context, lane Lane, id string) Event {
	wf.begin(lane, id)
	turn := GrantedTurn{Facts: wf.state.Facts}
	switch lane {
	case LaneReplies:
		wf.free(ctx, id)
		turn = wf.turn(id)
	case LaneMessages:
		tell := wf.mayTell(wf.policy(ctx))
		turn.TellNumber = &tell
	}
	for {
		delete(wf.reports, id)
		if workflow.SignalExternalWorkflow(ctx, id, "", SignalTurn, turn).Get(ctx, nil) != nil {
			wf.finish(lane, id)
			return EventEnded
		}
		_, err := workflow.AwaitWithTimeout(ctx, pokeAfter, func() bool { return wf.reports[id] != "" })
		if event := wf.reports[id]; err != nil || event != "" && event != EventTurn {
			return wf.finish(lane, id)
		}
	}
}
