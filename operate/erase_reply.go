package operate

import (
	"context"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// erasedFor is how long a workflow that keeps an id taken runs before it closes by itself.
const erasedFor = time.Second

// keepRepliesOut takes the ids of the replies that the record knows of. A conversation is closed first, so that no
// reply reaches it after it was read.
func (e *erasure) keepRepliesOut(ctx context.Context, r record) error {
	account := e.subject.Account
	for _, prefix := range []string{conversation.ReplyID(account, ""), workflows.RouteID(account, "")} {
		if smaID, ok := strings.CutPrefix(r.ID, prefix); ok {
			return e.keepOut(ctx, smaID)
		}
	}
	if r.Type != workflows.TypeConversation || e.read[r.RunID] {
		return nil
	}
	if r.Open() {
		err := e.o.Temporal.TerminateWorkflow(ctx, r.ID, r.RunID, "the follower is erased")
		if err != nil && !isNotFound(err) {
			return fmt.Errorf("close: %w", err)
		}
	}
	replies, unread, err := e.repliesOf(ctx, r)
	if err != nil {
		return fmt.Errorf("read which replies it had: %w", err)
	}
	for _, smaID := range replies {
		e.trail.ids[workflows.RouteID(account, smaID)] = true
		if err := e.keepOut(ctx, smaID); err != nil {
			return err
		}
	}
	e.read[r.RunID] = true
	e.receipt.RepliesUnread += unread
	return nil
}

// repliesOf reads which replies reached a run of the conversation: those that wait in it have no workflow yet. A reply
// that an earlier run was given was written longer ago than any comparison reaches, unless that run is kept as well.
func (e *erasure) repliesOf(ctx context.Context, r record) (replies []string, unread int, err error) {
	history := e.o.Temporal.GetWorkflowHistory(ctx, r.ID, r.RunID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		if isNotFound(err) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		if smaID, ok := e.replyIn(event); ok && smaID != "" {
			replies = append(replies, smaID)
		} else if ok {
			unread++
		}
	}
	return replies, unread, nil
}

// replyIn is the agent's reply that an event brought, and whether it brought one. It is empty where no key of ours
// reads it.
func (e *erasure) replyIn(event *historypb.HistoryEvent) (smaID string, ok bool) {
	signal := event.GetWorkflowExecutionSignaledEventAttributes()
	if signal.GetSignalName() != workflows.SignalReply {
		return "", false
	}
	var reply conversation.Reply
	if e.o.DataConverter.FromPayloads(signal.GetInput(), &reply) != nil {
		return "", true
	}
	return reply.SmaID, !reply.Automatic
}

// keepOut takes both ids of a reply, whatever has them: a comparison then finds it known, a repeated push cannot
// deliver it. What runs under an id is closed in the same moment, so there is none in which the reply is unknown. The
// ids of automatic texts name the follower: no comparison asks for those, and nothing may keep them.
func (e *erasure) keepOut(ctx context.Context, smaID string) error {
	if e.kept[smaID] || strings.Contains(smaID, e.subject.Key) {
		return nil
	}
	account := e.subject.Account
	for _, id := range []string{workflows.RouteID(account, smaID), conversation.ReplyID(account, smaID)} {
		_, err := e.o.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: id, TaskQueue: workflows.QueueErased, WorkflowExecutionTimeout: erasedFor,
			WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING,
			StaticSummary:            e.o.Language.Say("Erased: keeps reply %s from being delivered again", smaID),
		}, workflows.TypeErasedReply)
		if err != nil {
			return fmt.Errorf("keep a reply out: %w", err)
		}
	}
	e.kept[smaID] = true
	e.receipt.RepliesKeptOut++
	return nil
}
