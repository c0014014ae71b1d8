package handover

import (
	"context"
	"errors"
	"fmt"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// deliver hands an event to Temporal once. It may be called again for the same event: keys and ids reject repeats.
func (h *Handover) deliver(ctx context.Context, e event) (Outcome, error) {
	if !e.complete() {
		return Taken, fmt.Errorf("%w: of a kind that this version does not know", spool.ErrRefused)
	}
	switch e.kind {
	case kindInbound:
		return h.signal(ctx, e.OpenID, workflows.SignalInbound, *e.Inbound, e.happened())
	case kindReply:
		return h.signal(ctx, e.OpenID, workflows.SignalReply, *e.Reply, 0)
	case kindRoute:
		return h.route(ctx, *e.Reply)
	case kindText:
		id := h.ConversationID(e.OpenID)
		if err := h.mayGet(ctx, id, *e.Reply); err != nil {
			return Taken, err
		}
		return h.signalExisting(ctx, id, workflows.SignalReply, *e.Reply)
	case kindTicket:
		return Taken, h.ticketChanged(ctx, e.ObjectID, *e.Ticket)
	}
	notice := workflows.AnnounceID(h.Account, h.FollowerKey(e.OpenID))
	return h.signalExisting(ctx, notice, workflows.SignalReceipt, *e.Receipt)
}

// signal signals a follower's conversation and starts it if necessary. Events from before the follower was erased,
// which are repeated deliveries, do not start it. at is when the event happened, in seconds since 1970; 0: it does
// not matter. The mark of an erasure is only looked up if there is no conversation, so that a message costs one call.
func (h *Handover) signal(ctx context.Context, openID, name string, arg any, at int64) (Outcome, error) {
	options, input := h.Conversation(openID)
	if err := h.mayGet(ctx, options.ID, arg); err != nil {
		return Taken, err
	}
	if outcome, err := h.signalExisting(ctx, options.ID, name, arg); outcome != Nobody {
		return outcome, err
	}
	erased, err := h.Erased(ctx, openID)
	if err != nil {
		return Taken, err
	}
	if !erased.IsZero() {
		input.Erased = erased.Unix()
		if at > 0 && at <= input.Erased {
			return Nobody, nil
		}
	}
	_, err = h.Temporal.SignalWithStartWorkflow(ctx, options.ID, name, arg, options, workflows.TypeConversation, input)
	return Taken, verdict(err)
}

// signalExisting signals a workflow that may not exist.
func (h *Handover) signalExisting(ctx context.Context, id, name string, arg any) (Outcome, error) {
	err := h.Temporal.SignalWorkflow(ctx, id, "", name, arg)
	if _, missing := errors.AsType[*serviceerror.NotFound](err); missing {
		return Nobody, nil
	}
	return Taken, verdict(err)
}

// conversationOptions leave reuse and conflict policy unset: a conversation that ended is started again.
func conversationOptions(language wording.Language, account, followerKey string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                    workflows.ConversationID(account, followerKey),
		TaskQueue:             workflows.TaskQueue,
		StaticSummary:         language.Say("Conversation with follower %s", followerKey),
		TypedSearchAttributes: workflows.FollowerAttributes(account, followerKey),
	}
}

// route starts the search for a reply's follower.
func (h *Handover) route(ctx context.Context, reply conversation.Reply) (Outcome, error) {
	input := workflows.RouteReplyInput{Account: h.Account, Reply: reply}
	_, err := h.Temporal.ExecuteWorkflow(ctx, h.routeOptions(reply), workflows.TypeRouteReply, input)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return Repeat, nil
	}
	return Taken, verdict(err)
}

// routeOptions make every repeat the same kind of error, whether the first run is still open or closed.
func (h *Handover) routeOptions(reply conversation.Reply) client.StartWorkflowOptions {
	var known []temporal.SearchAttributeUpdate
	if reply.TicketID != "" {
		known = append(known, workflows.AttributeTicketID.ValueSet(reply.TicketID))
	}
	return client.StartWorkflowOptions{
		ID:                                       workflows.RouteID(h.Account, reply.SmaID),
		TaskQueue:                                workflows.TaskQueue,
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            h.Language.Say("Find the follower of reply %s", reply.SmaID),
		TypedSearchAttributes:                    workflows.SyncAttributes(h.Account, known...),
	}
}

// ticketChanged signals the workflow that handles a ticket's events.
func (h *Handover) ticketChanged(ctx context.Context, objectID string, e workflows.TicketEvent) error {
	options := client.StartWorkflowOptions{
		ID:                    workflows.TicketChangedID(h.Account, objectID),
		TaskQueue:             workflows.TaskQueue,
		StaticSummary:         h.Language.Say("Change of ticket %s in C4C", objectID),
		TypedSearchAttributes: workflows.SyncAttributes(h.Account),
	}
	input := workflows.TicketChangedInput{Account: h.Account, ObjectID: objectID}
	_, err := h.Temporal.SignalWithStartWorkflow(
		ctx, options.ID, workflows.SignalTicketEvent, e, options, workflows.TypeTicketChanged, input)
	return verdict(err)
}

// signalsSpent is Temporal's error if a run has received the maximum number of signals.
const signalsSpent = "limit for signal events"

// verdict distinguishes what Temporal will never accept from what it may accept later: an invalid argument stays
// invalid. An unprepared namespace and refused access are fixed elsewhere. After a run with too many signals there
// will be another one.
func verdict(err error) error {
	_, invalid := errors.AsType[*serviceerror.InvalidArgument](err)
	switch {
	case invalid && strings.Contains(err.Error(), signalsSpent):
		return fmt.Errorf("%w: %w", spool.ErrLaneFull, err)
	case invalid && !strings.Contains(err.Error(), "search attribute"):
		return fmt.Errorf("%w: %w", spool.ErrRefused, err)
	}
	return err
}
