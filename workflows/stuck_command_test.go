package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// stuck is a stage with a message and a reply that are stuck between two attempts.
func stuck(t *testing.T) (s *stage, message, reply string) {
	t.Helper()
	s = quiet(t)
	s.follow()
	s.will("AddMessage", later(activities.ErrorC4CUnavailable, time.Hour))
	s.will("SendText", later(activities.ErrorWeChatUnavailable, time.Hour))
	message, reply = s.say("hello"), s.reply("answer")
	s.advance(6 * time.Minute)
	s.requireState(message, StateStuck, "")
	s.requireState(reply, StateStuck, "")
	return s, message, reply
}

func TestStuckSyncsAreTriedAgain(t *testing.T) {
	t.Parallel()
	s, message, reply := stuck(t)
	verdicts := []*verdict{s.command(message, CommandRetry, "ada"), s.command(reply, CommandRetry, "ada")}
	s.advance(2 * time.Hour)
	s.run()
	for _, v := range verdicts {
		require.NoError(t, v.err)
	}
	s.requireSynced(message, reply)
	require.Equal(t, [][]string{{"hello"}}, s.tenant.texts())
	require.Equal(t, []string{"answer"}, s.tenant.received())
}

func TestStuckSyncsAreGivenUp(t *testing.T) {
	t.Parallel()
	s, message, reply := stuck(t)
	s.command(message, CommandSkip, "ada")
	s.command(reply, CommandSkip, "ada")
	next, later := s.say("next"), s.reply("later")
	s.advance(2 * time.Hour)
	s.run()
	require.Equal(t, StateSkipped, s.state(message))
	require.Equal(t, StateSkipped, s.state(reply))
	require.Equal(t, [][]string{{"next"}}, s.tenant.texts())
	require.Equal(t, []string{"later"}, s.tenant.received())
	require.Contains(t, s.tenant.notes, noteGivenUp("answer"))
	s.requireSynced(next, later)
}

func TestStuckSyncsAreAmended(t *testing.T) {
	t.Parallel()
	s, message, reply := stuck(t)
	s.amend(message, Amendment{Actor: "ada", Text: "hello again"})
	s.amend(reply, Amendment{Actor: "ada", Text: "another answer"})
	s.advance(2 * time.Hour)
	s.run()
	s.requireSynced(message, reply)
	require.Equal(t, [][]string{{"hello again"}}, s.tenant.texts())
	require.Equal(t, []string{"another answer"}, s.tenant.received())
}

// A command comes while a send is running: the send's outcome counts, and nothing else is sent at the same time.
func TestCommandDuringASend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, command string
		result        error // of the running attempt
		state, reason string
		sent          int // more than the running one
	}{
		{"retry, it arrives", CommandRetry, nil, StateSynced, "", 0},
		{"skip, it arrives", CommandSkip, nil, StateSynced, "", 0},
		{"retry, nobody knows", CommandRetry, parking(activities.ErrorWeChatOutcomeUnknown), StateNeedsAttention,
			activities.ErrorWeChatOutcomeUnknown, 0},
		{"skip, nobody knows", CommandSkip, parking(activities.ErrorWeChatOutcomeUnknown), StateSkipped,
			activities.ErrorWeChatOutcomeUnknown, 0},
		{"retry, it was not sent", CommandRetry, transient(activities.ErrorWeChatUnavailable), StateSynced, "", 1},
		{"skip, it was not sent", CommandSkip, transient(activities.ErrorWeChatUnavailable), StateSkipped, "", 0},
		{"retry, it was refused", CommandRetry, parking(activities.ErrorWeChatRejected), StateNeedsAttention,
			activities.ErrorWeChatRejected, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.will("SendText", later(activities.ErrorWeChatUnavailable, 6*time.Minute), errLost)
			reply := s.reply("answer")
			s.advance(7 * time.Minute)
			s.requireState(reply, StateStuck, "")
			v := s.command(reply, tt.command, "ada")
			s.check(func() { require.Equal(t, 2, s.tenant.count("SendText"), "nothing beside the one under way") })
			s.endCut(reply, tt.result)
			s.advance(time.Minute)
			s.requireState(reply, tt.state, tt.reason)
			s.run()
			require.NoError(t, v.err)
			require.Equal(t, 2+tt.sent, s.tenant.count("SendText"))
		})
	}
}

// An amendment comes while another text is being sent, which C4C refuses or which times out: the new text is sent.
func TestAmendmentDuringACall(t *testing.T) {
	t.Parallel()
	for name, result := range map[string]error{
		"refused": parking(activities.ErrorC4CRejected), "not now": transient(activities.ErrorC4CUnavailable),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.follow()
			s.will("AddMessage", later(activities.ErrorC4CUnavailable, 6*time.Minute), errLost)
			message := s.say("too odd")
			s.advance(7 * time.Minute)
			s.amend(message, Amendment{Actor: "ada", Text: "fine"})
			s.check(func() { require.Equal(t, 2, s.tenant.count("AddMessage"), "nothing beside the one under way") })
			s.endCut(message, result)
			s.advance(time.Minute)
			s.run()
			require.Equal(t, [][]string{{"fine"}}, s.tenant.texts())
			s.requireSynced(message)
		})
	}
}

// The text to be replaced arrives while the amendment is on its way, together with texts of other replies: the
// follower reads each once, and the agent learns what the follower has read.
func TestAmendmentThatComesTooLate(t *testing.T) {
	t.Parallel()
	s, first, second, third := heldThree(t, scarce())
	s.will("SendText", later(activities.ErrorWeChatUnavailable, 6*time.Minute), errLost)
	s.click()
	s.advance(7 * time.Minute)
	s.requireState(first, StateStuck, activities.ErrorWeChatWindowClosed)
	v := s.amend(first, Amendment{Actor: "ada", Text: "another answer"})
	s.endCut(first, nil)
	s.check(func() { require.Contains(t, s.details(first), "`amend` came too late") })
	s.run()
	require.NoError(t, v.err)
	s.requireSynced(first, second, third)
	require.Equal(t, 3, s.tenant.count("SendText"), "the refused one, the one that was not sent, the one that arrived")
	require.Subset(t, s.noted(), []string{noteArrived("one"), noteArrived("two"), noteArrived("three")})
}

// endCut ends the running call of a sync whose attempt was interrupted. It ends as it would have otherwise, but is
// not repeated even if it might succeed later.
func (s *stage) endCut(id string, result error) {
	if result == nil || !retryMayHelp(result) {
		s.finish(id, nil, result)
		return
	}
	s.step(func() {
		s.tenant.lost, s.cut = nil, result
		s.signal(id, "noise", nil)
	})
}
