package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// The history is long enough in the very task in which a reply is started. No signal may be sent to the reply before
// the server has confirmed its start, or the reply would be taken for a closed one.
func TestContinueAsNewWaitsForStarts(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("SendText", later(activities.ErrorWeChatBusy, time.Minute))
	s.step(func() { s.last = conversation.ReplyID(testAccount, "1") })
	first, second := s.reply("one"), s.reply("two")
	s.advance(10 * time.Second)
	s.check(func() {
		require.Equal(t, 2, s.runs[testConversation])
		require.Empty(t, s.tenant.received(), "the second reply stays behind the first")
		require.Zero(t, s.tenant.count("SyncOutcome"))
	})
	s.advance(5 * time.Minute)
	s.run()
	require.Equal(t, []string{"one", "two"}, s.tenant.received())
	s.requireSynced(first, second)
}

// A reply is held behind another in one task, and the follower unfollows in the next, before the server has confirmed
// its start.
func TestNobodyIsToldBeforeItIsThere(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	first := s.reply("one")
	gone := s.event(conversation.KindUnfollow)
	s.step(func() {
		s.signal(testConversation, SignalReply, conversation.Reply{SmaID: "2", TicketID: "1", Text: "two"})
		s.signal(testConversation, SignalInbound, gone)
	})
	s.advance(time.Minute)
	s.run()
	for _, id := range []string{first, conversation.ReplyID(testAccount, "2")} {
		require.Equal(t, StateSkipped, s.state(id), id)
		require.Contains(t, s.closed, id)
	}
	require.Zero(t, s.tenant.count("SyncOutcome"))
}
