package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"
)

// Conversation is the single writer of all that concerns one follower of one account. It takes what the follower
// does and what the service agents answer, drops repeats, and runs one sync after the other in two lanes: messages
// (with follows) and replies. It never ends; it continues as new when its history grows.
func (w *Workflows) Conversation(ctx workflow.Context, in ConversationInput) error {
	wf := &conversation{
		in: in, workflows: w,
		reports: map[string]Event{}, active: map[Lane]string{}, turns: map[Lane]int{}, began: map[Lane]int{},
	}
	if in.State != nil {
		wf.state = *in.State
	}
	if wf.state.Turns == nil {
		wf.state.Turns = map[Lane][]Turn{}
	}
	err := workflow.SetQueryHandlerWithOptions(ctx, QueryState,
		func() (ConversationView, error) { return wf.state.view(), nil },
		workflow.QueryHandlerOptions{Description: "What the conversation knows and what waits, without texts."})
	if err != nil {
		return err
	}
	if err := errors.Join(wf.serveWeb(ctx), wf.serveWindow(ctx), wf.serveTold(ctx)); err != nil {
		return err
	}
	return wf.run(ctx)
}

type conversation struct {
	in        ConversationInput
	workflows *Workflows
	state     ConversationState
	reports   map[string]Event // the last report of each sync a lane waits for
	active    map[Lane]string  // the sync each lane waits for
	draining  bool             // the conversation wants to continue as new
	busy      int              // lanes at work
	turns     map[Lane]int     // how often each lane has begun and ended something
	closed    bool             // while draining: no lane begins anything new
	now       func() time.Time // workflow time
	// countSpent counts a message by what allowed it.
	countSpent func(Trigger)
	openings   int          // how often the follower opened the reply window
	began      map[Lane]int // the openings when the sync of a lane began
	// submission is the key of the page's submission under work; empty: none.
	submission string
}

func (wf *conversation) run(ctx workflow.Context) error {
	wf.now = func() time.Time { return workflow.Now(ctx) }
	wf.countSpent = func(t Trigger) { wf.workflows.Counts.spent(ctx, wf.in.Account, t) }
	inbound := workflow.GetSignalChannel(ctx, SignalInbound)
	replies := workflow.GetSignalChannel(ctx, SignalReply)
	reports := workflow.GetSignalChannel(ctx, SignalReport)
	tickets := workflow.GetSignalChannel(ctx, SignalTicket)
	takeAll := func() {
		drain(inbound, wf.take)
		drain(replies, wf.takeReply)
		drain(reports, wf.takeReport)
		drain(tickets, func(in TicketChange) { wf.takeTicket(ctx, in) })
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		// Await and not Receive: a value handed to a blocked receiver that has not run yet would be lost below.
		for workflow.Await(ctx, func() bool { return inbound.Len()+replies.Len()+reports.Len()+tickets.Len() > 0 }) == nil {
			takeAll()
		}
	})
	workflow.Go(ctx, wf.runMessages)
	workflow.Go(ctx, wf.runReplies)
	workflow.Go(ctx, wf.runClock)

	if err := workflow.Await(ctx, func() bool { return wf.workflows.historyFull(ctx) }); err != nil {
		return err
	}
	if err := wf.drain(ctx); err != nil {
		return err
	}
	// Nothing may yield from here on, or signals that arrive meanwhile would be lost.
	takeAll()
	next := wf.in
	next.State = &wf.state
	return workflow.NewContinueAsNewError(ctx, TypeConversation, next)
}

// policy is what the account decides.
func (wf *conversation) policy(ctx workflow.Context) Policy {
	policy := wf.workflows.policy(ctx, wf.in.Account)
	wf.state.Window.Rules = policy.Window
	return policy
}

// texts are the account's words, which are part of no decision.
func (wf *conversation) texts() Texts { return wf.workflows.Policies[wf.in.Account].Texts }

// sync names the follower to a sync.
func (wf *conversation) sync() SyncInput {
	return SyncInput{Account: wf.in.Account, OpenID: wf.in.OpenID, FollowerKey: wf.in.FollowerKey}
}

// begin makes a lane listen to the reports of one sync.
func (wf *conversation) begin(lane Lane, id string) {
	delete(wf.reports, id)
	wf.active[lane] = id
	wf.began[lane] = wf.openings
}

// finish ends that, and gives the last report.
func (wf *conversation) finish(lane Lane, id string) Event {
	event := wf.reports[id]
	delete(wf.reports, id)
	delete(wf.active, lane)
	return event
}

// showTicket lets operators find the conversation by its ticket.
func (wf *conversation) showTicket(ctx workflow.Context) {
	ticketID := wf.state.Facts.Thread.TicketID
	if ticketID == "" || ticketID == wf.state.Shown {
		return
	}
	wf.state.Shown = ticketID
	if err := workflow.UpsertTypedSearchAttributes(ctx, AttributeTicketID.ValueSet(ticketID)); err != nil {
		workflow.GetLogger(ctx).Error("search attributes not set", "error", err)
	}
}

// drain hands over what has arrived already.
func drain[T any](signals workflow.ReceiveChannel, take func(T)) {
	for {
		var value T
		if !signals.ReceiveAsync(&value) {
			return
		}
		take(value)
	}
}
