package workflows

import (
	"cmp"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// reconcileRetry is how often a parked comparison tries again by itself.
const reconcileRetry = 5 * time.Minute

// routePatience is how long a missed reply that has neither been handed over nor parked keeps those of its thread
// waiting that were written later. It is shorter than the time until the next comparison.
const routePatience = 4 * time.Minute

// What one run compares and starts at most; the next run goes on where it stopped.
const (
	maxCompared = 5000
	maxMissed   = 500
)

// ReconcilePolicy is how agents' replies in C4C are compared with those that arrived. The zero value compares nothing.
type ReconcilePolicy struct {
	Grace   time.Duration `json:"grace"`   // younger replies are left to C4C's push
	Overlap time.Duration `json:"overlap"` // how much of what was compared is compared once more
	Reach   time.Duration `json:"reach"`   // older replies are left alone, whenever the last comparison was
}

// ReconcileInput starts ReconcileReplies.
type ReconcileInput struct {
	Account string `json:"account"`
}

// Reconciled is what a run of ReconcileReplies hands to the next one as the schedule's last result.
type Reconciled struct {
	Begin   time.Time `json:"begin"`          // when the account's reconciliation began: what is older was never ours
	Until   time.Time `json:"until"`          // all that was written up to then has been compared
	More    bool      `json:"more,omitempty"` // there was more to compare than one run may
	Checked int       `json:"checked"`        // replies that this run compared, private ones included
	Private int       `json:"private"`        // those of them that never leave
	Missed  int       `json:"missed"`         // those that no workflow had taken
	Gap     *Gap      `json:"gap,omitempty"`  // what was out of reach
}

// Gap is a span whose replies were not compared.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// ReconcileReplies catches up on agents' replies that C4C's push did not bring: it lists what agents have written since
// the last run, and has those delivered that no workflow has taken. A Schedule starts it. Its first run only notes the
// time.
func (w *Workflows) ReconcileReplies(ctx workflow.Context, in ReconcileInput) (Reconciled, error) {
	wf := &reconciliation{in: in, parked: map[string]bool{}}
	recorded := workflow.SideEffect(ctx, func(workflow.Context) any { return w.of(in.Account).Reconcile })
	if err := recorded.Get(&wf.policy); err != nil {
		return wf.done, fmt.Errorf("read the recorded policy: %w", err)
	}
	sync, err := w.newSync(ctx, SyncInput{Account: in.Account},
		syncOf{title: "Replies of agents that did not arrive, account " + in.Account}, wf)
	if err != nil {
		return wf.done, err
	}
	sync.selfRetry = reconcileRetry
	if err := workflow.GetLastCompletionResult(ctx, &wf.last); err != nil && workflow.HasLastCompletionResult(ctx) {
		workflow.GetLogger(ctx).Error("the last result cannot be read: reconciliation begins anew", "error", err)
	}
	wf.done = wf.last
	wf.listen(ctx)
	if err := sync.until(ctx); err != nil {
		return wf.last, err
	}
	if sync.state == StateSynced {
		sync.describe(ctx, wf.summary())
	}
	return wf.done, nil
}

type reconciliation struct {
	plainErrand
	in     ReconcileInput
	policy ReconcilePolicy
	last   Reconciled // of the run before
	done   Reconciled // of this run, once it is through; before that the last one again
	missed int        // replies this run has started, over all attempts

	parked map[string]bool // RouteReply workflows that let those behind them pass
}

// attempt goes through the span once.
func (wf *reconciliation) attempt(ctx workflow.Context) error {
	now := workflow.Now(ctx)
	if wf.last.Begin.IsZero() {
		wf.done = Reconciled{Begin: now, Until: now}
		return nil
	}
	next := Reconciled{Begin: wf.last.Begin}
	from, to := wf.span(now, &next)
	if !to.After(from) {
		return nil
	}
	next.Until = to
	for skip := 0; ; {
		var page activities.AgentReplies
		list := activities.ListAgentRepliesInput{Account: wf.in.Account, From: from, To: to, Skip: skip}
		err := workflow.ExecuteActivity(c4cCall(ctx, "C4C: list what agents have written"), toC4C.ListAgentReplies, list).Get(ctx, &page)
		if err != nil {
			return err
		}
		if err := wf.take(ctx, page.Replies, &next); err != nil {
			return err
		}
		if skip = page.Next; skip == 0 {
			break
		}
		if n := len(page.Replies); n > 0 && (next.Checked >= maxCompared || wf.missed >= maxMissed) {
			next.More, next.Until = true, latest(page.Replies[n-1].CreatedAt, from.Add(time.Second))
			break
		}
	}
	next.Missed = wf.missed
	wf.done = next
	return nil
}

// span is what this run compares.
func (wf *reconciliation) span(now time.Time, next *Reconciled) (from, to time.Time) {
	from = wf.last.Until
	if !wf.last.More {
		from = latest(wf.last.Begin, from.Add(-wf.policy.Overlap))
	}
	if reach := now.Add(-wf.policy.Reach); from.Before(reach) {
		if wf.last.Until.Before(reach) && wf.policy.Reach > 0 {
			next.Gap = &Gap{From: wf.last.Until, To: reach}
		}
		from = reach
	}
	return from, now.Add(-wf.policy.Grace)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// take compares the replies of one page, and has those delivered that nobody has taken.
func (wf *reconciliation) take(ctx workflow.Context, replies []activities.AgentReplyRef, next *Reconciled) error {
	candidates, ids := map[string]activities.AgentReplyRef{}, []string{}
	for _, reply := range replies {
		next.Checked++
		_, _, _, fromFollower := conversation.ParseMessageID(reply.MessageID)
		switch {
		case reply.Private:
			next.Private++
		case reply.SmaID == "" || fromFollower:
		default:
			candidates[reply.SmaID] = reply
			ids = append(ids, reply.SmaID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var unknown []string
	err := workflow.ExecuteActivity(wechatCall(ctx, "look for the replies that have not arrived"), operations.UnknownReplies,
		activities.UnknownRepliesInput{Account: wf.in.Account, SmaIDs: ids}).Get(ctx, &unknown)
	if err != nil {
		return err
	}
	missed := make([]activities.AgentReplyRef, len(unknown))
	for i, id := range unknown {
		missed[i] = candidates[id]
	}
	return wf.deliver(ctx, missed)
}

// deliver starts the ways of missed replies, those of one thread one after the other: each makes calls to C4C, and the
// follower reads the replies in the order in which they come through.
func (wf *reconciliation) deliver(ctx workflow.Context, missed []activities.AgentReplyRef) error {
	var failure error
	wait := workflow.NewWaitGroup(ctx)
	for _, thread := range threadsOf(missed) {
		wait.Add(1)
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer wait.Done()
			if err := wf.deliverThread(ctx, thread); err != nil && failure == nil {
				failure = err
			}
		})
	}
	wait.Wait(ctx)
	return failure
}

// threadsOf groups replies by the thread that they belong to, each in the order in which they were written.
func threadsOf(replies []activities.AgentReplyRef) [][]activities.AgentReplyRef {
	var threads [][]activities.AgentReplyRef
	at := map[string]int{}
	for _, reply := range replies {
		root := cmp.Or(reply.RootUUID, reply.UUID)
		i, known := at[root]
		if !known {
			i = len(threads)
			at[root], threads = i, append(threads, nil)
		}
		threads[i] = append(threads[i], reply)
	}
	return threads
}

// deliverThread starts a reply when the one before it was handed over, has parked or has ended. After one that does
// none of these for a while the rest of the thread waits no longer: operators see that one as stuck.
func (wf *reconciliation) deliverThread(ctx workflow.Context, thread []activities.AgentReplyRef) error {
	patient := true
	for i, reply := range thread {
		route, err := wf.route(ctx, reply)
		if err != nil {
			return err
		}
		if i == len(thread)-1 || route == nil || !patient {
			continue
		}
		patient, err = awaitAtMost(ctx, routePatience, "wait for the reply before", func() bool {
			return route.IsReady() || wf.parked[RouteID(wf.in.Account, reply.SmaID)]
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// listen notes which of the replies have parked.
func (wf *reconciliation) listen(ctx workflow.Context) {
	parked := workflow.GetSignalChannel(ctx, SignalRouteParked)
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var id string
			if !parked.Receive(ctx, &id) {
				return
			}
			wf.parked[id] = true
		}
	})
}

// route starts the way of one missed reply. A run that was there before, or a push in this very moment, keeps it out:
// then there is nothing to wait for.
func (wf *reconciliation) route(
	ctx workflow.Context, reply activities.AgentReplyRef,
) (workflow.Future, error) {
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: RouteID(wf.in.Account, reply.SmaID), TaskQueue: TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         "Reply " + reply.SmaID + ", which C4C's push did not bring",
		TypedSearchAttributes: temporal.NewSearchAttributes(
			AttributeSyncState.ValueSet(StateSyncing), AttributeAccount.ValueSet(wf.in.Account)),
	})
	route := workflow.ExecuteChildWorkflow(child, TypeRouteReply, RouteReplyInput{
		Account: wf.in.Account, Reply: conversation.Reply{SmaID: reply.SmaID, Missed: true},
		Missed: &MissedReply{UUID: reply.UUID, RootUUID: reply.RootUUID},
	})
	err := route.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	wf.missed++
	return route, nil
}

// summary tells operators what this run found.
func (wf *reconciliation) summary() string {
	if wf.last.Begin.IsZero() {
		return "Replies that agents write from now on are compared. Nothing older is touched."
	}
	text := fmt.Sprintf("Compared %d replies of agents, written up to %s: %d had not arrived.", wf.done.Checked,
		wf.done.Until.UTC().Format(time.RFC3339), wf.done.Missed)
	if wf.done.Missed > 0 {
		text += " Each has a row of its own, route/…. If the connector was not away, check the mashup web service in C4C."
	}
	if gap := wf.done.Gap; gap != nil {
		text += fmt.Sprintf("\n\nReplies written from %s to %s were not compared: the last comparison is longer ago than the settings allow.",
			gap.From.UTC().Format(time.RFC3339), gap.To.UTC().Format(time.RFC3339))
	}
	return text
}
