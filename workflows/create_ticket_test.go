package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
)

func TestFirstMessageOpensATicket(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.will("FindTicket", times(3, transient(activities.ErrorC4CTicketPending))...)
	message := s.say("my brakes squeal")
	s.advance(time.Minute)
	s.check(func() {
		require.Equal(t, [][]string{{"my brakes squeal"}}, s.tenant.texts())
		require.Equal(t, 4, s.tenant.count("FindTicket"))
		require.Equal(t, []string{number("1")}, s.tenant.received())
	})
	next := s.say("at low speed")
	s.run()
	require.Equal(t, [][]string{{"my brakes squeal", "at low speed"}}, s.tenant.texts())
	require.Len(t, s.tenant.received(), 1, "the number is told once")
	require.Equal(t, "AddMessage, if open", s.tenant.calls[len(s.tenant.calls)-1], "one activity for a following message")
	s.requireSynced(message, next)
	require.Equal(t, "1", s.attribute(next, AttributeTicketID))
	require.Equal(t, "1", s.attribute(testConversation, AttributeTicketID))
}

func TestNumberThatIsRefused(t *testing.T) {
	t.Parallel()
	told := number("1")
	untold, unsure := noteAutomatic(told), agentReads(catalogue.NoteAutomaticUnsure, catalogue.Words(told))
	for name, tt := range map[string]struct {
		answers []error
		told    []string
		notes   []string
	}{
		"by the policy":         {nil, nil, nil},
		"the window":            {[]error{parking(activities.ErrorWeChatWindowClosed)}, []string{number("1")}, nil},
		"the window is used up": {[]error{parking(activities.ErrorWeChatWindowUsedUp)}, []string{number("1")}, nil},
		"WeChat is away":        {times(9, transient(activities.ErrorWeChatUnavailable)), []string{number("1")}, nil},
		"WeChat is away too long": {[]error{later(activities.ErrorWeChatUnavailable, time.Minute),
			later(activities.ErrorWeChatUnavailable, time.Hour)}, nil, []string{untold}},
		"for its words": {times(2, parking(activities.ErrorWeChatRejected)), nil, []string{untold}},
		"nobody knows": {[]error{parking(activities.ErrorWeChatOutcomeUnknown)}, nil,
			[]string{unsure}},
		"nobody knows of the second try": {[]error{parking(activities.ErrorWeChatWindowUsedUp),
			parking(activities.ErrorWeChatOutcomeUnknown)}, nil, []string{unsure}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := toldNumbers()
			policy.TellNumber = name != "by the policy"
			s := newStageWith(t, policy)
			s.will("SendText", tt.answers...)
			message := s.say("hello")
			s.advance(10 * time.Minute)
			s.say("still there?")
			s.advance(25 * time.Hour)
			s.run()
			require.Equal(t, tt.told, s.tenant.received())
			require.Equal(t, tt.notes, s.tenant.notes)
			s.requireSynced(message)
		})
	}
}

// An account that may not send messages leaves one note, whatever the number of tickets.
func TestAccountThatMayNotTellNumbers(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, toldNumbers())
	s.will("SendText", times(6, parking(activities.ErrorWeChatNotPermitted))...)
	for _, ticket := range []string{"1", "2", "3"} {
		s.say("hello")
		s.advance(10 * time.Minute)
		s.step(func() { s.suggested = true; s.tenant.complete(ticket) })
	}
	s.run()
	require.Empty(t, s.tenant.received())
	require.Equal(t, []string{agentReads(catalogue.NoteNumberBarred)}, s.tenant.notes)
}

func TestMessageAfterCompletionOpensANewTicket(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say("one")
	s.check(func() { s.tenant.complete("1") })
	second := s.say("two")
	s.say("three")
	s.run()
	require.Equal(t, [][]string{{"one"}, {"two", "three"}}, s.tenant.texts())
	require.Equal(t, []string{number("1"), number("2")}, s.tenant.received())
	require.Equal(t, "2", s.attribute(second, AttributeTicketID))
}

// The agent completes the ticket after it was read and before the message joins it.
func TestTicketCompletedInBetween(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say("one")
	s.will("AddMessage", parking(activities.ErrorC4CReadOnly))
	second := s.say("two")
	s.say("three")
	s.run()
	require.Equal(t, [][]string{{"one"}, {"two", "three"}}, s.tenant.texts())
	s.requireSynced(second)
}

func TestMessageGoesOnWithoutTheCustomer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("EnsureProfile", parking(activities.ErrorC4CFault))
	onboarding := s.follow()
	message := s.say("hello")
	s.requireState(onboarding, StateNeedsAttention, activities.ErrorC4CFault)
	s.command(onboarding, CommandRetry, "ada")
	again := s.follow()
	s.run()
	require.Equal(t, [][]string{{"hello"}}, s.tenant.texts())
	require.Equal(t, []string{"P1-C1"}, s.tenant.bound)
	s.requireSynced(onboarding, message, again)
	require.Equal(t, 3, s.tenant.count("EnsureProfile"),
		"the retried onboarding knows what the message found, the next one makes sure")
}

func TestLateMessageDoesNotMoveTheConversationBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("FindTicket", parking(activities.ErrorC4CFault))
	late := s.say("one") // opens ticket 1 and parks before it knows
	s.say("two")
	s.check(func() { s.tenant.complete("1") })
	s.say("three") // opens ticket 2
	s.command(late, CommandRetry, "ada")
	s.say("four")
	s.run()
	require.Equal(t, [][]string{{"one", "two"}, {"three", "four"}}, s.tenant.texts())
	require.Equal(t, "1", s.attribute(late, AttributeTicketID))
	require.Equal(t, "2", s.attribute(testConversation, AttributeTicketID))
}

func TestRetriedMessageLearnsItsTicketFromTheConversation(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("FindTicket", parking(activities.ErrorC4CFault))
	late := s.say("one")
	s.say("two")
	s.command(late, CommandRetry, "ada")
	s.run()
	require.Equal(t, 2, s.tenant.count("FindTicket"), "the second message has found the ticket of both")
	require.Equal(t, [][]string{{"one", "two"}}, s.tenant.texts())
	s.requireSynced(late)
}
