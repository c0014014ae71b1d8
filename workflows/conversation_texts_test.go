package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// telling is a stage whose conversation has automatic texts waiting from the first moment.
func telling(t *testing.T, policy Policy, texts ...string) *stage {
	t.Helper()
	s := newStageWith(t, policy)
	s.initial = &conversation.State{Who: conversation.Identity(testSync)}
	for _, text := range texts {
		s.initial.Step(dawn, policy.Policy, conversation.Reply{SmaID: text, TicketID: "1", Text: text, Automatic: true})
	}
	return s
}

// toldID is the workflow id of the delivery of an automatic text.
func toldID(key string) string {
	return conversation.ReplyID(testAccount, "auto/"+testFollower+"/"+key)
}

// noteAutomatic is the note about an automatic text that was not sent.
func noteAutomatic(words string) string {
	return agentReads(catalogue.NoteAutomatic, catalogue.Words(words))
}

// windowedQuiet sends no ticket numbers.
func windowedQuiet() Policy {
	policy := windowed()
	policy.TellNumber = false
	return policy
}

func TestAutomaticTextsGoWhenSpared(t *testing.T) {
	t.Parallel()
	s := telling(t, windowedQuiet(), "one", "two", "three", "four", "one", "five")
	s.say("hello")
	s.requireLeft(1)
	s.check(func() { require.Equal(t, []string{"one", "two", "three", "four"}, s.tenant.received()) })
	s.reply("the agent's")
	s.requireLeft(0)
	s.say("thanks")
	s.run()
	require.Equal(t, []string{"one", "two", "three", "four", "the agent's", "five"}, s.tenant.received())
	s.requireSynced(toldID("one"), toldID("five"))
}

func TestAgentReadsOfAutomaticTextsThatFindNoRoom(t *testing.T) {
	t.Parallel()
	policy := windowedQuiet()
	policy.Window.AutomaticLife = 10 * time.Minute
	s := telling(t, policy, "old", "young")
	s.initial.Automatic[1].At += 60
	s.advance(10 * time.Minute)
	s.say("hello")
	s.run()
	require.Equal(t, []string{"young"}, s.tenant.received())
	require.Zero(t, s.runs[toldID("old")])
	require.Equal(t, []string{noteAutomatic("old")}, s.tenant.notes)
}

// A ticket is completed while the window allows no message: the agent reads which text and question were not sent.
func TestAgentReadsOfAStatusThatIsNotTold(t *testing.T) {
	t.Parallel()
	for name, texts := range map[string]string{noteAutomatic("1 resolved"): "{ticket} resolved",
		noteAutomatic(said(catalogue.SurveyQuestion, catalogue.Ticket("1"))): ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := windowedQuiet()
			policy.Window.AutomaticLife = time.Hour
			policy.Tickets = conversation.TicketPolicy{Survey: true, Events: conversation.EventsOn}
			if texts != "" {
				policy.Tickets.StatusTexts = conversation.NewStatusTexts(map[string]string{"5": texts})
			}
			s := newStageWith(t, policy)
			s.say("hello")
			s.advance(49 * time.Hour)
			s.status("1", "5")
			s.advance(2 * time.Hour)
			s.run()
			require.Equal(t, []string{name}, s.tenant.notes)
			require.Empty(t, s.tenant.received())
		})
	}
}

func TestAutomaticTextsWaitForAnswers(t *testing.T) {
	t.Parallel()
	s := telling(t, windowedQuiet(), "automatic")
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	s.reply("one")
	s.reply("two")
	s.click()
	s.run()
	require.Equal(t, []string{"one", "two"}, s.tenant.received(), "a click allows three, and the last is the agent's")
}

func TestRefusedAutomaticTextEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		answer     error
		left       int
		notes      []string
	}{
		{"window closed", activities.ErrorWeChatWindowClosed, parking(activities.ErrorWeChatWindowClosed), 0, nil},
		{"window used up", activities.ErrorWeChatWindowUsedUp, parking(activities.ErrorWeChatWindowUsedUp), 0, nil},
		{"rejected", activities.ErrorWeChatRejected, parking(activities.ErrorWeChatRejected), 5,
			[]string{noteAutomatic("automatic")}},
		{"unknown", activities.ErrorWeChatOutcomeUnknown, parking(activities.ErrorWeChatOutcomeUnknown), 4,
			[]string{agentReads(catalogue.NoteAutomaticUnsure, catalogue.Words("automatic"))}},
		{"unreachable for too long", activities.ErrorWeChatQuotaExhausted,
			later(activities.ErrorWeChatQuotaExhausted, time.Hour), 5, []string{noteAutomatic("automatic")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := telling(t, windowedQuiet(), "automatic")
			s.will("SendText", tt.answer)
			s.say("hello")
			s.advance(6 * time.Minute)
			s.requireLeft(tt.left)
			reply := s.reply("answer")
			s.run()
			require.Equal(t, []string{"answer"}, s.tenant.received(), "nothing is held")
			require.Equal(t, StateSkipped, s.state(toldID("automatic")))
			require.Equal(t, tt.want, s.reason(toldID("automatic")))
			require.NoError(t, s.closed[toldID("automatic")])
			require.Equal(t, tt.notes, s.tenant.notes)
			s.requireSynced(reply)
		})
	}
}

// People of the account may have answered in WeChat's own customer-service client. WeChat then allows less than our
// ledger says. The text waits like any other.
func TestAutomaticTextWaitsWhereTheLedgerIsWrong(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{activities.ErrorWeChatWindowClosed, activities.ErrorWeChatWindowUsedUp} {
		t.Run(refusal, func(t *testing.T) {
			t.Parallel()
			s := telling(t, windowedQuiet(), "automatic")
			s.will("SendText", times(2, parking(refusal))...)
			s.say("hello")
			s.advance(10 * time.Minute)
			s.say("anybody there?") // refused again
			s.advance(10 * time.Minute)
			s.say("thanks")
			s.run()
			require.Equal(t, []string{"automatic"}, s.tenant.received())
			require.Equal(t, StateSkipped, s.state(toldID("automatic")))
			require.Equal(t, StateSkipped, s.state(toldID("automatic/1")))
			s.requireSynced(toldID("automatic/2"))
		})
	}
}

func TestRefusedAutomaticTextHasItsTime(t *testing.T) {
	t.Parallel()
	s := telling(t, windowedQuiet(), "automatic")
	s.will("SendText", parking(activities.ErrorWeChatWindowUsedUp))
	s.say("hello")
	s.advance(24 * time.Hour)
	s.say("thanks")
	s.run()
	require.Empty(t, s.tenant.received())
	require.Equal(t, []string{noteAutomatic("automatic")}, s.tenant.notes)
}

func TestNobodyIsToldWhoLeft(t *testing.T) {
	t.Parallel()
	s := telling(t, windowedQuiet(), "automatic")
	left, follow := s.event(conversation.KindUnfollow), s.event(conversation.KindFollow)
	follow.CreateTime = left.CreateTime - 1
	s.inbound(follow, left)
	s.run()
	require.Zero(t, s.runs[toldID("automatic")])
}
