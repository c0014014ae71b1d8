package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

func TestRetryingForLongIsStuck(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.follow()
	s.will("AddMessage", times(6, later(activities.ErrorC4CUnavailable, time.Minute))...)
	message := s.say("hello")
	s.advance(4 * time.Minute)
	s.requireState(message, StateSyncing, "")
	s.advance(time.Minute)
	s.requireState(message, StateStuck, "")
	s.advance(time.Minute)
	s.run()
	s.requireSynced(message)
}

func TestStuckAfterIsASetting(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		after time.Duration
		state string
	}{
		{20 * time.Second, StateStuck},
		{2 * time.Minute, StateSyncing},
	} {
		t.Run(tt.after.String(), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.under.StuckAfter = tt.after
			s.follow()
			s.will("AddMessage", later(activities.ErrorC4CUnavailable, time.Minute))
			message := s.say("hello")
			s.advance(30 * time.Second)
			s.requireState(message, tt.state, "")
			s.advance(2 * time.Minute)
			s.run()
			s.requireSynced(message)
		})
	}
}

func TestPermanentErrorParks(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	message := s.say("hello")
	s.advance(48 * time.Hour)
	s.requireState(message, StateNeedsAttention, activities.ErrorC4CRejected)
	s.run()
	require.NotContains(t, s.closed, message)
	require.Equal(t, 1, s.tenant.count("AddMessage"))
}

func TestCommandsAreRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("AddMessage", times(4, transient(activities.ErrorC4CLocked))...)
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	message := s.say("hello")
	early := s.command(message, CommandRetry, "ada")
	s.advance(time.Minute)
	accepted := s.command(message, CommandRetry, "ada")
	s.advance(time.Minute)
	late := s.command(message, CommandRetry, "ada")
	s.run()
	require.ErrorContains(t, early.err, "this sync is syncing")
	require.True(t, accepted.accepted)
	require.NoError(t, accepted.err)
	require.ErrorContains(t, late.err, "already completed")
	require.False(t, early.accepted)
	s.requireSynced(message)
}

// Temporal UI sends a command without an input at the first press.
func TestCommandsNeedNoInput(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{CommandRetry: StateSynced, CommandSkip: StateSkipped} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.will("AddMessage", parking(activities.ErrorC4CRejected))
			message := s.say("hello")
			var said verdict
			s.step(func() { s.updateNow(&said, message, name) })
			s.advance(time.Minute)
			s.run()
			require.NoError(t, said.err)
			require.True(t, said.accepted)
			require.Equal(t, want, s.state(message))
		})
	}
}

// An operator who opens one of a thousand rows under one cause reads first that this is not the row to act on.
func TestDetailsUnderACauseSayWhereToAct(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("AddMessage", parking(activities.ErrorC4CCredentials))
	message := s.say("hello")
	s.requireState(message, StateNeedsAttention, activities.ErrorC4CCredentials)
	s.check(func() {
		require.Contains(t, s.details(message), "State: **needs_attention**\n\n**Nothing to do here.** `resume/"+testAccount+
			"/C4CCredentials` waits")
	})
	s.run()
}

func TestRetryTwiceRunsOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("AddMessage", parking(activities.ErrorC4CRejected), parking(activities.ErrorC4CRejected))
	message := s.say("hello")
	var first, second verdict
	s.step(func() {
		s.commandNow(&first, message, CommandRetry, "ada")
		s.commandNow(&second, message, CommandRetry, "grace")
	})
	s.advance(time.Minute)
	s.requireState(message, StateNeedsAttention, activities.ErrorC4CRejected)
	s.run()
	require.True(t, first.accepted)
	require.Error(t, second.err)
	require.Equal(t, 2, s.tenant.count("AddMessage"))
}

func TestSkipGivesUp(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	message := s.say("hello")
	s.command(message, CommandSkip, "ada")
	s.run()
	require.Contains(t, s.closed, message)
	require.NoError(t, s.closed[message])
	require.Equal(t, StateSkipped, s.state(message))
	require.Equal(t, activities.ErrorC4CRejected, s.reason(message), "the reason stays to be found")
	require.Empty(t, s.tenant.texts())
}

// Batches use signals with the same names.
func TestCommandsBySignal(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.will("AddMessage", parking(activities.ErrorC4CRejected), parking(activities.ErrorC4CRejected))
	retried, skipped := s.say("one"), s.say("two")
	s.step(func() {
		s.signal(retried, CommandRetry, Command{})
		s.signal(skipped, CommandSkip, Command{})
	})
	s.check(func() { require.Equal(t, 2, s.tenant.count("AddMessage"), "nobody said who it was") })
	s.step(func() {
		s.signal(retried, CommandRetry, Command{Actor: "ada"})
		s.signal(retried, CommandRetry, Command{Actor: "ada"})
		s.signal(skipped, CommandSkip, Command{Actor: "ada"})
	})
	s.run()
	s.requireSynced(retried)
	require.Equal(t, StateSkipped, s.state(skipped))
	require.Equal(t, [][]string{{"one"}}, s.tenant.texts())
}

func TestRetryWithoutAConversation(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	id := conversation.TicketSyncID(testAccount, testFollower, "7")
	s.tenant.will("AddMessage", parking(activities.ErrorC4CRejected))
	s.env.OnSignalExternalWorkflow("default-test-namespace", testConversation, "", SignalReport,
		anything).Return(errNobody)
	s.start(id, TypeCreateTicket,
		CreateTicketInput{SyncInput: testSync,
			TicketAsk: conversation.TicketAsk{Message: message("hello", "7", dawn.Unix())}})
	s.command(id, CommandRetry, "ada")
	s.run()
	s.requireSynced(id)
	require.Equal(t, [][]string{{"hello"}}, s.tenant.texts())
}

func TestCancelledSyncIsSkipped(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]error{
		"while it retries": later(activities.ErrorC4CUnavailable, time.Hour),
		"while it parks":   parking(activities.ErrorC4CRejected),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			id := conversation.TicketSyncID(testAccount, testFollower, "7")
			s.tenant.will("AddMessage", answer)
			s.converse()
			s.start(id, TypeCreateTicket,
				CreateTicketInput{SyncInput: testSync,
					TicketAsk: conversation.TicketAsk{Message: message("hello", "7", dawn.Unix())}})
			s.step(func() { s.env.CancelWorkflowByID(id, "") })
			s.run()
			require.True(t, temporal.IsCanceledError(s.closed[id]), s.closed[id])
			require.Equal(t, StateSkipped, s.state(id))
			require.Empty(t, s.tenant.texts())
		})
	}
}

func TestFailureDetails(t *testing.T) {
	t.Parallel()
	failure := failureOf(parking(activities.ErrorC4CRejected))
	require.Equal(t, activities.ErrorC4CRejected, failure.Type)
	require.Equal(t, "ref-1", failure.Reference)
	text := failure.markdown(wording.English, false)
	require.Contains(t, text, "**C4CRejected**")
	require.Contains(t, text, "`42`")
	require.Contains(t, text, "`ref-1`")
	require.Equal(t, activities.ErrorInternal, failureOf(errNobody).Type)
}
