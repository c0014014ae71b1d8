package workflows

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// statusStage is a stage on which followers are told of statuses 2, YJ and 5, and get the survey after completion if
// survey is set.
func statusStage(t *testing.T, survey bool, before ...func(*stage)) *stage {
	t.Helper()
	p := testPolicy
	p.TellNumber = false
	p.Tickets = conversation.TicketPolicy{
		StatusTexts: conversation.NewStatusTexts(map[string]string{"2": "{ticket} accepted", "YJ": "{ticket} on the way",
			"5": "{ticket} resolved"}),
		Survey: survey, Events: conversation.EventsOn,
	}
	s := newStageWith(t, p)
	for _, do := range before {
		do(s)
	}
	s.say("hello")
	return s
}

// received are the texts that reached the follower by the end of the script.
func (s *stage) wantReceived(texts ...string) {
	s.t.Helper()
	s.run()
	if texts == nil {
		texts = []string{}
	}
	got := s.tenant.received()
	if got == nil {
		got = []string{}
	}
	require.Equal(s.t, texts, got)
}

func TestFollowerIsToldOfStatuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		play func(*stage)
		want []string
	}{
		{"each change once", func(s *stage) {
			s.status("1", "2")
			s.status("1", "YJ")
			s.status("1", "5")
		}, []string{"1 accepted", "1 on the way", "1 resolved"}},
		{"a status without a text", func(s *stage) { s.status("1", "4") }, nil},
		{"an event without a change", func(s *stage) {
			s.status("1", "2")
			s.events("object-1", TicketEvent{})
			s.advance(5 * time.Second)
			s.events("object-1", TicketEvent{})
			s.advance(5 * time.Second)
		}, []string{"1 accepted"}},
		{"back and forth", func(s *stage) {
			s.status("1", "5")
			s.status("1", "2")
			s.status("1", "5")
		}, []string{"1 resolved", "1 accepted", "1 resolved"}},
		{"two at once: the last counts", func(s *stage) {
			s.step(func() { s.tenant.setStatus("1", "2"); s.tenant.setStatus("1", "5") })
			s.events("object-1", TicketEvent{}, TicketEvent{})
			s.advance(5 * time.Second)
		}, []string{"1 resolved"}},
		{"the ticket was looked at in between", func(s *stage) {
			s.step(func() { s.tenant.setStatus("1", "2") })
			s.submit(UpdateAddMessage, "1", s.messageRequest("key00001", "1", "by the page"))
			s.advance(time.Minute)
			s.events("object-1", TicketEvent{})
			s.advance(5 * time.Second)
		}, []string{"1 accepted"}},
		{"an older state that comes late", func(s *stage) {
			s.status("1", "5")
			s.step(func() {
				old := activities.Ticket{ID: "1", ObjectID: "object-1", Open: true, UserStatus: "2", Status: "2",
					ChangedAt: dawn.Add(-time.Hour)}
				s.signal(testConversation, SignalTicket,
					conversation.TicketChange{TicketState: conversation.TicketState{Ticket: old, At: dawn.Add(s.clock).Unix()}})
			})
			s.advance(5 * time.Second)
		}, []string{"1 resolved"}},
		{"a ticket nobody spoke of yet", func(s *stage) {
			s.step(func() {
				other := activities.Ticket{ID: "8", ObjectID: "object-8", Open: true, UserStatus: "2", Status: "2", ChangedAt: dawn}
				s.signal(testConversation, SignalTicket,
					conversation.TicketChange{TicketState: conversation.TicketState{Ticket: other, At: dawn.Unix()}})
			})
			s.advance(5 * time.Second)
		}, []string{"8 accepted"}},
		{"a new ticket", func(s *stage) {
			s.step(func() {
				other := activities.Ticket{ID: "8", ObjectID: "object-8", Open: true, UserStatus: "YJ", Status: "1",
					ChangedAt: dawn}
				s.signal(testConversation, SignalTicket,
					conversation.TicketChange{TicketState: conversation.TicketState{Ticket: other, At: dawn.Unix()}, Created: true})
			})
			s.advance(5 * time.Second)
		}, nil},
		{"a new ticket that a rule has moved on", func(s *stage) {
			s.step(func() {
				other := activities.Ticket{ID: "8", ObjectID: "object-8", Open: true, UserStatus: "2", Status: "2", ChangedAt: dawn}
				s.signal(testConversation, SignalTicket,
					conversation.TicketChange{TicketState: conversation.TicketState{Ticket: other, At: dawn.Unix()}, Created: true})
			})
			s.advance(5 * time.Second)
		}, []string{"8 accepted"}},
		{"somebody who left", func(s *stage) {
			s.unfollow()
			s.status("1", "2")
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := statusStage(t, false)
			tt.play(s)
			s.wantReceived(tt.want...)
		})
	}
}

// TestStatusSetWhenTheTicketIsMade: a rule of the tenant has changed the ticket before anyone has seen it.
func TestStatusSetWhenTheTicketIsMade(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, status string
		events       []TicketEvent
		want         []string
	}{
		{"accepted, one event of its making", "2", []TicketEvent{{Created: true}}, []string{"1 accepted"}},
		{"accepted, an event of the change", "2", []TicketEvent{{}}, []string{"1 accepted"}},
		{"accepted, both", "2", []TicketEvent{{Created: true}, {}}, []string{"1 accepted"}},
		{"resolved", "5", []TicketEvent{{Created: true}}, []string{"1 resolved"}},
		{"nothing", "", []TicketEvent{{Created: true}, {}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := statusStage(t, false, func(s *stage) { s.tenant.tickets.made = tt.status })
			s.advance(time.Second)
			for _, event := range tt.events {
				s.events("object-1", event)
				s.advance(3 * time.Second)
			}
			s.wantReceived(tt.want...)
		})
	}
}

// The account reopens a completed ticket by itself: that is no news to the follower who wrote in it.
func TestOwnChangeOfStatusIsNotTold(t *testing.T) {
	t.Parallel()
	p := testPolicy
	p.TellNumber, p.ReopenStatus = false, "2"
	p.Tickets = conversation.TicketPolicy{Reuse: conversation.ReuseRecent, Within: time.Hour,
		StatusTexts: conversation.NewStatusTexts(map[string]string{"2": "{ticket} accepted"})}
	s := newStageWith(t, p)
	s.say("one")
	s.step(func() { s.tenant.setStatus("1", "5") })
	s.say("two")
	s.advance(5 * time.Second)
	s.events("object-1", TicketEvent{})
	s.advance(5 * time.Second)
	s.wantReceived()
	require.Equal(t, [][]string{{"one", "two"}}, s.tenant.texts())
}

// While the window is closed texts wait. A newer status replaces the text about an older one.
func TestOnlyTheLastStatusWaits(t *testing.T) {
	t.Parallel()
	s := statusStage(t, false)
	s.advance(49 * time.Hour)
	s.status("1", "2")
	s.status("1", "YJ")
	s.advance(10 * time.Minute)
	s.say("and?")
	s.advance(time.Minute)
	s.wantReceived("1 on the way")
}

// rate answers the survey question about a ticket.
func (s *stage) rate(ticket string, score int) {
	in := s.event(conversation.KindMessage)
	in.MsgID, in.MsgType, in.Text, in.EventKey = "tap-"+in.Key, "text", "tapped", conversation.SurveyItem(ticket, score)
	s.inbound(in)
	s.advance(5 * time.Second)
}

func TestSurvey(t *testing.T) {
	t.Parallel()
	const yes, neutral, no = catalogue.SurveySatisfied, catalogue.SurveyNeutral, catalogue.SurveyDissatisfied
	thanks := said(catalogue.SurveyThanks)
	question := fmt.Sprintf("1 resolved\n%s [survey:1:3 %s] [survey:1:2 %s] [survey:1:1 %s] ",
		said(catalogue.SurveyQuestion, catalogue.Ticket("1")), said(yes), said(neutral), said(no))
	first := func(answer catalogue.Key) string {
		return agentReads(catalogue.NoteSurvey, catalogue.Ticket("1"), catalogue.Words(said(answer)))
	}
	then := func(answer catalogue.Key) string {
		return agentReads(catalogue.NoteSurveyChanged, catalogue.Ticket("1"), catalogue.Words(said(answer)))
	}
	for _, tt := range []struct {
		name  string
		play  func(*stage)
		read  []string
		notes []string
		texts [][]string
	}{
		{"answered", func(s *stage) { s.rate("1", 3) }, []string{question, thanks}, []string{first(yes)},
			[][]string{{"hello"}}},
		{"the same again", func(s *stage) {
			s.rate("1", 2)
			s.rate("1", 2)
		}, []string{question, thanks}, []string{first(neutral)}, [][]string{{"hello"}}},
		{"the last answer counts", func(s *stage) {
			s.rate("1", 3)
			s.rate("1", 1)
		}, []string{question, thanks}, []string{first(yes), then(no)}, [][]string{{"hello"}}},
		{"not without end", func(s *stage) {
			for i := range 8 {
				s.rate("1", 1+i%2)
			}
		}, []string{question, thanks}, []string{
			first(no), then(neutral), then(no),
			then(neutral), then(no),
		}, [][]string{{"hello"}}},
		{"of a ticket nobody asked about", func(s *stage) { s.rate("9", 3) }, []string{question}, nil,
			[][]string{{"hello"}, {"tapped"}}},
		{"completed once more: not asked again", func(s *stage) {
			s.status("1", "2")
			s.status("1", "5")
		}, []string{question, "1 accepted", "1 resolved"}, nil, [][]string{{"hello"}}},
		{"closed for good afterwards", func(s *stage) { s.status("1", "6") }, []string{question}, nil, [][]string{{"hello"}}},
		{"written instead of tapped", func(s *stage) { s.say("yes") }, []string{question}, nil,
			[][]string{{"hello"}, {"yes"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := statusStage(t, true)
			s.status("1", "5")
			tt.play(s)
			s.wantReceived(tt.read...)
			require.Equal(t, tt.notes, s.tenant.notes)
			require.Equal(t, tt.texts, s.tenant.texts())
		})
	}
}

// A tenant whose completed tickets accept no notes: the answer goes to the customer, and nothing parks.
func TestSurveyAnswerWhereTheTicketTakesNoNote(t *testing.T) {
	t.Parallel()
	s := statusStage(t, true)
	s.status("1", "5")
	s.will("AddNote", parking(activities.ErrorC4CReadOnly))
	s.rate("1", 1)
	s.run()
	require.Empty(t, s.tenant.notes)
	require.Equal(t, []string{"object-C1: " + said(catalogue.NoteSurvey, catalogue.Ticket("1"),
		catalogue.Words(said(catalogue.SurveyDissatisfied)))}, s.tenant.tickets.customerNotes)
	s.requireSynced(NoteID(testAccount, testFollower, "survey/1/1"))
}

func TestSurveyIsOffByDefault(t *testing.T) {
	t.Parallel()
	s := statusStage(t, false)
	s.status("1", "5")
	s.rate("1", 3)
	s.wantReceived("1 resolved")
	require.Equal(t, [][]string{{"hello"}, {"tapped"}}, s.tenant.texts(), "nobody asked: it is a message like any other")
}
