package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
)

// policyForDelaysAndFiles also looks for attachments.
func policyForDelaysAndFiles() Policy {
	policy := policyForDelays()
	policy.Voice.Files = true
	return policy
}

// C4C refuses to list the attachments of a reply whose text the follower has read.
func TestAgentIsNotToldOfATextThatHasArrived(t *testing.T) {
	t.Parallel()
	for name, refusals := range map[string][]error{
		"sent at once": nil, "held first": {parking(activities.ErrorWeChatWindowClosed)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, policyForDelaysAndFiles())
			s.will("SendText", refusals...)
			s.will("ReplyFiles", times(10, parking(activities.ErrorC4CNotAuthorized))...)
			reply := s.reply("one")
			s.click()
			s.advance(10 * time.Minute)
			s.requireState(reply, StateNeedsAttention, activities.ErrorC4CNotAuthorized)
			s.check(func() {
				require.Equal(t, []string{"one"}, s.tenant.received())
				want := []string{}
				if refusals != nil {
					want = []string{noteHeld("one", reasonClosed, nextUntold), noteArrived("one")}
				}
				require.Equal(t, want, s.noted())
			})
			s.run()
		})
	}
}

// C4C does not accept the note that a reply waits. The reply arrives in the meantime: the agent reads nothing
// outdated.
func TestNoteIsOvertaken(t *testing.T) {
	t.Parallel()
	for name, refusals := range map[string][]error{
		"it has parked":         {parking(activities.ErrorC4CRejected)},
		"it is tried again":     times(3, later(activities.ErrorC4CUnavailable, time.Minute)),
		"the cause is everyone": times(3, parking(activities.ErrorC4CNotAuthorized)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, policyForDelays())
			s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
			s.will("AddNote", refusals...)
			reply := s.reply("one")
			s.advance(10 * time.Second)
			s.click()
			s.advance(time.Hour)
			s.run()
			s.requireSynced(reply)
			require.Equal(t, []string{"one"}, s.tenant.received())
			require.Empty(t, s.noted())
			for _, aspect := range []string{"held", "arrived"} {
				id := NoteID(testAccount, testFollower, "reply/1/"+aspect)
				require.Equal(t, StateSkipped, s.state(id), id)
				require.Contains(t, s.closed, id)
			}
		})
	}
}

// The agent has read that the reply waits. The note that it is being retried is replaced by the one about its
// arrival.
func TestLastWordAnswersTheFirst(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed), parking(activities.ErrorWeChatRejected))
	s.will("AddNote", nil, parking(activities.ErrorC4CRejected))
	reply := s.reply("one")
	s.advance(10 * time.Second)
	s.click()
	s.advance(10 * time.Second)
	s.command(reply, CommandRetry, "ada")
	s.run()
	s.requireSynced(reply)
	require.Equal(t, []string{noteHeld("one", reasonClosed, nextUntold), noteArrived("one")}, s.noted())
}

// A blank reply waits behind another: the agent reads only one note about it.
func TestBlankReplyThatWaited(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	first, second := s.reply("one"), s.reply("<p> </p>")
	s.click()
	s.run()
	s.requireSynced(first, second)
	notes := s.noted()
	require.Contains(t, notes, agentReads(catalogue.NoteReplyEmpty))
	require.NotContains(t, notes, noteArrived(""))
}
