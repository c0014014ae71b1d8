package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// underway starts the sync of a message as a run of the conversation did that was reset since then.
func (s *stage) underway(in conversation.Inbound) string {
	id := conversation.TicketSyncID(testAccount, testFollower, in.MsgID)
	known := conversation.Known{Profile: activities.Profile{ID: "P1", UUID: "UUID-P1", CustomerID: "C1"}}
	ask := conversation.TicketAsk{Message: in, Known: known}
	s.start(id, TypeCreateTicket, CreateTicketInput{SyncInput: testSync, TicketAsk: ask})
	return id
}

// The conversation was reset to a time before it started a sync. It starts the sync again, which the server refuses,
// and waits for the running one: the next message joins its thread.
func TestSyncThatRunsSinceBeforeAReset(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	first := message("one", "1", dawn.Unix()+1)
	s.will("AddMessage", later(activities.ErrorC4CLocked, 2*time.Minute))
	id := s.underway(first)
	s.inbound(first)
	second := s.say("two")
	s.advance(time.Minute)
	s.check(func() {
		require.Empty(t, s.tenant.texts(), "one at a time")
		require.Equal(t, 1, s.tenant.count("AddMessage"))
	})
	s.advance(5 * time.Minute)
	s.run()
	require.Equal(t, [][]string{{"one", "two"}}, s.tenant.texts(), "the second joins the thread of the first")
	s.requireSynced(id, second)
}

// The same if Temporal does not report the outcome of the sync: it does not count as ended.
func TestSyncWhoseOutcomeIsNotTold(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	first := message("one", "1", dawn.Unix()+1)
	s.will("AddMessage", later(activities.ErrorC4CLocked, 2*time.Minute))
	s.will("SyncOutcome", parking(activities.ErrorInternal))
	id := s.underway(first)
	s.inbound(first)
	second := s.say("two")
	s.advance(time.Minute)
	s.check(func() { require.Equal(t, 1, s.tenant.count("AddMessage"), "one at a time") })
	s.advance(5 * time.Minute)
	s.run()
	require.Equal(t, [][]string{{"one", "two"}}, s.tenant.texts())
	s.requireSynced(id, second)
}

// The same if the sync has parked, asks for its turn or has ended in the meantime.
func TestSyncThatHasLeftItsLaneBeforeAReset(t *testing.T) {
	t.Parallel()
	for name, parks := range map[string]bool{"it has parked": true, "it has ended": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.follow()
			first := message("one", "1", dawn.Unix()+1)
			if parks {
				s.will("AddMessage", parking(activities.ErrorC4CRejected))
			}
			id := s.underway(first)
			s.advance(time.Minute)
			s.inbound(first)
			second := s.say("two")
			s.advance(time.Minute)
			s.requireState(second, StateSynced, "")
			if parks {
				s.requireState(id, StateNeedsAttention, activities.ErrorC4CRejected)
				s.command(id, CommandRetry, "ada")
				s.advance(time.Minute)
			}
			s.run()
			s.requireSynced(id, second)
			require.Len(t, s.tenant.texts(), 1, "one ticket for both")
		})
	}
}

// A reply that has been running since before a reset keeps later ones waiting, and carries none of their texts.
func TestReplyThatRunsSinceBeforeAReset(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("SendText", later(activities.ErrorWeChatBusy, 2*time.Minute))
	s.converse()
	first := conversation.ReplyID(testAccount, "1")
	reply := conversation.Reply{SmaID: "1", TicketID: "1", Text: "one"}
	s.start(first, TypeDeliverReply, DeliverReplyInput{SyncInput: testSync, ReplyAsk: conversation.ReplyAsk{Reply: reply}})
	s.reply("one")
	second := s.reply("two")
	s.advance(time.Minute)
	s.check(func() { require.Empty(t, s.tenant.received()) })
	s.advance(5 * time.Minute)
	s.run()
	require.Equal(t, []string{"one", "two"}, s.tenant.received())
	s.requireSynced(first, second)
}

// An idle workflow occupies the id of an erased reply. A repeated push finds it, and nothing waits for it.
func TestErasedReplyKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.env.RegisterWorkflowWithOptions(func(ctx workflow.Context) error { return workflow.Sleep(ctx, 1000*time.Hour) },
		workflow.RegisterOptions{Name: TypeErasedReply})
	first := conversation.ReplyID(testAccount, "1")
	s.tenant.outcomes[first] = activities.SyncOutcome{Completed: true}
	s.start(first, TypeErasedReply, nil)
	s.say("hello")
	s.reply("erased")
	second := s.reply("two")
	s.advance(10 * time.Second)
	s.requireState(second, StateSynced, "")
	s.run()
	require.Equal(t, []string{"two"}, s.tenant.received())
	require.Empty(t, s.tenant.notes)
}
