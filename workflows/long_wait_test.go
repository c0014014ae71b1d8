package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// A wait of months costs little: neither the sync's history nor its conversation's grows.
func TestLongWaitsAreQuiet(t *testing.T) {
	t.Parallel()
	const days = 90
	for _, tt := range []struct {
		name string
		play func(s *stage) string
		// calls and signals that the wait may cost
		calls, signals int
	}{
		{"parked for a person", func(s *stage) string {
			s.will("AddMessage", parking(activities.ErrorC4CRejected))
			return s.say("hello")
		}, 0, 1},
		{"parked under a cause that hits all", func(s *stage) string {
			s.will("AddMessage", times(1000, parking(activities.ErrorC4CCredentials))...)
			id := s.say("hello")
			s.say("behind")
			return id
		}, 110, 2000},
		{"held", func(s *stage) string {
			s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
			s.reply("behind")
			return s.reply("answer")
		}, 0, 25},
		{"waiting behind one that is tried for ever", func(s *stage) string {
			s.will("AddMessage", parking(activities.ErrorC4CRejected), later(activities.ErrorC4CLocked, (days+10)*24*time.Hour))
			id := s.say("hello")
			s.say("slow")
			s.command(id, CommandRetry, "ada")
			return id
		}, 0, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.follow()
			id := tt.play(s)
			s.advance(time.Hour)
			calls, signals := 0, 0
			s.check(func() { calls, signals = len(s.tenant.calls), s.signals })
			s.advance(days * 24 * time.Hour)
			s.check(func() {
				require.NotContains(t, s.closed, id)
				require.LessOrEqual(t, len(s.tenant.calls)-calls, tt.calls, "calls")
				require.LessOrEqual(t, s.signals-signals, tt.signals, "signals")
				t.Logf("%d calls, %d signals in %d days", len(s.tenant.calls)-calls, s.signals-signals, days)
			})
			s.run()
		})
	}
}

// A report after the end of its sync changes nothing, and is counted.
func TestLateReports(t *testing.T) {
	t.Parallel()
	for _, kind := range []conversation.ReportKind{
		conversation.ReportEnded, conversation.ReportParked, conversation.ReportHeld, conversation.ReportTurn, "nonsense",
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			message, reply := s.say("one"), s.reply("first")
			s.together(
				conversation.Report{WorkflowID: message, Lane: conversation.LaneMessages, Kind: kind},
				conversation.Report{WorkflowID: reply, Lane: conversation.LaneReplies, Kind: kind, TicketID: "1"},
			)
			s.advance(20 * time.Minute)
			next, answer := s.say("two"), s.reply("second")
			s.advance(20 * time.Minute)
			s.click()
			s.advance(20 * time.Minute)
			s.run()
			s.requireSynced(message, reply, next, answer)
			require.Equal(t, [][]string{{"one", "two"}}, s.tenant.texts())
			require.Equal(t, []string{"first", "second"}, s.tenant.received())
		})
	}
}
