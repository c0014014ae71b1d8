package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// together sends reports of a sync that reach the conversation in one workflow task.
func (s *stage) together(reports ...conversation.Report) {
	s.step(func() {
		s.direct(func(ctx workflow.Context) {
			for _, r := range reports {
				workflow.SignalExternalWorkflow(ctx, testConversation, "", SignalReport, r)
			}
		})
	})
}

// A sync parks and is retried at once: the conversation learns of both in one task. The turn that it asked for is
// granted.
func TestParkedAndTurnInOneTask(t *testing.T) {
	t.Parallel()
	for name, everything := range map[string]bool{"one sync": false, "a cause that hits all": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.follow()
			// The sync itself stays silent: the test reports for it.
			s.env.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
				var turn conversation.Turn
				workflow.GetSignalChannel(ctx, SignalTurn).Receive(ctx, &turn)
				return temporal.NewNonRetryableApplicationError("it has its turn", "Turn", nil)
			}, workflow.RegisterOptions{Name: "silent"})
			first := message("one", "1", dawn.Unix()+1)
			id := conversation.TicketSyncID(testAccount, testFollower, "1")
			s.start(id, "silent", nil)
			s.inbound(first)
			parked := conversation.Report{
				WorkflowID: id, Lane: conversation.LaneMessages, Kind: conversation.ReportParked, Everything: everything,
				Order:   conversation.Order{At: first.CreateTime, ID: "1"},
				Outcome: conversation.Outcome{Failure: activities.ErrorC4CRejected},
			}
			turn := parked
			turn.Kind, turn.Ask, turn.Everything, turn.Failure = conversation.ReportTurn, 1, false, ""
			s.together(parked, turn)
			s.advance(time.Second)
			s.check(func() { require.Contains(t, s.closed, id, "it was given its turn") })
			next := s.say("two") // waits until the conversation has asked for the first one's outcome
			s.advance(10 * time.Minute)
			s.run()
			s.requireSynced(next)
		})
	}
}

// A sync that a batch retries at the moment when it parks continues.
func TestRetryAtTheMomentOfParking(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("AddMessage", later(activities.ErrorC4CLocked, 10*time.Second), parking(activities.ErrorC4CRejected))
	id := s.say("one")
	s.advance(9 * time.Second)
	for range 20 { // one of these meets the moment
		s.clock -= time.Second
		s.clock += 100 * time.Millisecond
		s.step(func() { _ = s.env.SignalWorkflowByID(id, CommandRetry, Command{Actor: "batch"}) })
	}
	s.advance(10 * time.Second)
	s.run()
	s.requireSynced(id)
	require.Equal(t, [][]string{{"one"}}, s.tenant.texts())
}

// A sync waits for its turn, and its conversation is terminated: another one does not know it, or there is none.
func TestConversationIsGoneBeforeTheTurn(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"there is none": false, "there is another": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.mortal[testConversation] = true
			s.will("AddMessage", parking(activities.ErrorC4CRejected), later(activities.ErrorC4CLocked, 20*time.Second))
			parked, slow := s.say("one"), s.say("two")
			s.command(parked, CommandRetry, "ada")
			s.requireState(parked, StateSyncing, activities.ErrorC4CRejected)
			s.check(func() { require.Empty(t, s.tenant.texts(), "it waits behind the other") })
			s.terminate(testConversation)
			if again {
				s.talking = false
				s.click()
			}
			s.advance(10 * time.Minute)
			s.run()
			s.requireSynced(parked, slow)
			require.ElementsMatch(t, []string{"one", "two"}, flat(s.tenant.texts()))
			require.Equal(t, again, s.runs[testConversation] == 2)
		})
	}
}

// The answer to the request for a turn is lost with a conversation that was reset: the sync asks again.
func TestLostTurnIsAskedForAgain(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	parked := s.say("one")
	s.step(func() { s.deaf = true })
	s.command(parked, CommandRetry, "ada")
	s.step(func() { s.deaf = false })
	s.advance(4 * time.Minute)
	s.requireState(parked, StateSyncing, activities.ErrorC4CRejected)
	s.advance(2 * time.Minute)
	s.run()
	s.requireSynced(parked)
}

func flat(texts [][]string) (all []string) {
	for _, thread := range texts {
		all = append(all, thread...)
	}
	return all
}
