package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// calls returns the requests to C4C after the first n, without fetches of CSRF tokens.
func (s *scene) calls(n int) []string {
	s.t.Helper()
	var names []string
	for _, r := range s.c4c.requests()[n:] {
		if r.Operation != "" {
			names = append(names, r.Operation)
		} else {
			names = append(names, r.Method+" "+r.Path)
		}
	}
	return names
}

// texts returns the follower's lines by ticket, in the order of the tickets.
func (s *scene) texts() [][]string {
	s.t.Helper()
	texts := [][]string{}
	for _, t := range s.tickets() {
		texts = append(texts, t.texts("follower"))
	}
	return texts
}

// TestCallsForAFollowingMessage counts two calls if the connector must ask C4C whether the ticket is open, and one if
// C4C sends events.
func TestCallsForAFollowingMessage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		events string
		told   bool
		want   int
	}{{"without events", "false", false, 2}, {"events configured", "true", false, 1},
		{"an event has come", "auto", true, 1}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			social(t, func(t *testing.T, kind option) {
				t.Helper()
				s := newStack(t, kind, withSettings(func(c *config.Config) { c.C4C.Events = test.events }))
				ticket := s.withTicket("oAlice")
				if test.told {
					s.setStatus(ticket.ID, "YJ")
					s.waitFor("the conversation to know", func() bool { return s.conversation().Tickets[0].UserStatus == "YJ" })
				}
				s.waitForState(workflows.TypeTicketChanged, workflows.StateSyncing, 0)
				before := len(s.c4c.requests())
				s.say("oAlice", "second")
				s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
				require.Len(t, s.calls(before), test.want, "%q", s.calls(before))
				require.Equal(t, [][]string{{"my brakes squeal", "second"}}, s.texts())
			})
		})
	}
}

// A ticket is completed and C4C's event is lost, but the next message is not.
func TestLostEventCostsNoMessage(t *testing.T) {
	t.Parallel()
	s := newStack(t, notifying("off"), withSettings(func(c *config.Config) { c.C4C.Events = "true" }))
	ticket := s.withTicket("oAlice")
	s.setStatus(ticket.ID, "5")
	s.say("oAlice", "still squeals")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
	require.Equal(t, [][]string{{"my brakes squeal"}, {"still squeals"}}, s.texts())
}

func TestCompletedTicketIsSetBackToWork(t *testing.T) {
	t.Parallel()
	s := newStack(t, withSettings(func(c *config.Config) { c.Tickets.Reuse = "recent" }))
	ticket := s.withTicket("oAlice")
	s.setStatus(ticket.ID, "5")
	s.say("oAlice", "still squeals")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
	got := s.waitForThread("my brakes squeal", "still squeals")
	require.Equal(t, "1", got.Status)
}

// Two tickets of one follower are open at once: naming the number, or an agent's answer, switches between them.
func TestTwoTicketsAreKeptApart(t *testing.T) {
	t.Parallel()
	s := newStack(t, recording("two"))
	first := s.withTicket("oAlice")
	s.setStatus(first.ID, "6")
	s.say("oAlice", "another matter")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
	s.setStatus(first.ID, "1")
	second := s.tickets()[1]

	s.say("oAlice", "still squeals@"+first.ID)
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 3)
	require.Equal(t, [][]string{{"my brakes squeal", "still squeals"}, {"another matter"}}, s.texts())
	s.say("oAlice", "and louder")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 4)
	s.agentReplies(second.ID, "about the other matter", nil)
	s.waitForRead("oAlice", "about the other matter")
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)
	s.waitFor("the chat to go on there", func() bool { return s.conversation().Known.Thread.TicketID == second.ID })
	// WeChat counts in seconds, and nobody reads and answers within the same second.
	later := time.Now().Unix() + 2
	s.send("oAlice", map[string]any{"type": "text", "content": "thanks", "create_time": later})
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 5)
	s.send("oAlice", map[string]any{"type": "text", "content": "write to me@163", "create_time": later + 1})
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 6)
	require.Equal(t, [][]string{
		{"my brakes squeal", "still squeals", "and louder"}, {"another matter", "thanks", "write to me@163"},
	}, s.texts(), "what is no ticket of hers stays in the text")
}
