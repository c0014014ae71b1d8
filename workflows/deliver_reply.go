package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// DeliverReplyInput starts DeliverReply.
type DeliverReplyInput struct {
	SyncInput
	conversation.ReplyAsk
	// Plan is what to send first, if the reply is sent at once; nil: the reply makes its plan when its turn comes.
	Plan *replyPlan `json:"plan,omitempty"`
}

// DeliverReply delivers a service agent's reply to the follower, part by part and in order. If WeChat refuses it
// because the window is closed or used up, the reply is held until the follower acts. A part whose outcome is unknown
// is never repeated unless a person says so.
func (w *Workflows) DeliverReply(ctx workflow.Context, in DeliverReplyInput) (conversation.Outcome, error) {
	of := syncOptions{
		title: say(ctx, "Reply %s in ticket %s", in.Reply.SmaID, in.Reply.TicketID), ticketID: in.Reply.TicketID,
		lane: conversation.LaneReplies, order: in.Order, sends: true,
	}
	if of.early = in.Wait; in.Hold {
		of.state = StateHeld
	}
	wf := &deliverReply{
		in: in, policy: w.policyOf(in.Account), counts: w.Counts, agentWarned: in.Reply.Untold, arrivalOwed: in.Reply.Untold,
	}
	sync, err := w.newSync(ctx, in.SyncInput, of, wf)
	if err != nil {
		return wf.outcome(), err
	}
	wf.sync = sync
	wf.recordMerge(in.Carried)
	wf.setDelayPolicy(ctx, in.DelayPolicy)
	if err := wf.deliver(ctx); err != nil {
		if temporal.IsCanceledError(err) {
			wf.noteCancelled(ctx)
		}
		return sync.result(), err
	}
	wf.countEnd(ctx)
	if sync.state == StateSkipped && !in.Reply.Automatic {
		err = wf.noteNotArrived(ctx)
	}
	if err == nil && sync.state != StateSkipped {
		shortened := wf.noteShortened(ctx)
		err = errors.Join(shortened, wf.noteArrival(ctx, wf.aspect("/arrived")))
	}
	return sync.result(), err
}

type deliverReply struct {
	plainErrand
	in            DeliverReplyInput
	sync          *engine
	counts        Counts
	policy        Policy // as it is now: outside of prepare, only texts may be taken from it
	delayPolicy   *conversation.DelayPolicy
	merged        merged // how it is merged with other replies
	agentWarned   bool   // the agent was told that it has not arrived
	arrivalOwed   bool   // the agent has not been told since that it has arrived
	missedSubject string // what the note called the part that had not arrived
	prepared      bool   // parts are the parts of the reply's present text
	parts         []replyPart
	sent          int           // parts that arrived
	spent         int           // messages sent and not reported yet
	cut           bool          // the end of the text is on the page only
	long          bool          // the end of the text appears nowhere
	quoted        bool          // the mail quoted below the text was removed
	states        []string      // workflow ids of the notes about its state, the latest last
	patience      time.Duration // how long to keep trying to send a part; 0: for ever

	filesWanted bool // attachments must be searched for
	searched    bool // they were searched for

	searchFailed bool
	files        []*replyFile
	linked       bool   // attachments that WeChat cannot show were named
	filesNote    string // note for the agent about attachments that did not arrive
}

// deliver waits for the reply's turn and for the follower, if necessary, and sends the reply. It returns an error only
// if a person cancels the sync.
func (wf *deliverReply) deliver(ctx workflow.Context) error {
	switch {
	case wf.in.Reply.Automatic:
		return wf.deliverAutomatic(ctx)
	case wf.in.Wait:
		if err := wf.sync.awaitFirstTurn(ctx); err != nil {
			return wf.sync.endWait(ctx, err)
		}
	}
	if wf.in.Gone {
		wf.sync.end(ctx, StateSkipped, &syncFailure{Type: activities.ErrorWeChatFollowerGone})
		return nil
	}
	if wf.in.Hold {
		if wf.in.Wait {
			wf.sync.setState(ctx, StateHeld, &syncFailure{Type: activities.ErrorReplyBehind})
			wf.sync.describe(ctx, "")
		}
		if err := wf.sync.holdBack(ctx); err != nil || wf.sync.state == StateSkipped {
			return err
		}
	}
	return wf.sync.run(ctx)
}

// attempt sends what has not been sent yet.
func (wf *deliverReply) attempt(ctx workflow.Context) error {
	err := wf.send(ctx)
	if err != nil && wf.delayPolicy != nil {
		wf.checkFollows(ctx, err)
	}
	return err
}

// holds reports whether WeChat's refusal means that the follower has to act first.
func (wf *deliverReply) holds(failure string) bool {
	switch failure {
	case activities.ErrorWeChatWindowClosed, activities.ErrorWeChatWindowUsedUp:
		return true
	case activities.ErrorWeChatFollowerGone:
		return wf.delayPolicy != nil
	}
	return false
}

// outcome is the result for the conversation.
func (wf *deliverReply) outcome() conversation.Outcome {
	return conversation.Outcome{Spent: wf.spent, With: wf.merged.ids, Arrived: wf.prepared && wf.sent == len(wf.parts)}
}

// reported records that the conversation has counted these messages.
func (wf *deliverReply) reported(spent int) { wf.spent -= spent }

// send sends the reply's messages, then its files. It continues where an earlier attempt stopped.
func (wf *deliverReply) send(ctx workflow.Context) error {
	if err := wf.prepare(ctx); err != nil {
		return err
	}
	if err := wf.settleCarried(ctx); err != nil {
		return err
	}
	if err := wf.carryOthers(ctx); err != nil {
		return err
	}
	if err := wf.sendParts(ctx); err != nil {
		return err
	}
	if err := wf.noteArrival(ctx, "/arrived"); err != nil { // noted at the end
		workflow.GetLogger(ctx).Warn("the agent was not told that the text has arrived", "error", err)
	}
	return wf.deliverFiles(ctx)
}

// sendParts sends the parts that have not arrived yet.
func (wf *deliverReply) sendParts(ctx workflow.Context) error {
	for wf.sent < len(wf.parts) {
		err := wf.sendPart(ctx, wf.parts[wf.sent])
		if wf.in.ResendUnknown && failureIs(err, activities.ErrorWeChatOutcomeUnknown) {
			err = wf.sendPart(ctx, wf.parts[wf.sent])
		}
		if err != nil {
			return err
		}
		wf.sent++
	}
	return nil
}

// amendable allows another text.
func (wf *deliverReply) amendable(a Amendment) error { return a.onlyField("text") }

// amend replaces the parts that have not arrived yet.
func (wf *deliverReply) amend(a Amendment) {
	wf.uncarry()
	if wf.prepared && wf.sent == len(wf.parts) {
		wf.settleFile() // the file did not get through
	}
	wf.in.Reply.Text, wf.in.Reply.Menu, wf.in.Plan, wf.prepared = a.Text, nil, nil, false
}

// TraceParent is the span of the webhook that brought the reply, as W3C traceparent; empty without tracing.
func (in DeliverReplyInput) TraceParent() string { return in.Reply.Trace }

// countEnd counts the reply's outcome.
func (wf *deliverReply) countEnd(ctx workflow.Context) {
	if wf.in.Reply.Automatic {
		return
	}
	state, cause := wf.sync.state, ""
	switch {
	case state == StateSynced && wf.agentWarned:
		state = StateReleased
	case state == StateSynced:
	case wf.in.Gone || wf.sync.gone:
		cause = activities.ErrorWeChatFollowerGone
	case wf.sync.expired:
		cause = activities.ErrorReplyExpired
	default:
		cause = wf.sync.failure.Type
	}
	wf.counts.reply(ctx, wf.in.Account, state, cause)
}

// automaticPatience is how long to keep trying to send an automatic text.
const automaticPatience = 5 * time.Minute

// deliverAutomatic sends an automatic text. Nobody waits for it, so any refusal by WeChat ends it.
func (wf *deliverReply) deliverAutomatic(ctx workflow.Context) error {
	wf.patience = automaticPatience
	err := wf.sync.try(ctx, wf.attempt)
	switch {
	case err == nil:
		wf.sync.end(ctx, StateSynced, nil)
	case temporal.IsCanceledError(err) && ctx.Err() != nil:
		return wf.sync.cancelled(ctx, err)
	default:
		wf.sync.failure = failureOf(err)
		wf.sync.end(ctx, StateSkipped, &wf.sync.failure)
	}
	return nil
}

// setDelayPolicy sets what the sync does if the reply does not arrive at once.
func (wf *deliverReply) setDelayPolicy(ctx workflow.Context, policy *conversation.DelayPolicy) {
	wf.delayPolicy = policy
	if policy != nil && policy.ExpireAfter > 0 {
		wf.sync.expires = workflow.Now(ctx).Add(policy.ExpireAfter)
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		for uncarry := workflow.GetSignalChannel(ctx, SignalUncarry); uncarry.Receive(ctx, nil); {
			wf.uncarry()
		}
	})
}

// checkFollows finds out what WeChat's refusal means: errcode 45015 is the same for a closed window and for a
// follower who has unfollowed.
func (wf *deliverReply) checkFollows(ctx workflow.Context, refusal error) {
	wf.sync.foundGone = failureIs(refusal, activities.ErrorWeChatFollowerGone)
	if !failureIs(refusal, activities.ErrorWeChatWindowClosed) {
		return
	}
	var found activities.FollowState
	ctx = workflow.WithScheduleToCloseTimeout(wechatCall(ctx, "WeChat: does the follower still follow?"), time.Minute)
	err := workflow.ExecuteActivity(ctx, toWeChat.FollowState, wf.in.follower()).Get(ctx, &found)
	if err != nil {
		workflow.GetLogger(ctx).Info("WeChat did not say whether the follower follows", "error", failureOf(err).Type)
		return
	}
	wf.sync.foundGone = !found.Follows
}
