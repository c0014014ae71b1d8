package workflows

import (
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"
)

// HeldBatch is what is known of the replies that wait for the follower, from the first to the last of them.
type HeldBatch struct {
	Since     int64  `json:"since,omitempty"` // seconds since 1970
	TicketID  string `json:"ticket_id,omitempty"`
	Announced bool   `json:"announced,omitempty"`
}

// hold notes a reply that waits for the follower.
func (s *ConversationState) hold(id, ticketID string, now time.Time) {
	if len(s.Held) == 0 {
		s.Batch = HeldBatch{Since: now.Unix(), TicketID: ticketID}
	}
	s.Held = append(s.Held, id)
}

// runClock does what comes due: it tells the follower that answers wait, and the agent that the window closes. There is one
// timer at most. It stays when what it waits for has become superfluous, for each timer stands in the history for good; only
// what comes due earlier replaces it.
func (wf *conversation) runClock(ctx workflow.Context) {
	for {
		if workflow.Await(ctx, func() bool { return wf.mayTake() && !wf.due().IsZero() }) != nil {
			return
		}
		due := wf.due()
		if wait := due.Sub(wf.now()); wait > 0 {
			sooner := func() bool { next := wf.due(); return !next.IsZero() && next.Before(due) }
			if _, err := workflow.AwaitWithTimeout(ctx, wait, sooner); err != nil {
				return
			}
			continue
		}
		wf.busy++
		wf.strike(ctx)
		wf.busy--
	}
}

// due is when something is to be done next; zero: nothing.
func (wf *conversation) due() time.Time {
	var first time.Time
	for _, at := range []time.Time{wf.announceAt(), wf.remindAt(), wf.obsoleteAt()} {
		if !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// strike does one thing that is due.
func (wf *conversation) strike(ctx workflow.Context) {
	past := func(at time.Time) bool { return !at.IsZero() && !at.After(wf.now()) }
	switch {
	case past(wf.obsoleteAt()):
		wf.state.Batch = HeldBatch{}
		// A notice that has ended needs no telling.
		_ = workflow.SignalExternalWorkflow(ctx, AnnounceID(wf.in.Account, wf.in.FollowerKey), "", SignalObsolete, nil).Get(ctx, nil)
	case past(wf.announceAt()):
		wf.announce(ctx)
	case past(wf.remindAt()):
		wf.remind(ctx)
	}
}

// announceAt is when the follower is to be told that answers wait.
func (wf *conversation) announceAt() time.Time {
	s := &wf.state
	if len(s.Held) == 0 || s.Batch.Since == 0 || s.Batch.Announced || s.Gone || !wf.announces() {
		return time.Time{}
	}
	return time.Unix(s.Batch.Since, 0).Add(s.Window.Rules.AnnounceAfter)
}

// announces says that there is a way to tell the follower.
func (wf *conversation) announces() bool {
	rules := wf.state.Window.Rules
	return rules.AnnounceAfter > 0 && (rules.Template.TemplateID != "" || wf.state.Credits[rules.Subscription.TemplateID] > 0)
}

// obsoleteAt is when a notice loses its reason: as soon as nothing is held any more.
func (wf *conversation) obsoleteAt() time.Time {
	if wf.state.Batch.Announced && len(wf.state.Held) == 0 {
		return time.Unix(wf.state.Batch.Since, 0)
	}
	return time.Time{}
}

// remindAt is when the agent is to be told that the window closes on a message that nobody answered.
func (wf *conversation) remindAt() time.Time {
	s := &wf.state
	until := s.Window.ends(TriggerMessage)
	if !s.Window.Asked || s.Window.Rules.RemindBefore <= 0 || s.Gone || s.Facts.Thread.TicketID == "" || !until.After(wf.now()) {
		return time.Time{}
	}
	return until.Add(-s.Window.Rules.RemindBefore)
}

// announce starts the notice. One that is still open, parked for example, stands for this one too.
func (wf *conversation) announce(ctx workflow.Context) {
	s := &wf.state
	s.Batch.Announced = true
	rules, texts := s.Window.Rules, wf.texts()
	in := AnnounceReplyInput{
		SyncInput: wf.sync(), TicketID: s.Batch.TicketID, Since: s.Batch.Since, Count: len(s.Held), Template: rules.Template,
		Customer: s.Facts.noteCustomer(),
		URL:      linkTo(s.Batch.TicketID, texts),
	}
	if texts.Window != nil {
		in.Text = texts.Window.Announcement
	}
	if id := rules.Subscription.TemplateID; s.Credits[id] > 0 {
		s.Credits[id]--
		in.Subscription = rules.Subscription
	}
	child := wf.sync().child(ctx, AnnounceID(wf.in.Account, wf.in.FollowerKey), "Notice that an answer waits in ticket "+in.TicketID, StateSyncing)
	options := workflow.GetChildWorkflowOptions(child)
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	child = workflow.WithChildOptions(child, options)
	if err := workflow.ExecuteChildWorkflow(child, TypeAnnounceReply, in).GetChildWorkflowExecution().Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Info("no notice was started", "reason", err)
	}
}

// remind leaves a note that the window is about to close.
func (wf *conversation) remind(ctx workflow.Context) {
	wf.state.Window.Asked = false
	wf.noteWindow(ctx, "window", func(t WindowTexts) string { return t.NoteEnding })
}

// consent takes what the follower decided about notices.
func (s *ConversationState) consent(consents []NoticeConsent) {
	for _, c := range consents {
		if s.Credits == nil {
			s.Credits = map[string]int{}
		}
		switch {
		case c.Revoked:
			delete(s.Credits, c.TemplateID)
		case c.Granted && (len(s.Credits) < maxCredits || s.Credits[c.TemplateID] > 0):
			s.Credits[c.TemplateID]++
		}
	}
}

// maxCredits bounds the templates whose grants are remembered; WeChat allows an account 25.
const maxCredits = 25

// replaced fills places in a text.
func replaced(text string, places ...string) string {
	return strings.NewReplacer(places...).Replace(text)
}
