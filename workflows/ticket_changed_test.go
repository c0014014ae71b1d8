package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// events sends a ticket's events, all at one moment, and returns the workflow id.
func (s *stage) events(objectID string, events ...TicketEvent) string {
	id := TicketChangedID(testAccount, objectID)
	s.step(func() {
		s.startNow(id, TypeTicketChanged, TicketChangedInput{Account: testAccount, ObjectID: objectID})
		for _, event := range events {
			s.env.RegisterDelayedCallback(func() { s.signal(id, SignalTicketEvent, event) }, eventSettle/2)
		}
	})
	return id
}

// status changes a ticket's status and sends the event.
func (s *stage) status(ticket, status string) string {
	s.step(func() { s.tenant.setStatus(ticket, status) })
	id := s.events("object-"+ticket, TicketEvent{})
	s.advance(2 * time.Second)
	return id
}

// ticketViews are the tickets in the conversation's view.
func (s *stage) ticketViews() []conversation.TicketView {
	s.t.Helper()
	value, err := s.env.QueryWorkflowByID(testConversation, QueryState)
	require.NoError(s.t, err)
	var view conversation.View
	require.NoError(s.t, value.Get(&view))
	return view.Tickets
}

func (s *stage) outcome(id string) TicketChangedResult {
	s.t.Helper()
	var result TicketChangedResult
	require.NotNil(s.t, s.results[id], "%s has not ended", id)
	require.NoError(s.t, s.results[id].Get(&result))
	return result
}

func TestTicketChangedTellsTheConversation(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	id := s.status("1", "2")
	s.check(func() {
		require.Equal(t, TicketChangedResult{Outcome: OutcomeTold, TicketID: "1"}, s.outcome(id))
		views := s.ticketViews()
		require.Len(t, views, 1)
		require.Equal(t, "2", views[0].UserStatus)
		require.Equal(t, "1", s.attribute(id, AttributeTicketID))
		require.Equal(t, testFollower, s.attribute(id, AttributeFollowerKey))
	})
	s.run()
	s.requireSynced(id)
}

func TestEventsThatComeTogetherCostOneLook(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	s.step(func() { s.tenant.setStatus("1", "2") })
	id := s.events("object-1", TicketEvent{ID: "a"}, TicketEvent{ID: "b"}, TicketEvent{ID: "a"})
	s.advance(time.Minute)
	s.run()
	require.Equal(t, 1, s.tenant.count("LocateTicket"))
	s.requireSynced(id)
}

// An event that comes while the ticket is being read is not lost: it may be newer than the read.
func TestEventDuringALookCostsAnother(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	s.will("LocateTicket", later(activities.ErrorC4CLocked, 30*time.Second))
	id := s.events("object-1", TicketEvent{ID: "a"})
	s.advance(10 * time.Second)
	s.step(func() { s.signal(id, SignalTicketEvent, TicketEvent{ID: "b"}) })
	s.advance(time.Minute)
	s.run()
	require.Equal(t, 3, s.tenant.count("LocateTicket"), "the one that was locked, its retry, and the second event's")
	s.requireSynced(id)
}

func TestEventsOfNobodyEndQuietly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, objectID string
		want           TicketChangedResult
		details        string
	}{
		{"another channel", "object-77", TicketChangedResult{Outcome: OutcomeForeign, TicketID: "77"},
			"Not a ticket of a WeChat follower"},
		{"deleted", "object-99", TicketChangedResult{Outcome: OutcomeGone}, "no such ticket"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.converse()
			s.tenant.tickets.foreign = map[string]bool{"object-77": true}
			id := s.events(tt.objectID, TicketEvent{})
			s.advance(time.Minute)
			s.check(func() { require.Empty(t, s.ticketViews()) })
			s.run()
			s.requireSynced(id)
			require.Equal(t, tt.want, s.outcome(id))
			require.Contains(t, outcomeDetails[tt.want.Outcome], tt.details)
		})
	}
}

func TestEventOfAForgottenFollowerStartsNoConversation(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.env.OnSignalExternalWorkflow(anything, testConversation, "", SignalTicket, anything).Return(errNobody)
	s.tenant.threads = []*thread{{ticket: "1"}}
	id := TicketChangedID(testAccount, "object-1")
	s.start(id, TypeTicketChanged, TicketChangedInput{Account: testAccount, ObjectID: "object-1"})
	s.advance(time.Minute)
	s.run()
	s.requireSynced(id)
	require.Equal(t, OutcomeNoConversation, s.outcome(id).Outcome)
	require.Zero(t, s.runs[testConversation])
}

func TestEventsParkAndGoOn(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	s.step(func() {
		s.tenant.setStatus("1", "2")
		s.tenant.will("LocateTicket", parking(activities.ErrorC4CNotAuthorized))
	})
	id := s.events("object-1", TicketEvent{})
	s.advance(time.Minute)
	s.requireState(id, StateNeedsAttention, activities.ErrorC4CNotAuthorized)
	s.check(func() { require.Contains(t, s.details(id), "Change of ticket object-1 in C4C") })
	s.command(id, CommandRetry, "ada")
	s.advance(time.Minute)
	s.check(func() { require.Equal(t, "2", s.ticketViews()[0].UserStatus) })
	s.run()
	s.requireSynced(id)
}

func TestTicketChangedIDHoldsNothingPrivate(t *testing.T) {
	t.Parallel()
	require.Equal(t, "ticket-changed/acme/00163E", TicketChangedID("acme", "00163E"))
	for _, text := range outcomeDetails {
		require.True(t, strings.HasSuffix(text, "."))
	}
}
