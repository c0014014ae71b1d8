package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

func TestMessageOfAnUnknownFollowerOnboardsFirst(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	message := s.say("hello")
	late := s.event(conversation.KindFollow)
	late.CreateTime -= 60
	s.inbound(late)
	s.run()
	require.Equal(t, []string{"EnsureProfile", "EnsureCustomer", "EnsureProfile", "AddMessage", "FindTicket", "SendText",
		"EnsureProfile"}, s.tenant.calls)
	require.Equal(t, []string{"EnsureProfile", "EnsureProfile"}, s.tenant.looked,
		"C4C may know the follower from another time")
	s.requireSynced(message)
}

func TestBurstIsTakenInTheOrderOfTheFollower(t *testing.T) {
	t.Parallel()
	at := dawn.Unix()
	for name, burst := range map[string][]conversation.Inbound{
		"by time, then by number": {
			message("4", "9", at+2), message("3", "100000000000000000000", at+1),
			message("2", "99999999999999999999", at+1), message("1", "1000000000000000000000", at),
		},
		"in order already": {
			message("1", "1", at), message("2", "2", at), message("3", "10", at), message("4", "11", at),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.inbound(burst...)
			s.run()
			require.Equal(t, [][]string{{"1", "2", "3", "4"}}, s.tenant.texts())
		})
	}
}

// Messages that arrive while one is under way are put in order behind it.
func TestWaitingMessagesAreTakenInOrder(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("AddMessage", times(8, transient(activities.ErrorC4CLocked))...)
	s.say("first")
	at := dawn.Unix()
	s.inbound(message("c", "3", at+9), message("b", "2", at+9))
	s.inbound(message("a", "1", at+9))
	s.advance(10 * time.Minute)
	s.run()
	require.Equal(t, [][]string{{"first", "a", "b", "c"}}, s.tenant.texts())
}

func TestRepeatsAreDropped(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	once := message("once", "7", dawn.Unix())
	s.inbound(once, once)
	s.inbound(once)
	s.check(func() { s.suggested = true })
	s.inbound(once)
	s.inbound(message("twice", "8", dawn.Unix()+1))
	s.inbound(once)
	s.run()
	require.Equal(t, 2, s.runs[testConversation])
	require.Equal(t, [][]string{{"once", "twice"}}, s.tenant.texts())
}

// If a conversation has lost its memory, the ids of the syncs prevent repeats.
func TestRepeatUnknownToTheConversation(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	first := s.event(conversation.KindMessage)
	first.MsgID, first.Text = "7", "once"
	s.inbound(first)
	first.Key = "forgotten"
	s.inbound(first)
	s.say("twice")
	s.run()
	require.Equal(t, [][]string{{"once", "twice"}}, s.tenant.texts())
}

func TestRetryingMessageHoldsTheNextOnes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.will("AddMessage", times(4, transient(activities.ErrorC4CLocked))...) // 15 s of backoff
	s.say("one")
	second := s.say("two")
	s.check(func() { require.Empty(t, s.tenant.texts()); require.Empty(t, s.state(second), "not started") })
	s.advance(time.Minute)
	s.run()
	require.Equal(t, [][]string{{"one", "two"}}, s.tenant.texts())
}

func TestParkedMessageLetsTheNextOnesPass(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	parked := s.say("one")
	passing := s.say("two")
	s.requireState(parked, StateNeedsAttention, activities.ErrorC4CRejected)
	s.command(parked, CommandRetry, "ada")
	s.run()
	require.Equal(t, [][]string{{"two", "one"}}, s.tenant.texts(), "it joins the thread that exists by then")
	s.requireSynced(parked, passing)
	require.Equal(t, []string{number("1")}, s.tenant.received())
}

func TestRetriedMessageWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	parked := s.say("one")
	s.will("AddMessage", times(4, transient(activities.ErrorC4CLocked))...)
	s.say("two")
	s.command(parked, CommandRetry, "ada")
	s.say("three")
	s.check(func() {
		require.Empty(t, s.tenant.texts(), "two is still retrying")
		require.Equal(t, StateSyncing, s.state(parked))
	})
	s.advance(time.Minute)
	s.run()
	require.Equal(t, [][]string{{"two", "one", "three"}}, s.tenant.texts())
	s.requireSynced(parked)
}

func TestSyncThatIsGoneKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	parked := s.say("one")
	s.will("AddMessage", times(4, transient(activities.ErrorC4CLocked))...)
	s.say("two")
	s.command(parked, CommandRetry, "ada")                  // waits behind two
	s.step(func() { s.env.CancelWorkflowByID(parked, "") }) // and ends there
	last := s.say("three")
	s.advance(time.Minute)
	s.run()
	require.Equal(t, [][]string{{"two", "three"}}, s.tenant.texts())
	require.Error(t, s.closed[parked])
	s.requireSynced(last)
}

func TestParkedMessageShowsTheTicketItBelongsTo(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say("one")
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	unwritten := s.say("two")
	s.requireState(unwritten, StateNeedsAttention, activities.ErrorC4CRejected)
	s.check(func() { require.Equal(t, "1", s.attribute(unwritten, AttributeTicketID)) })
	s.run()
}

// On a busy system, the sync that was retried first may report last.
func TestParkedMessagesGoOnInTheOrderTheyWereWritten(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say("zero")
	s.will("AddMessage", times(2, parking(activities.ErrorC4CRejected))...)
	first, second := s.say("one"), s.say("two")
	s.command(second, CommandRetry, "ada")
	s.advance(5 * time.Second)
	s.command(first, CommandRetry, "ada")
	s.say("three")
	s.run()
	require.Equal(t, [][]string{{"zero", "one", "two", "three"}}, s.tenant.texts())
	s.requireSynced(first, second)
}

func TestParkedMessageIsWaitedForOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say("zero")
	s.will("AddMessage", times(3, parking(activities.ErrorC4CRejected))...)
	first, second, third := s.say("one"), s.say("two"), s.say("three")
	s.command(second, CommandRetry, "ada")
	s.advance(10 * time.Second)
	s.requireState(second, StateSynced, "")
	s.command(third, CommandRetry, "ada")
	s.advance(time.Second)
	s.requireState(third, StateSynced, "")
	s.requireState(first, StateNeedsAttention, activities.ErrorC4CRejected)
	s.command(first, CommandRetry, "ada")
	s.run()
	require.Equal(t, [][]string{{"zero", "two", "three", "one"}}, s.tenant.texts())
}

// A turn that a parked sync did not ask for must not leave the lane waiting.
func TestParkedSyncAnswersATurn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	parked := s.say("one")
	s.step(func() {
		s.signal(testConversation, SignalReport, conversation.Report{WorkflowID: parked, Lane: conversation.LaneMessages,
			Kind: conversation.ReportTurn})
	})
	s.advance(time.Second)
	s.say("two")
	s.check(func() { require.Equal(t, [][]string{{"two"}}, s.tenant.texts()) })
	s.requireState(parked, StateNeedsAttention, activities.ErrorC4CRejected)
	s.run()
}

func TestConversationView(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed), parking(activities.ErrorWeChatWindowClosed))
	s.say("one")
	held := s.reply("answer")
	s.will("AddMessage", times(4, transient(activities.ErrorC4CLocked))...)
	s.say("two")
	s.say("three")
	s.check(func() {
		value, err := s.env.QueryWorkflowByID(testConversation, QueryState)
		require.NoError(t, err)
		var view conversation.View
		require.NoError(t, value.Get(&view))
		require.Equal(t, "1", view.Known.Thread.TicketID)
		require.Equal(t, 1, view.WaitingMessages)
		_ = held
	})
	s.run()
}
