package workflows

import (
	"fmt"
	"net/url"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// maxName is the longest name in front of a reply, in characters.
const maxName = 40

// Voice is how an account writes to its followers.
type Voice struct {
	// Name puts the agent's name in front of a reply.
	Name bool `json:"name,omitempty"`
	// MaxParts is how many messages the text of a reply may use; the rest is on the page. 0: no limit.
	MaxParts int `json:"max_parts,omitempty"`
	// Files sends what agents attach to their replies, at the cost of one call to C4C per reply.
	Files bool `json:"files,omitempty"`
}

// replyPart is one message to the follower: a text, a menu or a card.
type replyPart struct {
	// Text is also the wording of a menu or card, if WeChat does not accept those.
	Text string                  `json:"text,omitempty"`
	Menu *conversation.ReplyMenu `json:"menu,omitempty"`
	Card *replyCard              `json:"card,omitempty"`
}

// replyPlan is how a reply becomes messages. It is made once and recorded, so that neither a changed setting nor
// another release breaks a replay.
type replyPlan struct {
	Parts []replyPart `json:"parts,omitempty"`
	// Cut reports that the end of the text can only be read on the page.
	Cut bool `json:"cut,omitempty"`
	// Long reports that the end of the text cannot be read anywhere.
	Long bool `json:"long,omitempty"`
	// Quoted reports that the mail thread quoted below the text was removed.
	Quoted bool `json:"quoted,omitempty"`
	// Files reports that attachments must be searched for.
	Files bool `json:"files,omitempty"`
	// Note is for the agent, about files that did not arrive.
	Note string `json:"note,omitempty"`
}

// planReply turns a reply into messages, at most as many as there is room for.
func planReply(reply conversation.Reply, policy Policy, room room) replyPlan {
	switch {
	case reply.Menu != nil && len(reply.Menu.Items) > 0:
		return replyPlan{Parts: []replyPart{{Menu: reply.Menu}}}
	case reply.Automatic: // a text of the catalogue, which contains only our own mark-up
		return replyPlan{Parts: partsOf(text.Split(reply.Text, text.MaxBytes))}
	}
	form := formOf(reply, policy)
	texts, long := text.Messages(form.named(form.Words))
	plan := replyPlan{Files: policy.Voice.Files, Long: long, Quoted: form.quoted}
	most := len(texts)
	if policy.Voice.MaxParts > 0 {
		most = min(most, policy.Voice.MaxParts)
	}
	if rest := restOf(reply.TicketID, policy); rest != "" && (long || len(texts) > most) {
		texts = texts[:most]
		last := &texts[most-1]
		*last = text.SplitLinked(*last, text.MaxBytes-len(rest))[0] + rest
		plan.Cut, plan.Long = true, false
	}
	plan.Parts = partsOf(texts)
	if !plan.Cut && !plan.Long {
		plan.Parts = form.shape(plan.Parts, room)
	}
	return plan
}

// partsOf makes one message of each text.
func partsOf(texts []string) []replyPart {
	var parts []replyPart
	for _, text := range texts {
		parts = append(parts, replyPart{Text: text})
	}
	return parts
}

// restOf is the ending of a text that continues on the page; empty if no link can open a page.
func restOf(ticketID string, policy Policy) string {
	link := policy.linkTo(ticketID)
	if link == "" {
		return ""
	}
	rest := "…\n" + policy.Texts.Text(catalogue.ReplyRest, catalogue.Address(link))
	if len(rest) > text.MaxBytes/2 {
		return ""
	}
	return rest
}

// linkTo is the address of a ticket on the page; empty: no page.
func (p Policy) linkTo(ticketID string) string {
	if ticketID == "" || p.TicketLink == "" {
		return ""
	}
	return withTicket(p.TicketLink, url.PathEscape(ticketID))
}

// nameOf is an agent's name as shown before a text.
func nameOf(author string) string {
	return strings.TrimSpace(text.Beginning(strings.Join(strings.Fields(text.Plain(author)), " "), maxName))
}

// prepare makes the messages for the parts that have not been sent yet.
func (wf *deliverReply) prepare(ctx workflow.Context) error {
	if wf.prepared {
		return nil
	}
	plan, err := wf.plan(ctx)
	if err != nil {
		return err
	}
	wf.prepared, wf.cut, wf.long, wf.filesWanted = true, plan.Cut, plan.Long, plan.Files
	wf.quoted = plan.Quoted
	wf.parts = append(wf.parts[:wf.sent:wf.sent], plan.Parts...)
	return nil
}

// plan returns what to send. For a reply that is sent at once, the conversation has made the plan, which saves a
// marker in the history.
func (wf *deliverReply) plan(ctx workflow.Context) (replyPlan, error) {
	if given := wf.in.Plan; given != nil {
		wf.in.Plan = nil
		return *given, nil
	}
	var plan replyPlan
	value := workflow.SideEffect(ctx, func(workflow.Context) any {
		reply := wf.in.Reply
		if wf.sent > 0 {
			reply.Author = "" // the name is before the first message
		}
		return planReply(reply, wf.policy, roomOf(wf.in.Spare, len(wf.merged.ids)))
	})
	if err := value.Get(&plan); err != nil {
		return plan, fmt.Errorf("read the reply's messages: %w", err)
	}
	return plan, nil
}

// sendPart sends one message.
func (wf *deliverReply) sendPart(ctx workflow.Context, part replyPart) error {
	summary := say(ctx, "WeChat: send part %d of %d of reply %s", wf.sent+1, len(wf.parts), wf.in.Reply.SmaID)
	ctx = wechatSend(ctx, summary)
	if wf.patience > 0 {
		ctx = workflow.WithScheduleToCloseTimeout(ctx, wf.patience)
	}
	send, input := part.message(wf.in.follower())
	err := workflow.ExecuteActivity(ctx, send, input).Get(ctx, nil)
	wf.countSpent(err)
	return err
}

// countSpent counts a message that has arrived, or may have: WeChat may have counted it.
func (wf *deliverReply) countSpent(err error) {
	if err == nil || failureIs(err, activities.ErrorWeChatOutcomeUnknown) {
		wf.spent++
	}
}
