package e2e

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// notifying sets the form in which C4C notifies.
func notifying(form c4csim.EventForm) option {
	return func(_ *scene, o *stack.Options) {
		before := o.C4C
		o.C4C = func(c *c4csim.Options) {
			before(c)
			c.EventForm = form
		}
	}
}

// setStatus has the agent change the status of a ticket, and returns the outcome of the notification.
func (s *scene) setStatus(ticketID, status string) pushed {
	s.t.Helper()
	var out struct {
		Event pushed `json:"event"`
	}
	s.c4c.post("/tickets/"+ticketID+"/status", map[string]any{"status": status}, &out)
	return out.Event
}

// outcomes returns the outcomes of the events by ticket, without those in progress.
func (s *scene) outcomes() map[string]string {
	s.t.Helper()
	found := map[string]string{}
	for _, e := range s.workflows(
		`WorkflowType = "TicketChanged" AND SyncState = "synced" AND ExecutionStatus = "Completed"`) {
		var result workflows.TicketChangedResult
		run := s.client.GetWorkflow(context.Background(), e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId())
		require.NoError(s.t, run.Get(context.Background(), &result))
		found[result.TicketID] = result.Outcome
	}
	return found
}

// conversation returns the view of the follower's conversation.
func (s *scene) conversation() conversation.View {
	s.t.Helper()
	rows := s.workflows(`WorkflowType = "Conversation"`)
	require.Len(s.t, rows, 1)
	answer, err := s.client.QueryWorkflow(context.Background(), rows[0].GetExecution().GetWorkflowId(), "",
		workflows.QueryState)
	require.NoError(s.t, err)
	var view conversation.View
	require.NoError(s.t, answer.Get(&view))
	return view
}

func TestEventsKeepTicketsInView(t *testing.T) {
	t.Parallel()
	for _, form := range []c4csim.EventForm{c4csim.EventCurrent, c4csim.EventLegacy, c4csim.EventCloud,
		c4csim.EventBatch} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			s := newStack(t, notifying(form), recording("event"))
			ticket := s.withTicket("oAlice")
			out := s.setStatus(ticket.ID, "YJ")
			require.Equal(t, 200, out.Status, out.Body)
			s.waitFor("the conversation to know", func() bool {
				views := s.conversation().Tickets
				return len(views) == 1 && views[0].UserStatus == "YJ"
			})
			s.waitFor("the event's end", func() bool { return s.outcomes()[ticket.ID] == workflows.OutcomeTold })
			require.Empty(t, s.workflows(`SyncState = "needs_attention"`))
		})
	}
}

// A ticket opened by phone concerns no follower, even if its customer is a follower.
func TestEventOfAForeignTicketEndsQuietly(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	own := s.withTicket("oAlice")
	var foreign ticket
	s.c4c.post("/tickets", map[string]any{"subject": "by phone", "customer_id": own.CustomerID}, &foreign)
	out := s.setStatus(foreign.ID, "2")
	require.Equal(t, 200, out.Status, out.Body)
	s.waitFor("the event's end", func() bool { return s.outcomes()[foreign.ID] == workflows.OutcomeForeign })
	views := s.conversation().Tickets
	require.Len(t, views, 1)
	require.Equal(t, own.ID, views[0].ID)
	require.Empty(t, s.workflows(`SyncState = "needs_attention"`))
}
