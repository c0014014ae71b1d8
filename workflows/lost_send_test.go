package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// earlier are failures after which a send is retried. Under some of them a parked sync retries by itself.
var earlier = []string{
	activities.ErrorWeChatUnavailable, activities.ErrorWeChatRateLimited, activities.ErrorWeChatTokenRefused,
	activities.ErrorWeChatQuotaExhausted, activities.ErrorWeChatBusy,
}

// The second attempt of a send is lost. The server adds the first one's failure, which says nothing about the second.
func TestLostSendIsUnknown(t *testing.T) {
	t.Parallel()
	menu := &conversation.ReplyMenu{Head: "?", Items: []conversation.ReplyMenuItem{{ID: "1", Text: "yes"}}}
	for name, begin := range map[string]func(s *stage) (activity string, send func() string){
		"text": func(s *stage) (string, func() string) {
			return "SendText", func() string { return s.reply("answer") }
		},
		"menu": func(s *stage) (string, func() string) {
			return "SendMenu", func() string {
				s.converse()
				s.step(func() {
					s.signal(testConversation, SignalReply, conversation.Reply{SmaID: "1", TicketID: "1", Menu: menu})
				})
				return conversation.ReplyID(testAccount, "1")
			}
		},
		"file": func(s *stage) (string, func() string) {
			s.attach("1", map[string]activities.UploadedFile{"a": picture}, "a")
			return "SendMedia", func() string { return s.reply("answer") }
		},
	} {
		for _, before := range earlier {
			t.Run(name+" "+before, func(t *testing.T) {
				t.Parallel()
				s := newStageWith(t, sending())
				activity, send := begin(s)
				s.will(activity, transient(before), errLost)
				reply := send()
				s.advance(5 * time.Second)
				s.loseAfter(reply, temporal.NewApplicationError("the other side said no", before))
				s.advance(15 * 24 * time.Hour)
				s.requireState(reply, StateNeedsAttention, activities.ErrorWeChatOutcomeUnknown)
				s.check(func() { require.Equal(t, 2, s.tenant.count(activity), "not sent again without a person's word") })
				s.command(reply, CommandSkip, "ada")
				s.run()
				require.Equal(t, 2, s.tenant.count(activity))
			})
		}
	}
}

// The same for a message that carries the texts of others: their outcome is unknown, too, and they continue only if a
// person says so.
func TestLostSendOfMergedReplies(t *testing.T) {
	t.Parallel()
	for _, before := range earlier {
		t.Run(before, func(t *testing.T) {
			t.Parallel()
			s, first, second, third := heldThree(t, scarce())
			s.will("SendText", transient(before), errLost)
			s.click()
			s.advance(5 * time.Second)
			s.loseAfter(first, temporal.NewApplicationError("the other side said no", before))
			s.advance(24 * time.Hour)
			s.click()
			s.advance(24 * time.Hour)
			for _, id := range []string{first, second, third} {
				s.requireState(id, StateNeedsAttention, activities.ErrorWeChatOutcomeUnknown)
			}
			s.run()
			require.Empty(t, s.tenant.received())
			require.Equal(t, 3, s.tenant.count("SendText"))
		})
	}
}

// A notice that may have arrived is not sent another way.
func TestLostNotice(t *testing.T) {
	t.Parallel()
	s, _, _ := held(t, granting(), func(s *stage) {
		s.consent(conversation.NoticeConsent{TemplateID: "granted", Granted: true})
	})
	s.will("SendSubscription", transient(activities.ErrorWeChatTokenRefused), errLost)
	s.advance(11 * time.Minute)
	s.loseAfter(testAnnouncement, temporal.NewApplicationError("the other side said no",
		activities.ErrorWeChatTokenRefused))
	s.advance(time.Hour)
	s.run()
	require.Equal(t, 2, s.tenant.count("SendSubscription"))
	require.Zero(t, s.tenant.count("SendTemplate"))
	require.Equal(t, StateSynced, s.state(testAnnouncement))
}

// A message that may have arrived counts as spent.
func TestLostSendIsSpent(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.say("hello")
	s.will("SendText", transient(activities.ErrorWeChatRateLimited), errLost)
	reply := s.reply("answer")
	s.advance(5 * time.Second)
	s.loseAfter(reply, temporal.NewApplicationError("the other side said no", activities.ErrorWeChatRateLimited))
	s.check(func() { require.Equal(t, 4, s.window().Left(s.env.Now())) })
	s.run()
}
