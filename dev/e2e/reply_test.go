package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// withTicket follows, writes and waits until the ticket exists and its number has been sent.
func (s *scene) withTicket(openid string) ticket {
	s.t.Helper()
	s.follow(openid)
	s.say(openid, "my brakes squeal")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)
	return s.waitForThread("my brakes squeal")
}

// closeWindow lets more time pass at WeChat than a follower's message allows replies.
func (s *scene) closeWindow() {
	s.t.Helper()
	s.wechat.post("/clock", map[string]any{"advance": "49h"}, nil)
}

// answers returns the agent's texts that the follower received, without the ticket's number, which the connector itself
// sends.
func (s *scene) answers(openid string, ticket ticket) []string {
	s.t.Helper()
	texts := []string{}
	for _, text := range s.read(openid, "customer_service") {
		if !strings.Contains(text, ticket.ID) {
			texts = append(texts, text)
		}
	}
	return texts
}

func TestAnswerReachesThePhone(t *testing.T) {
	t.Parallel()
	social(t, func(t *testing.T, kind option) {
		t.Helper()
		s := newStack(t, kind, recording("reply"))
		ticket := s.withTicket("oAlice")
		out := s.agentReplies(ticket.ID, "Please come by at 10:00. 谢谢！", nil)
		require.Equal(t, 200, out.Status, out.Body)
		s.waitForRead("oAlice", "Please come by at 10:00. 谢谢！")
		row := s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)[0]
		require.Equal(t, "reply/default/"+out.SMAID, row.GetExecution().GetWorkflowId())
		require.Empty(t, s.workflows(`WorkflowType = "RouteReply"`), "the message id carries the way back")
	})
}

func TestAnswersKeepTheirOrderAndAreSplit(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	long := strings.Repeat("刹车片已经磨损，建议更换。", 100) // 3,900 bytes
	s.agentReplies(ticket.ID, "first", nil)
	s.agentReplies(ticket.ID, long, nil)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 2)
	got := s.answers("oAlice", ticket)
	require.Equal(t, "first", got[0])
	require.Len(t, got, 3)
	for _, part := range got {
		require.LessOrEqual(t, len(part), 2000)
	}
	require.Equal(t, long, strings.Join(got[1:], ""))
}

func TestPrivateNoteStaysAtTheDesk(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	out := s.agentReplies(ticket.ID, "customer is difficult", map[string]any{"private": true})
	require.Equal(t, 200, out.Status, out.Body)
	s.agentReplies(ticket.ID, "we call you", nil)
	s.waitForRead("oAlice", "we call you")
	require.Equal(t, []string{"we call you"}, s.answers("oAlice", ticket))
	require.Len(t, s.workflows(`WorkflowType = "DeliverReply"`), 1)
}

func TestClosedWindowHoldsAnswersUntilTheFollowerWrites(t *testing.T) {
	t.Parallel()
	s := newStack(t, recording("held"))
	ticket := s.withTicket("oAlice")
	s.closeWindow()
	for _, text := range []string{"one", "two", "three"} {
		s.agentReplies(ticket.ID, text, nil)
	}
	s.waitForState(workflows.TypeDeliverReply, workflows.StateHeld, 3)
	require.Empty(t, s.answers("oAlice", ticket))

	s.say("oAlice", "hello?")
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 3)
	require.Equal(t, []string{"one", "two", "three"}, s.answers("oAlice", ticket))
	s.waitForThread("my brakes squeal", "hello?")
}

func TestUsedUpWindowHoldsAnswers(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ticket := s.withTicket("oAlice")
	// A message allows five replies; the number of the ticket was one, and the follow allowed three more.
	sent := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"}
	isHeld := func() bool { return len(s.workflows(`WorkflowType = "DeliverReply" AND SyncState = "held"`)) > 0 }
	for _, text := range sent {
		s.agentReplies(ticket.ID, text, nil)
		s.waitFor(text+" on the phone, or held", func() bool {
			return slices.Contains(s.answers("oAlice", ticket), text) || isHeld()
		})
	}
	require.True(t, isHeld())
	s.say("oAlice", "go on")
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, len(sent))
	require.Equal(t, strings.Join(sent, "\n\n"), strings.Join(s.answers("oAlice", ticket), "\n\n"))
}

func TestAnswerWithoutOriginalIDFindsItsWay(t *testing.T) {
	t.Parallel()
	s := newStack(t, recording("route"))
	ticket := s.withTicket("oAlice")
	s.agentReplies(ticket.ID, "found you", map[string]any{"empty_original_id": true})
	s.waitForRead("oAlice", "found you")
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)
	require.Len(t, s.workflows(`WorkflowType = "RouteReply"`), 1)
}

func TestAnswerPushedTwiceArrivesOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		empty bool
	}{{"with original_id", false}, {"without", true}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			ticket := s.withTicket("oAlice")
			out := s.agentReplies(ticket.ID, "only once", map[string]any{"repeat": 3, "empty_original_id": test.empty})
			require.Equal(t, 200, out.Status, out.Body)
			s.waitForRead("oAlice", "only once")
			s.agentReplies(ticket.ID, "the end", nil)
			s.waitForRead("oAlice", "the end")
			require.Equal(t, []string{"only once", "the end"}, s.answers("oAlice", ticket))
			require.Len(t, s.workflows(`WorkflowType = "DeliverReply"`), 2)
		})
	}
}
