package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// scanning is a stage on which a QR code's scene is recorded.
func scanning(t *testing.T) *stage {
	t.Helper()
	p := testPolicy
	p.TellNumber = false
	return newStageWith(t, p)
}

// cameBy is the note about a QR code's scene.
func cameBy(scene string) string { return said(catalogue.NoteOrigin, catalogue.Words(scene)) }

// comes follows or scans with a scene.
func (s *stage) comes(kind conversation.InboundKind, scene string) string {
	in := s.event(kind)
	in.EventKey = scene
	s.inbound(in)
	s.advance(5 * time.Second)
	return conversation.OnboardID(testAccount, testFollower, in.CreateTime)
}

func TestOriginIsNoted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		play      func(*stage)
		customers []string // notes at the customer
		tickets   []string // notes in tickets
	}{
		{"follow by QR code", func(s *stage) {
			s.comes(conversation.KindFollow, "shop-7")
			s.say("hello")
			s.say("more")
		}, []string{"object-C1: " + cameBy("shop-7")}, []string{"1: " + cameBy("shop-7")}},
		{"follow by search", func(s *stage) {
			s.comes(conversation.KindFollow, "")
			s.say("hello")
		}, nil, nil},
		{"scan by a follower, then a new ticket", func(s *stage) {
			s.comes(conversation.KindFollow, "")
			s.comes(conversation.KindScan, "car-3")
			s.say("hello")
		}, nil, []string{"1: " + cameBy("car-3")}},
		{"scan while a ticket is open", func(s *stage) {
			s.comes(conversation.KindFollow, "")
			s.say("hello")
			s.comes(conversation.KindScan, "car-3")
			s.say("more")
			s.step(func() { s.tenant.complete("1") })
			s.say("another matter")
		}, nil, []string{"2: " + cameBy("car-3")}},
		{"scan by somebody we do not know yet", func(s *stage) {
			s.comes(conversation.KindScan, "car-3")
			s.say("hello")
		}, []string{"object-C1: " + cameBy("car-3")}, []string{"1: " + cameBy("car-3")}},
		{"two scans: the last counts", func(s *stage) {
			s.comes(conversation.KindFollow, "shop-7")
			s.comes(conversation.KindScan, "car-3")
			s.say("hello")
		}, []string{"object-C1: " + cameBy("shop-7")}, []string{"1: " + cameBy("car-3")}},
		{"scan long ago", func(s *stage) {
			s.comes(conversation.KindFollow, "shop-7")
			s.advance(8 * 24 * time.Hour)
			s.say("hello")
		}, []string{"object-C1: " + cameBy("shop-7")}, nil},
		{"ticket of the page", func(s *stage) {
			s.comes(conversation.KindFollow, "shop-7")
			s.submit(UpdateOpenTicket, "1", s.ticketRequest("key00001", "subject"))
			s.advance(time.Minute)
		}, []string{"object-C1: " + cameBy("shop-7")}, []string{"1: " + cameBy("shop-7")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := scanning(t)
			tt.play(s)
			s.advance(time.Minute)
			s.run()
			require.Equal(t, tt.customers, s.tenant.tickets.customerNotes)
			require.Equal(t, tt.tickets, s.tenant.notes)
		})
	}
}

func TestOnboardingDoesNotRepeatItselfForTheOrigin(t *testing.T) {
	t.Parallel()
	s := scanning(t)
	s.will("AddCustomerNote", parking(activities.ErrorC4CRejected))
	id := s.comes(conversation.KindFollow, "shop-7")
	s.requireState(id, StateNeedsAttention, activities.ErrorC4CRejected)
	s.command(id, CommandRetry, "ada")
	s.advance(time.Minute)
	s.run()
	s.requireSynced(id)
	require.Equal(t, []string{"object-C1: " + cameBy("shop-7")}, s.tenant.tickets.customerNotes)
	require.Equal(t, 1, s.tenant.count("EnsureCustomer"))
	require.Equal(t, []string{"P1-C1"}, s.tenant.bound)
}

// C4C's own texts reach the follower once, like other automatic texts.
func TestTextsOfC4CsWorkflows(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	for range 2 {
		s.step(func() {
			s.signal(testConversation, SignalReply, conversation.Reply{SmaID: "wkf-1", Text: "rate us", Automatic: true})
		})
	}
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"rate us"}, s.tenant.received())
}
