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

// erasedFor is how long a workflow that reserves an id runs before it closes by itself.
const erasedFor = time.Second

// keepRepliesOut reserves the ids of the replies in the record. A conversation is closed first, so that no reply
// reaches it after it was read.
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
		if err := e.end(ctx, r); err != nil {
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

// repliesOf reads which replies reached a run of the conversation. Those that wait in it have no workflow yet.
// Replies given to an earlier run are older than any comparison reaches, unless that run still exists, too.
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

// replyIn returns the agent's reply in an event, and reports whether there is one. The id is empty if none of our
// keys decrypts it.
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

// keepOut reserves both ids of a reply, even if they are in use. A comparison then treats the reply as known, and a
// repeated push cannot deliver it. A workflow running under an id is replaced atomically, so the reply is known at
// every moment. The ids of automatic texts contain the follower key: no comparison asks for them, and they must not
// be kept.
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
