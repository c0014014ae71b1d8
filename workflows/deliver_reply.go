package workflows

import (
	"errors"
	"fmt"
	"slices"

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
}

// DeliverReply brings a service agent's reply to the follower, part by part and in order. A reply that WeChat refuses
// because the window is closed or used up is held until the follower acts. A part whose outcome is unknown is
// never repeated without a person's word.
func (w *Workflows) DeliverReply(ctx workflow.Context, in DeliverReplyInput) (Outcome, error) {
	state := StateSyncing
	if in.Hold {
		state = StateHeld
	}
	wf := &deliverReply{in: in, parts: split(in.Reply.Text, maxTextBytes), texts: w.Policies[in.Account].Texts}
	sync, err := startSync(ctx, in.SyncInput, LaneReplies, "Reply "+in.Reply.SmaID+" in ticket "+in.Reply.TicketID, state)
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
	if err := wf.deliver(ctx); err != nil {
		return Outcome{Spent: sync.spent}, err
	}
	if sync.state == StateSkipped {
		err = wf.tellAgent(ctx)
	}
	return Outcome{Spent: sync.spent}, err
}

type deliverReply struct {
	in    DeliverReplyInput
	sync  *sync
	parts []string
	sent  int // parts that arrived
	texts Texts
}

func (wf *deliverReply) deliver(ctx workflow.Context) error {
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
	for wf.sent < len(wf.parts) {
		err := wf.send(ctx, wf.parts[wf.sent])
		if wf.in.ResendUnknown && failureIs(err, activities.ErrorWeChatOutcomeUnknown) {
			err = wf.send(ctx, wf.parts[wf.sent])
		}
		if err != nil {
			return err
		}
		wf.sent++
	}
	return nil
}

func (wf *deliverReply) send(ctx workflow.Context, text string) error {
	summary := fmt.Sprintf("WeChat: send part %d of %d of reply %s", wf.sent+1, len(wf.parts), wf.in.Reply.SmaID)
	err := workflow.ExecuteActivity(wechatSend(ctx, summary), toWeChat.SendText,
		activities.SendTextInput{Follower: wf.in.follower(), Text: text}).Get(ctx, nil)
	if err == nil || failureIs(err, activities.ErrorWeChatOutcomeUnknown) {
		wf.sync.spent++ // what may have arrived may have been counted
	}
	return err
}

// amend replaces what has not arrived yet.
func (wf *deliverReply) amend(a Amendment) {
	wf.parts = append(slices.Clip(wf.parts[:wf.sent]), split(a.Text, maxTextBytes)...)
}

// tellAgent leaves a note in the ticket that this reply did not reach the follower. The note is a sync of its own.
func (wf *deliverReply) tellAgent(ctx workflow.Context) error {
	text := wf.texts.NoteSkipped
	if wf.in.Gone || wf.sync.gone {
		text = wf.texts.NoteGone
	}
	return startNote(ctx, NoteTicketInput{
		SyncInput: wf.in.SyncInput, TicketID: wf.in.Reply.TicketID, Text: text, Language: wf.texts.Language,
	}, "reply/"+wf.in.Reply.SmaID)
}

// failureIs says whether an activity's error is of a type.
func failureIs(err error, name string) bool {
	if err == nil {
		return false
	}
	var cancelled *temporal.CanceledError
	return !errors.As(err, &cancelled) && failureOf(err).Type == name
}
