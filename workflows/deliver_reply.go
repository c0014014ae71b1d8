package workflows

import (
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// DeliverReplyInput starts DeliverReply.
type DeliverReplyInput struct {
	SyncInput
	Reply Reply `json:"reply"`
	// Hold starts the reply as held, behind others that wait for the follower.
	Hold bool `json:"hold,omitempty"`
	// Gone says that the follower has unfollowed: nothing is sent and the agent is told.
	Gone bool `json:"gone,omitempty"`
	// ResendUnknown sends a part again whose outcome is unknown.
	ResendUnknown bool `json:"resend_unknown,omitempty"`
	// Form is how the reply becomes messages: 0 its text alone, as it is; 1 in the account's voice, without mark-up.
	Form int `json:"form,omitempty"`
	// With are texts of replies behind this one that go out with it; Into and Unknown say that its own went with another.
	With    []CarriedText `json:"with,omitempty"`
	Into    string        `json:"into,omitempty"`
	Unknown bool          `json:"unknown,omitempty"`
	// Customer is where notes about the reply go that its ticket does not take.
	Customer NoteCustomer `json:"customer,omitzero"`
	// Care is what is done when the reply does not arrive at once; nil, as in replies of older releases: nothing.
	Care *ReplyCare `json:"care,omitempty"`
}

// DeliverReply brings a service agent's reply to the follower, part by part and in order. A reply that WeChat refuses
// because the window is closed or used up is held until the follower acts. A part whose outcome is unknown is
// never repeated without a person's word.
func (w *Workflows) DeliverReply(ctx workflow.Context, in DeliverReplyInput) (Outcome, error) {
	state := StateSyncing
	if in.Hold {
		state = StateHeld
	}
	wf := &deliverReply{in: in, policy: w.Policies[in.Account], counts: w.Counts}
	if in.Form == 0 {
		wf.parts = textParts(in.Reply.Text)
	}
	sync, err := w.startSync(ctx, in.SyncInput, LaneReplies, "Reply "+in.Reply.SmaID+" in ticket "+in.Reply.TicketID, state)
	if err != nil {
		return Outcome{}, err
	}
	wf.sync = sync
	sync.ticketID = in.Reply.TicketID
	sync.order = orderKey(in.Reply.CreatedAt, in.Reply.SmaID)
	sync.amends = func(a Amendment) error { return a.only("text") }
	sync.amend = wf.amend
	sync.holds = func(failure string) bool {
		return failure == activities.ErrorWeChatWindowClosed || failure == activities.ErrorWeChatWindowUsedUp
	}
	sync.granted = wf.take
	wf.waited = in.Reply.Untold
	wf.take(GrantedTurn{With: in.With, Into: in.Into, Unknown: in.Unknown})
	wf.takeCare(ctx)
	if err := wf.deliver(ctx); err != nil {
		if temporal.IsCanceledError(err) {
			wf.tellCancelled(ctx)
		}
		return Outcome{Spent: sync.spent}, err
	}
	wf.countEnd(ctx)
	if sync.state == StateSkipped && !in.Reply.Automatic {
		err = wf.tellAgent(ctx)
	}
	if err == nil && sync.state != StateSkipped {
		err = errors.Join(wf.tellOfForm(ctx), wf.arrived(ctx))
	}
	return Outcome{Spent: sync.spent, Failure: sync.failure.Type, State: sync.state, With: sync.with}, err
}

type deliverReply struct {
	in       DeliverReplyInput
	sync     *sync
	counts   Counts
	policy   Policy // as it is now: nothing but texts may be taken from it outside of prepare
	merged   merged // what it has to do with the replies around it
	waited   bool   // the agent was told that it has not arrived
	prepared bool   // parts are those of the reply's present text
	parts    []replyPart
	sent     int           // parts that arrived
	cut      bool          // the end of the text is on the page
	long     bool          // the end of the text is nowhere
	patience time.Duration // how long the sending of a part is tried; 0: for ever

	filesWanted bool // attachments are to be looked for
	searched    bool // they were

	searchFailed bool
	files        []*replyFile
	linked       bool   // those that WeChat has no message for were named
	filesNote    string // for the agent, on those that did not arrive
}

func (wf *deliverReply) deliver(ctx workflow.Context) error {
	if wf.in.Reply.Automatic {
		return wf.deliverAutomatic(ctx)
	}
	if wf.in.Gone {
		wf.sync.end(ctx, StateSkipped, &syncFailure{Type: activities.ErrorWeChatFollowerGone})
		return nil
	}
	if wf.in.Hold {
		if err := wf.sync.holdBack(ctx); err != nil || wf.sync.state == StateSkipped {
			return err
		}
	}
	return wf.sync.until(ctx, wf.run)
}

func (wf *deliverReply) run(ctx workflow.Context) error {
	err := wf.send(ctx)
	if err != nil && wf.in.Care != nil {
		wf.look(ctx, err)
	}
	return err
}

func (wf *deliverReply) send(ctx workflow.Context) error {
	if err := wf.prepare(ctx); err != nil {
		return err
	}
	if err := errors.Join(wf.carried(ctx), wf.carry(ctx)); err != nil {
		return err
	}
	if err := wf.sendParts(ctx); err != nil {
		return err
	}
	return wf.deliverFiles(ctx)
}

// sendParts sends what has not arrived yet.
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

// amend replaces what has not arrived yet.
func (wf *deliverReply) amend(a Amendment) {
	wf.uncarry()
	if wf.in.Form == 0 {
		wf.parts = append(slices.Clip(wf.parts[:wf.sent]), textParts(a.Text)...)
		return
	}
	if wf.prepared && wf.sent == len(wf.parts) {
		wf.settleFile() // it is the file that did not get through
	}
	wf.in.Reply.Text, wf.in.Reply.Menu, wf.prepared = a.Text, nil, false
}

// tellAgent leaves a note in the ticket that this reply did not reach the follower. The note is a sync of its own.
func (wf *deliverReply) tellAgent(ctx workflow.Context) error {
	text := wf.about(wf.policy.Texts.NoteSkipped)
	switch {
	case wf.in.Gone || wf.sync.gone:
		text = wf.about(wf.policy.Texts.NoteReplyGone)
	case wf.sync.expired:
		text = wf.about(wf.words().NoteExpired)
	case wf.sync.failure.Type == activities.ErrorWeChatOutcomeUnknown:
		text = wf.about(wf.words().NoteUnsure)
	case wf.sent > 0 && wf.sent == len(wf.parts):
		text = wf.policy.Texts.Voice.NoteFilesSkipped
	}
	return wf.note(ctx, text, "")
}

// changeCancelled is the version from which the agent is told of a reply that was cancelled.
const changeCancelled = "tell-of-cancelled-reply"

// tellCancelled tells the agent of a reply that an operator has cancelled in Temporal: it is given up like one that is skipped.
func (wf *deliverReply) tellCancelled(ctx workflow.Context) {
	ctx, _ = workflow.NewDisconnectedContext(ctx) // never cancelled: the note must outlive the reply
	if wf.in.Reply.Automatic || workflow.GetVersion(ctx, changeCancelled, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	wf.countEnd(ctx)
	if err := wf.tellAgent(ctx); err != nil {
		workflow.GetLogger(ctx).Warn("the agent was not told that a reply was cancelled", "error", err)
	}
}

// failureIs says whether an activity's error is of a type.
func failureIs(err error, name string) bool {
	if err == nil {
		return false
	}
	var cancelled *temporal.CanceledError
	return !errors.As(err, &cancelled) && failureOf(err).Type == name
}
