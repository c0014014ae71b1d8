package workflows

import (
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// merged is how a reply is merged with others when the window allows few messages.
type merged struct {
	with    []conversation.CarriedText // texts of others that it has yet to take along
	ids     []string                   // workflow ids of all replies that it carries
	own     []replyPart                // the reply's own parts; nil: it carries no others
	into    string                     // the reply that carried its text
	unknown bool                       // it is unknown whether that reply arrived
}

// granted takes what the conversation sent with the turn.
func (wf *deliverReply) granted(turn conversation.Turn) {
	if customer := turn.Known.NoteCustomer(); customer != (conversation.NoteCustomer{}) {
		wf.in.Customer = customer
	}
	change := turn.Reply
	if change == nil {
		return
	}
	wf.recordMerge(change.Carried)
	wf.in.Hold, wf.in.Spare = change.Hold, change.Spare
	wf.in.Gone = wf.in.Gone || change.Gone && wf.in.Wait && wf.sync.round == 0
	if change.DelayPolicy != nil {
		wf.delayPolicy = change.DelayPolicy
	}
}

// recordMerge remembers how this reply is merged with others. A turn may be given twice.
func (wf *deliverReply) recordMerge(carried conversation.Carried) {
	for _, text := range carried.With {
		if !slices.Contains(wf.merged.ids, text.ID) {
			wf.merged.with, wf.merged.ids = append(wf.merged.with, text), append(wf.merged.ids, text.ID)
		}
	}
	if carried.Into != "" {
		wf.merged.into, wf.merged.unknown = carried.Into, carried.Unknown
	}
}

// carryOthers adds the texts of others to the reply's own: to its last message if they fit.
func (wf *deliverReply) carryOthers(ctx workflow.Context) error {
	if len(wf.merged.with) == 0 {
		return nil
	}
	var plan replyPlan
	value := workflow.SideEffect(ctx, func(workflow.Context) any {
		var all replyPlan
		for _, text := range wf.merged.with {
			part := planReply(conversation.Reply{Text: text.Text, TicketID: wf.in.Reply.TicketID}, wf.policy,
				roomForWords)
			all.Parts, all.Cut = append(all.Parts, part.Parts...), all.Cut || part.Cut
			all.Quoted = all.Quoted || part.Quoted
		}
		return all
	})
	if err := value.Get(&plan); err != nil {
		return fmt.Errorf("read the messages of merged replies: %w", err)
	}
	wf.merged.with, wf.merged.own = nil, slices.Clone(wf.parts)
	wf.cut, wf.quoted = wf.cut || plan.Cut, wf.quoted || plan.Quoted
	for _, part := range plan.Parts {
		wf.parts = joined(wf.parts, wf.sent, part)
	}
	return nil
}

// joined appends a part. If the part fits, it joins the last message that has not been sent.
func joined(parts []replyPart, sent int, part replyPart) []replyPart {
	n := len(parts)
	if n > sent && parts[n-1].plain() && len(parts[n-1].Text)+len(part.Text)+2 <= text.MaxBytes {
		parts = slices.Clone(parts)
		parts[n-1].Text = strings.Join([]string{parts[n-1].Text, part.Text}, "\n\n")
		return parts
	}
	return append(slices.Clip(parts), part)
}

// plain reports whether a part is only a text.
func (p replyPart) plain() bool { return p == replyPart{Text: p.Text} }

// uncarry stops carrying the texts of others when this reply does not get through.
func (wf *deliverReply) uncarry() {
	if own := wf.merged.own; own != nil && wf.sent <= len(own) {
		wf.parts = own
	}
	wf.merged.own, wf.merged.with, wf.merged.ids = nil, nil, nil
}

// settleCarried counts the reply as sent if its text went out with another one. If it is unknown whether that one
// arrived, this one parks, too.
func (wf *deliverReply) settleCarried(ctx workflow.Context) error {
	if wf.merged.into == "" {
		return nil
	}
	into := strings.TrimPrefix(wf.merged.into, conversation.ReplyID(wf.in.Account, ""))
	if wf.merged.unknown {
		wf.merged = merged{}
		return temporal.NewNonRetryableApplicationError("its text went out together with reply "+into+
			", of which nobody knows whether it arrived",
			activities.ErrorWeChatOutcomeUnknown, nil)
	}
	wf.sent = len(wf.parts)
	wf.sync.title += say(ctx, ", sent together with reply %s", into)
	wf.sync.describe(ctx, say(ctx, "Its text went out together with reply %s, because the window allowed few messages.",
		into))
	wf.merged.into = ""
	return nil
}
