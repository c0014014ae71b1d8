package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// choosing is a stage without ticket numbers on which a policy chooses tickets.
func choosing(t *testing.T, policy conversation.TicketPolicy) *stage {
	t.Helper()
	p := testPolicy
	p.TellNumber, p.Tickets, p.ReopenStatus = false, policy, "1"
	return newStageWith(t, p)
}

// since lists the calls to C4C from a step on.
func (s *stage) since(calls *int) func() []string {
	return func() []string {
		s.tenant.mu.Lock()
		defer s.tenant.mu.Unlock()
		return s.tenant.calls[*calls:]
	}
}

// mark records how many calls there were by now.
func (s *stage) mark() func() []string {
	n := new(int)
	s.step(func() {
		s.tenant.mu.Lock()
		defer s.tenant.mu.Unlock()
		*n = len(s.tenant.calls)
	})
	return s.since(n)
}

func TestFollowingMessageCosts(t *testing.T) {
	t.Parallel()
	const look, add = "AddMessage, if open", "AddMessage"
	for _, tt := range []struct {
		name   string
		events conversation.EventsUse
		told   bool // C4C has sent an event of a change
		pause  time.Duration
		want   []string
	}{
		{"no events", conversation.EventsOff, false, 0, []string{look}},
		{"events, but not to be trusted", conversation.EventsOff, true, 0, []string{look}},
		{"events are configured", conversation.EventsOn, false, 0, []string{add}},
		{"events are configured and come", conversation.EventsOn, true, 0, []string{add}},
		{"no event has come yet", conversation.EventsAuto, false, 0, []string{look}},
		{"an event has come", conversation.EventsAuto, true, 0, []string{add}},
		{"the last word is a day old", conversation.EventsOn, true, 25 * time.Hour, []string{look}},
		{"the last event is a week old", conversation.EventsAuto, true, 8 * 24 * time.Hour, []string{look}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := choosing(t, conversation.TicketPolicy{Events: tt.events})
			s.say("one")
			if tt.told {
				s.status("1", "2")
			}
			s.advance(tt.pause)
			calls := s.mark()
			second := s.say("two")
			s.check(func() { require.Equal(t, tt.want, calls()) })
			if tt.pause > 0 && tt.events == conversation.EventsOn {
				again := s.mark()
				s.say("three")
				s.check(func() { require.Equal(t, []string{add}, again(), "the look is good for a day") })
			}
			s.run()
			s.requireSynced(second)
		})
	}
}

// The event of a completion was lost: C4C refuses the message, and then the ticket is read after all.
func TestOldViewIsMended(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reuse conversation.TicketReuse
		want  [][]string
		calls []string
	}{
		{conversation.ReuseOpen, [][]string{{"one"}, {"two", "three"}}, []string{"AddMessage", "AddMessage, if open",
			"AddMessage", "FindTicket"}},
		{conversation.ReuseRecent, [][]string{{"one", "two", "three"}}, []string{"AddMessage", "AddMessage, if open",
			"ReopenTicket", "AddMessage"}},
	} {
		t.Run(string(tt.reuse), func(t *testing.T) {
			t.Parallel()
			s := choosing(t, conversation.TicketPolicy{Events: conversation.EventsOn, Reuse: tt.reuse, Within: 24 * time.Hour})
			s.say("one")
			s.step(func() { s.tenant.complete("1") })
			calls := s.mark()
			second := s.say("two")
			s.check(func() { require.Equal(t, tt.calls, calls()) })
			again := s.mark()
			s.say("three")
			s.check(func() { require.Equal(t, []string{"AddMessage"}, again(), "now it is known") })
			s.run()
			s.requireSynced(second)
			require.Equal(t, tt.want, s.tenant.texts())
		})
	}
}

func TestWhichTicket(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for _, tt := range []struct {
		name   string
		policy conversation.TicketPolicy
		status string // of the ticket before the second message
		pause  time.Duration
		want   [][]string
	}{
		{"open", conversation.TicketPolicy{}, "2", day, [][]string{{"one", "two", "three"}}},
		{"completed", conversation.TicketPolicy{}, "5", 0, [][]string{{"one"}, {"two", "three"}}},
		{"completed a day ago", conversation.TicketPolicy{Reuse: conversation.ReuseRecent, Within: 7 * day}, "5", day,
			[][]string{{"one", "two", "three"}}},
		{"completed a day ago, by an event", conversation.TicketPolicy{Reuse: conversation.ReuseRecent, Within: 7 * day,
			Events: conversation.EventsOn}, "5", day / 2, [][]string{{"one", "two", "three"}}},
		{"completed long ago", conversation.TicketPolicy{Reuse: conversation.ReuseRecent, Within: 7 * day}, "5", 8 * day,
			[][]string{{"one"}, {"two", "three"}}},
		{"closed for good", conversation.TicketPolicy{Reuse: conversation.ReuseRecent, Within: 7 * day}, "6", 0,
			[][]string{{"one"}, {"two", "three"}}},
		{"always new", conversation.TicketPolicy{Reuse: conversation.ReuseNever}, "1", 0,
			[][]string{{"one"}, {"two"}, {"three"}}},
		{"always new, with events", conversation.TicketPolicy{Reuse: conversation.ReuseNever, Events: conversation.EventsOn},
			"1", 0, [][]string{{"one"}, {"two"}, {"three"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := choosing(t, tt.policy)
			s.say("one")
			s.status("1", tt.status)
			s.advance(tt.pause)
			second := s.say("two")
			third := s.say("three")
			s.run()
			s.requireSynced(second, third)
			require.Equal(t, tt.want, s.tenant.texts())
		})
	}
}

func TestMessageWhoseTicketIsNotFoundYetIsJoined(t *testing.T) {
	t.Parallel()
	s := choosing(t, conversation.TicketPolicy{Events: conversation.EventsOn})
	s.will("FindTicket", parking(activities.ErrorC4CRejected))
	first := s.say("one")
	second := s.say("two")
	s.advance(time.Minute)
	s.command(first, CommandRetry, "ada")
	s.advance(time.Minute)
	s.run()
	s.requireSynced(first, second)
	require.Equal(t, [][]string{{"one", "two"}}, s.tenant.texts())
}

func TestFollowerNamesTheTicket(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		prepare func(*stage) // after tickets 1 (of the page) and 2 (of the chat)
		text    string
		want    [][]string
		calls   []string
	}{
		{"his own", nil, "to the first@1", [][]string{{"page\n\ntext", "to the first", "next"}, {"chat"}},
			[]string{"ReadTicket", "AddMessage"}},
		{"in front", nil, "@1 to the first", [][]string{{"page\n\ntext", "to the first", "next"}, {"chat"}},
			[]string{"ReadTicket", "AddMessage"}},
		{"the number alone", nil, "@1", [][]string{{"page\n\ntext", "@1", "next"}, {"chat"}},
			[]string{"ReadTicket", "AddMessage"}},
		{
			"somebody else's", nil, "mail me@99", [][]string{{"page\n\ntext"}, {"chat", "mail me@99", "next"}},
			[]string{"FindThread", "AddMessage, if open"},
		},
		{
			"his own, completed", func(s *stage) { s.step(func() { s.tenant.complete("1") }) }, "again@1",
			[][]string{{"page\n\ntext", "again", "next"}, {"chat"}}, []string{"ReadTicket", "ReopenTicket", "AddMessage"},
		},
		{
			"his own, closed for good", func(s *stage) {
				s.step(func() {
					s.tenant.complete("1")
					s.tenant.will("ReopenTicket", parking(activities.ErrorC4CReadOnly))
				})
			}, "again@1",
			[][]string{{"page\n\ntext"}, {"chat"}, {"again@1", "next"}}, []string{"ReadTicket", "ReopenTicket", "AddMessage",
				"FindTicket"},
		},
		{
			"one that has no thread", func(s *stage) { s.step(func() { s.tenant.tickets.threadless = "77" }) }, "by phone@77",
			[][]string{{"page\n\ntext"}, {"chat", "by phone@77", "next"}}, []string{"FindThread", "AddMessage, if open"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := choosing(t, conversation.TicketPolicy{})
			s.follow()
			s.submit(UpdateOpenTicket, "1", s.ticketRequest("key00001", "page"))
			s.advance(time.Minute)
			s.step(func() { s.tenant.setStatus("1", "6") }) // so that the chat gets a ticket of its own
			s.say("chat")
			s.step(func() { s.tenant.setStatus("1", "1") })
			if tt.prepare != nil {
				tt.prepare(s)
			}
			calls := s.mark()
			message := s.say(tt.text)
			s.check(func() { require.Equal(t, tt.calls, calls()) })
			s.say("next")
			s.run()
			s.requireSynced(message)
			require.Equal(t, tt.want, s.tenant.texts())
		})
	}
}

// An operator's text goes to the ticket that the follower addressed, as the operator wrote it.
func TestAmendedTextGoesToTheNamedTicket(t *testing.T) {
	t.Parallel()
	s := choosing(t, conversation.TicketPolicy{})
	s.say("one")
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	message := s.say("bad \x01 text@1")
	s.amend(message, Amendment{Actor: "ada", Text: "good text"})
	s.advance(time.Minute)
	s.run()
	s.requireSynced(message)
	require.Equal(t, [][]string{{"one", "good text"}}, s.tenant.texts())
}

// twoTickets has a ticket of the chat (1) and one of the page (2).
func twoTickets(t *testing.T) *stage {
	t.Helper()
	s := choosing(t, conversation.TicketPolicy{})
	s.follow()
	s.say("chat")
	s.submit(UpdateOpenTicket, "1", s.ticketRequest("key00001", "page"))
	s.advance(time.Minute)
	return s
}

// replyIn lets an agent answer in a ticket.
func (s *stage) replyIn(ticket, smaID, text string) {
	s.step(func() {
		s.signal(testConversation, SignalReply, conversation.Reply{SmaID: smaID, TicketID: ticket, Text: text})
	})
}

func TestTwoTicketsAreKeptApart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		play func(*stage)
		want [][]string
	}{
		{"the page leads the chat nowhere else", func(*stage) {}, [][]string{{"chat", "next"}, {"page\n\ntext"}}},
		{
			"nor does a message on the page", func(s *stage) {
				s.submit(UpdateAddMessage, "2", s.messageRequest("key00002", "2", "more"))
			},
			[][]string{{"chat", "next"}, {"page\n\ntext", "more"}},
		},
		{"the agent's answer does", func(s *stage) { s.replyIn("2", "r1", "answer") },
			[][]string{{"chat"}, {"page\n\ntext", "next"}}},
		{"the last answer counts", func(s *stage) {
			s.replyIn("2", "r1", "answer")
			s.replyIn("1", "r2", "answer")
		}, [][]string{{"chat", "next"}, {"page\n\ntext"}}},
		{"an answer that has not arrived does not count", func(s *stage) {
			s.will("SendText", parking(activities.ErrorWeChatOutcomeUnknown))
			s.replyIn("2", "r1", "answer")
		}, [][]string{{"chat", "next"}, {"page\n\ntext"}}},
		{"an answer in a ticket we know nothing of does not", func(s *stage) { s.replyIn("9", "r1", "answer") },
			[][]string{{"chat", "next"}, {"page\n\ntext"}}},
		{"nor does an automatic text", func(s *stage) {
			s.status("2", "2")
		}, [][]string{{"chat", "next"}, {"page\n\ntext"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := twoTickets(t)
			tt.play(s)
			s.advance(time.Minute)
			s.say("next")
			s.run()
			require.Equal(t, tt.want, s.tenant.texts())
		})
	}
}

// A held answer moves the chat when the follower reads it, not before: what they wrote to open the window belongs to
// the ticket they had in mind.
func TestHeldAnswerLeadsTheChatWhenItArrives(t *testing.T) {
	t.Parallel()
	s := twoTickets(t)
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	s.replyIn("2", "r1", "answer one")
	s.replyIn("2", "r2", "answer two")
	s.advance(time.Minute)
	s.say("anybody there?")
	s.advance(time.Minute)
	s.check(func() { require.Equal(t, []string{"answer one", "answer two"}, s.tenant.received()) })
	s.say("thanks")
	s.run()
	require.Equal(t, [][]string{{"chat", "anybody there?"}, {"page\n\ntext", "thanks"}}, s.tenant.texts())
}

func TestPageTicketBecomesTheChatsWhereItHasNone(t *testing.T) {
	t.Parallel()
	s := choosing(t, conversation.TicketPolicy{})
	s.follow()
	s.submit(UpdateOpenTicket, "1", s.ticketRequest("key00001", "page"))
	s.advance(time.Minute)
	s.say("and a picture")
	s.run()
	require.Equal(t, [][]string{{"page\n\ntext", "and a picture"}}, s.tenant.texts())
}
