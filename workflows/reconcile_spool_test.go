package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// spooled makes an api hand over a reply that it kept while Temporal was unavailable, this long after the comparison
// of 08:15 began.
func (s *stage) spooled(after time.Duration, smaID, text string, at time.Time) {
	s.clock = 15*time.Minute + after - time.Second
	s.step(func() {
		s.signal(testConversation, SignalReply, conversation.Reply{
			SmaID: smaID, TicketID: "1", Text: text, CreatedAt: at.Format(time.RFC3339), Late: true,
		})
	})
}

// answering is a stage on which an agent has written two replies that had not arrived before the comparison of 08:15.
func answering(t *testing.T) (s *stage, first, second time.Time) {
	t.Helper()
	s = reconciling(t)
	s.say("hello")
	s.clock = 11 * time.Minute
	first, second = s.now(), s.now().Add(time.Second)
	s.agent("2", "first")
	s.agent("3", "second")
	return s, first, second
}

// After an outage a comparison may begin before the spools are handed over: it starts nothing for their replies.
func TestWhatSpoolsBringIsNotMissed(t *testing.T) {
	t.Parallel()
	s, first, second := answering(t)
	s.spooled(10*time.Second, "2", "first", first)
	s.spooled(40*time.Second, "3", "second", second)
	s.advance(10 * time.Minute)
	s.run()
	require.Equal(t, []string{"first", "second"}, s.tenant.received())
	require.Zero(t, s.runs[RouteID(testAccount, "2")]+s.runs[RouteID(testAccount, "3")])
	require.Zero(t, s.tenant.count("ReadAgentReply"))
}

// A reply found by both is sent once, and nothing overtakes.
func TestComparisonAndSpoolBringTheSame(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{"while it is read": 31 * time.Second,
		"after it was": 50 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, first, second := answering(t)
			s.will("ReadAgentReply", later(activities.ErrorC4CUnavailable, 5*time.Second))
			s.spooled(late, "3", "second", second)
			s.spooled(late+time.Second, "2", "first", first)
			s.advance(10 * time.Minute)
			s.run()
			require.Equal(t, []string{"first", "second"}, s.tenant.received())
			require.Equal(t, 1, s.runs[RouteID(testAccount, "2")])
			s.requireSynced(conversation.ReplyID(testAccount, "2"), conversation.ReplyID(testAccount, "3"))
		})
	}
}
