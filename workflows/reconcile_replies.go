package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/wording"
)

// reconcileRetry is how often a parked comparison retries by itself.
const reconcileRetry = 5 * time.Minute

// The most that one run compares and starts. The next run continues where it stopped.
const (
	maxCompared = 5000
	maxMissed   = 500
)

// ReconcilePolicy is how to compare agents' replies in C4C with those that arrived. The zero value compares nothing.
type ReconcilePolicy struct {
	Grace   time.Duration `json:"grace"`   // newer replies are not compared yet: C4C's push may still deliver them
	Overlap time.Duration `json:"overlap"` // how much of the last comparison is compared again
	Reach   time.Duration `json:"reach"`   // older replies are never compared, whenever the last comparison was
	// AskAfter is how long the gap in Temporal's knowledge may be before a person is asked about the replies of that
	// time; 0: nobody is asked.
	AskAfter time.Duration `json:"ask_after,omitempty"`
}

// secondLookAfter is how long after the first look missing replies are looked for again. By then a spool that has the
// reply has delivered it. 0: no second look.
func (p ReconcilePolicy) secondLookAfter() time.Duration { return p.Grace / 4 }

// ReconcileInput starts ReconcileReplies.
type ReconcileInput struct {
	Account string `json:"account"`
	// Move is an operator's order for the next run; nil: none.
	Move *MoveCursor `json:"move,omitempty"`
}

// MoveCursor is an operator's order to compare only replies written after a given time.
type MoveCursor struct {
	To time.Time `json:"to"`
	At time.Time `json:"at"` // of the order: each order is carried out once
}

// Reconciled is the result of a ReconcileReplies run. The schedule passes it to the next run as the last result.
type Reconciled struct {
	Begin   time.Time `json:"begin"`           // older replies are not compared: never ours, or a person decides
	Until   time.Time `json:"until"`           // everything written until then has been compared
	Ended   time.Time `json:"ended,omitzero"`  // when the run ended, or began what took too long: see watchedUntil
	Moved   time.Time `json:"moved,omitzero"`  // At of the last order carried out
	More    bool      `json:"more,omitempty"`  // there was more to compare than one run may
	Checked int       `json:"checked"`         // replies compared by this run, including private ones
	Private int       `json:"private"`         // of those: replies that are never sent
	Missed  int       `json:"missed"`          // of those: replies that no workflow had handled
	Gap     *Gap      `json:"gap,omitempty"`   // the span that was out of reach
	Asked   *Gap      `json:"asked,omitempty"` // the span that a person is asked about, see ReviewReplies
}

// ReconcileReplies finds agents' replies that C4C's push did not deliver. It lists what agents have written since the
// last run, and delivers the replies that no workflow has handled. A Schedule starts it. Its first run only records
// the time.
//
// If Temporal was unavailable, or was restored from a backup, it may have no workflow for replies that were delivered
// in that time. ReviewReplies asks a person about such a span.
func (w *Workflows) ReconcileReplies(ctx workflow.Context, in ReconcileInput) (Reconciled, error) {
	wf := &reconciliation{in: in, comparison: newComparison(in.Account)}
	recorded := workflow.SideEffect(ctx, func(workflow.Context) any { return w.policyOf(in.Account).Reconcile })
	if err := recorded.Get(&wf.policy); err != nil {
		return wf.done, fmt.Errorf("read the recorded policy: %w", err)
	}
	sync, err := w.newSync(ctx, SyncInput{Account: in.Account},
		syncOptions{title: say(ctx, "Replies of agents that did not arrive, account %s", in.Account)}, wf)
	if err != nil {
		return wf.done, err
	}
	sync.selfRetry = reconcileRetry
	if err := workflow.GetLastCompletionResult(ctx, &wf.last); err != nil && workflow.HasLastCompletionResult(ctx) {
		workflow.GetLogger(ctx).Error("the last result cannot be read: reconciliation begins anew", "error", err)
	}
	wf.applyOrder()
	wf.receiveOrders(ctx)
	wf.done = wf.last
	wf.receiveParked(ctx)
	if err := sync.run(ctx); err != nil {
		return wf.last, err
	}
	if sync.state == StateSynced {
		sync.describe(ctx, wf.summary(languageOf(ctx)))
	}
	wf.done.Ended = wf.watchedUntil(ctx)
	return wf.done, nil
}

type reconciliation struct {
	plainErrand
	*comparison
	in     ReconcileInput
	policy ReconcilePolicy
	last   Reconciled // of the previous run
	done   Reconciled // of this run once it is complete; before that, the previous one
	tried  time.Time  // when the last attempt ended; zero: no attempt yet
	slow   time.Time  // when the last attempt began a step that took so long that Temporal may have been unavailable
}

// applyOrder carries out an operator's order, once.
func (wf *reconciliation) applyOrder() {
	order := wf.in.Move
	if order == nil || wf.last.Begin.IsZero() || !order.At.After(wf.last.Moved) {
		return
	}
	wf.last.Begin, wf.last.Until, wf.last.More, wf.last.Moved = order.To, order.To, false, order.At
}

// receiveOrders receives orders that arrived while this run was open.
func (wf *reconciliation) receiveOrders(ctx workflow.Context) {
	orders := workflow.GetSignalChannel(ctx, SignalMove)
	for {
		var order MoveCursor
		if !orders.ReceiveAsync(&order) {
			return
		}
		wf.in.Move = &order
		wf.applyOrder()
	}
}

// attempt goes through the span once.
func (wf *reconciliation) attempt(ctx workflow.Context) error {
	wf.receiveOrders(ctx)
	now := workflow.Now(ctx)
	if wf.last.Begin.IsZero() {
		wf.done = Reconciled{Begin: now, Until: now}
		return nil
	}
	wf.slow = time.Time{}
	defer func() { wf.tried = workflow.Now(ctx) }()
	next := Reconciled{Begin: wf.last.Begin, Moved: wf.last.Moved}
	from, to := wf.span(now, &next)
	if end := wf.gapEnd(ctx); !end.IsZero() {
		return wf.askPerson(ctx, from, end, next)
	}
	if !to.After(from) {
		wf.done.Asked = nil
		return nil
	}
	err := wf.catchUp(ctx, from, to, &next)
	if errors.Is(err, errGap) {
		return wf.askPerson(ctx, from, workflow.Now(ctx), next)
	}
	if err == nil {
		wf.done = next
	}
	return err
}

// catchUp compares a span part by part.
func (wf *reconciliation) catchUp(ctx workflow.Context, from, to time.Time, next *Reconciled) error {
	next.Until = to
	wf.checked, wf.private = 0, 0
	late := wf.beginsLate(ctx)
	for skip := 0; ; {
		before := workflow.Now(ctx)
		missed, more, last, err := wf.unknownIn(ctx, Gap{From: from, To: to}, skip)
		if err != nil {
			return err
		}
		if wf.tookLong(ctx, before) && len(missed) > 0 {
			return errGap
		}
		missed, waited, err := wf.lookAgain(ctx, missed, wf.policy.secondLookAfter())
		if err != nil {
			return err
		}
		if (wf.tookLong(ctx, before.Add(waited)) || late) && len(missed) > 0 {
			return errGap
		}
		before = workflow.Now(ctx)
		if err := wf.deliver(ctx, missed); err != nil {
			return err
		}
		wf.tookLong(ctx, before)
		if skip = more; skip == 0 {
			break
		}
		if !last.IsZero() && (wf.checked >= maxCompared || wf.missed >= maxMissed) {
			next.More, next.Until = true, latest(last, from.Add(time.Second))
			break
		}
	}
	next.Checked, next.Private, next.Missed = wf.checked, wf.private, wf.missed
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

// summary describes to operators what this run found.
func (wf *reconciliation) summary(l wording.Language) string {
	if wf.last.Begin.IsZero() {
		return l.Say("Replies that agents write from now on are compared. Nothing older is touched.")
	}
	if asked := wf.done.Asked; asked != nil {
		return l.Say("Temporal was down or was restored from a backup: replies written from %s to %s may have been "+
			"delivered already. The row review-replies/… asks about those that no workflow knows; later ones are compared as "+
			"ever.",
			asked.From.UTC().Format(time.RFC3339), asked.To.UTC().Format(time.RFC3339))
	}
	text := l.Say("Compared %d replies of agents, written up to %s: %d had not arrived.", wf.done.Checked,
		wf.done.Until.UTC().Format(time.RFC3339), wf.done.Missed)
	if wf.done.Missed > 0 {
		text += l.Between() +
			l.Say("Each has a row of its own, route/…. If the connector was not away, check the mashup web service in C4C.")
	}
	if gap := wf.done.Gap; gap != nil {
		text += "\n\n" + l.Say("Replies written from %s to %s were not compared: "+
			"the last comparison is longer ago than the settings allow.",
			gap.From.UTC().Format(time.RFC3339), gap.To.UTC().Format(time.RFC3339))
	}
	return text
}
