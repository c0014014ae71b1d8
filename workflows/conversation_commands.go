package workflows

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// carryOut carries out one command. It never yields: outcomes come as events.
func (c *shell) carryOut(command conversation.Command) {
	switch command := command.(type) {
	case conversation.StartOnboard:
		c.startOnboard(command)
	case conversation.StartTicket:
		c.startTicket(command)
	case conversation.StartRegister:
		c.startRegister(command)
	case conversation.StartReply:
		c.startReply(command)
	case conversation.Grant:
		c.signalSync(command.WorkflowID, SignalTurn, command.Turn)
	case conversation.Watch:
		c.watch(command.WorkflowID)
	case conversation.MarkStuck:
		c.signalSync(command.WorkflowID, SignalStuck, nil)
	case conversation.GiveUp:
		c.signalSync(command.WorkflowID, SignalGone, nil)
	case conversation.Uncarry:
		c.signalSync(command.WorkflowID, SignalUncarry, nil)
	case conversation.StartNote:
		c.startNote(command)
	case conversation.Announce:
		c.announce(command)
	case conversation.EndNotice:
		c.signal(AnnounceID(c.in.Account, c.in.FollowerKey), SignalObsolete, nil)
	case conversation.TellBackfill:
		c.signal(BackfillID(c.in.Account), SignalBackfilled, Backfilled{Run: command.Run, Outcome: command.Outcome})
	case conversation.ShowTicket:
		c.showTicket(command.TicketID)
	case conversation.CountSpent:
		c.workflows.Counts.spent(c.ctx, c.in.Account, command.Trigger)
	case conversation.CountMissed:
		c.workflows.Counts.missed(c.ctx, c.in.Account)
	case conversation.CountUnfetched:
		c.workflows.Counts.unfetched(c.ctx, c.in.Account)
	}
}

// syncInput is what every sync of this follower starts with.
func (c *shell) syncInput() SyncInput { return SyncInput(c.state.Who) }

func (c *shell) startOnboard(s conversation.StartOnboard) {
	c.start(s.ID, c.language.Say("Follower %s becomes a customer", c.in.FollowerKey), row{state: StateSyncing},
		TypeOnboardFollower,
		OnboardFollowerInput{
			SyncInput: c.syncInput(), Known: s.Known, LookFirst: s.LookFirst, Scene: s.Scene, Asked: s.Asked,
		})
}

func (c *shell) startTicket(s conversation.StartTicket) {
	in := s.Ask.Message
	written := time.Unix(in.CreateTime, 0).UTC().Format(time.DateTime)
	summary := c.language.Say("%s of %s UTC from follower %s", in.MsgType, written, c.in.FollowerKey)
	c.start(s.ID, summary, rowOf(s.Ask.Known.Thread.TicketID, s.Ask.Wait, false), TypeCreateTicket,
		CreateTicketInput{SyncInput: c.syncInput(), TicketAsk: s.Ask})
}

func (c *shell) startRegister(s conversation.StartRegister) {
	in := RegisterCustomerInput{
		SyncInput: c.syncInput(), Known: s.Known, Registration: s.Registration, Order: s.Order, Wait: s.Wait,
	}
	c.start(s.ID, c.language.Say("Follower %s registers", c.in.FollowerKey), rowOf("", s.Wait, false),
		TypeRegisterCustomer, in)
}

func (c *shell) startReply(s conversation.StartReply) {
	reply := s.Ask.Reply
	summary := c.language.Say("Reply %s in ticket %s", reply.SmaID, reply.TicketID)
	if reply.Automatic {
		summary = c.language.Say("Automatic text in ticket %s", reply.TicketID)
		s.Ask = c.workflows.policyOf(c.in.Account).automatic(s.Ask)
	}
	c.start(s.ID, summary, rowOf(reply.TicketID, s.Ask.Wait, s.Ask.Hold), TypeDeliverReply,
		DeliverReplyInput{SyncInput: c.syncInput(), ReplyAsk: s.Ask, Plan: c.planned(s.Ask)})
}

// planned is the plan of a reply that is sent at once. No decision of the conversation depends on it, so the history
// need not contain it twice.
func (c *shell) planned(ask conversation.ReplyAsk) *replyPlan {
	if ask.Wait || ask.Hold || ask.Gone || workflow.IsReplaying(c.ctx) {
		return nil
	}
	plan := planReply(ask.Reply, c.workflows.policyOf(c.in.Account), roomOf(ask.Spare, len(ask.With)))
	return &plan
}

// rowOf is what operators see of a newly started sync.
func rowOf(ticketID string, wait, hold bool) row {
	switch {
	case wait:
		return row{state: StateWaiting, ticketID: ticketID}
	case hold:
		return row{state: StateHeld, ticketID: ticketID, failure: activities.ErrorReplyBehind}
	}
	return row{state: StateSyncing, ticketID: ticketID}
}

// announce starts the notice. If an earlier notice is still open, for example parked, it serves this time, too.
func (c *shell) announce(a conversation.Announce) {
	policy := c.workflows.policyOf(c.in.Account)
	in := AnnounceReplyInput{
		SyncInput: c.syncInput(), TicketID: a.TicketID, Since: a.Since, Count: a.Count, Customer: a.Customer,
		Subscription: a.Subscription, Template: a.Template, URL: policy.linkTo(a.TicketID),
	}
	in.Text = policy.Texts.Text(catalogue.AnnouncementText)
	if in.URL == "" {
		in.Text = policy.Texts.Text(catalogue.AnnouncementChat)
	}
	id := AnnounceID(c.in.Account, c.in.FollowerKey)
	ctx := c.syncInput().child(c.ctx, id, c.language.Say("Notice that an answer waits in ticket %s", a.TicketID),
		row{state: StateSyncing, ticketID: a.TicketID})
	options := workflow.GetChildWorkflowOptions(ctx)
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	c.startUnawaited(id, workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), TypeAnnounceReply, in))
}

func (c *shell) startNote(n conversation.StartNote) {
	policy := c.workflows.policyOf(c.in.Account)
	in := NoteTicketInput{
		SyncInput: c.syncInput(), TicketID: n.TicketID, ObjectID: n.ObjectID, Language: string(policy.Texts.Language()),
		Text: policy.noteText(n), IfOpen: n.IfOpen, Customer: n.Customer,
	}
	id := NoteID(in.Account, in.FollowerKey, n.Key)
	ctx := in.child(c.ctx, id, c.language.Say("Note in ticket %s", in.TicketID),
		row{state: StateSyncing, ticketID: in.TicketID})
	c.startUnawaited(id, workflow.ExecuteChildWorkflow(ctx, TypeNoteTicket, in))
}

// showTicket lets operators find the conversation by its ticket.
func (c *shell) showTicket(ticketID string) {
	if err := workflow.UpsertTypedSearchAttributes(c.ctx, AttributeTicketID.ValueSet(ticketID)); err != nil {
		workflow.GetLogger(c.ctx).Error("search attributes not set", "error", err)
	}
}
