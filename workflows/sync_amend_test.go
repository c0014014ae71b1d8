package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

func TestMessageIsAmended(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	message := s.say("too \x01 odd")
	s.check(func() { require.Contains(t, s.details(message), "The update `amend` corrects the input") })
	verdict := s.amend(message, Amendment{Actor: "ada", Reason: "a control character", Text: "too odd"})
	s.run()
	require.NoError(t, verdict.err)
	require.Equal(t, [][]string{{"too odd"}}, s.tenant.texts())
	s.requireSynced(message)
}

func TestReplyIsAmended(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	arrived, refused := strings.Repeat("a", 1990)+".", strings.Repeat("b", 1990)
	s.will("SendText", nil, parking(activities.ErrorWeChatRejected))
	reply := s.reply(arrived + " " + refused)
	verdict := s.amend(reply, Amendment{Actor: "ada", Text: " " + strings.Repeat("c", 1995) + ". done "})
	s.run()
	require.NoError(t, verdict.err)
	require.Equal(t, []string{arrived, strings.Repeat("c", 1995) + ".", "done"}, s.tenant.received(),
		"what has arrived stays")
	s.requireSynced(reply)
}

func TestNoteIsAmended(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	id := NoteID(testAccount, testFollower, "unfollow/1")
	s.tenant.will("AddNote", parking(activities.ErrorC4CNotFound))
	s.start(id, TypeNoteTicket, NoteTicketInput{SyncInput: testSync, TicketID: "7", Text: "gone"})
	s.amend(id, Amendment{Actor: "ada", TicketID: "8"})
	s.run()
	require.Equal(t, []string{"8: gone"}, s.tenant.notes)
	require.Equal(t, "8", s.attribute(id, AttributeTicketID))
	s.requireSynced(id)
}

func TestRouteIsAmended(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		amend  Amendment
		asks   activities.FindFollowerInput
		ticket string
	}{
		{"by the ticket", Amendment{Actor: "ada", TicketID: "8"}, activities.FindFollowerInput{TicketID: "8"}, "8"},
		{"by the follower", Amendment{Actor: "ada", OpenID: testOpenID},
			activities.FindFollowerInput{TicketID: "1", OpenID: testOpenID}, "1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.tenant.will("FindFollower", parking(activities.ErrorFollowerUnknown))
			id, input := routed()
			s.converse()
			s.start(id, TypeRouteReply, input)
			verdict := s.amend(id, test.amend)
			s.run()
			require.NoError(t, verdict.err)
			test.asks.Account, test.asks.OriginalID = testAccount, "foreign"
			require.Equal(t, test.asks, s.tenant.asked[1])
			require.Equal(t, []string{"answer"}, s.tenant.received())
			s.requireSynced(id, conversation.ReplyID(testAccount, "9"))
			for _, sync := range []string{id, conversation.ReplyID(testAccount, "9")} {
				require.Equal(t, test.ticket, s.attribute(sync, AttributeTicketID))
			}
		})
	}
}

// park brings one sync of each kind to a halt and returns its id.
var park = map[string]func(*stage) string{
	TypeCreateTicket: func(s *stage) string {
		s.will("AddMessage", parking(activities.ErrorC4CRejected))
		return s.say("hello")
	},
	"CreateTicket in C4C": func(s *stage) string {
		s.will("FindTicket", parking(activities.ErrorC4CFault))
		return s.say("hello")
	},
	TypeDeliverReply: func(s *stage) string {
		s.will("SendText", parking(activities.ErrorWeChatRejected))
		return s.reply("hello")
	},
	TypeNoteTicket: func(s *stage) string {
		s.tenant.will("AddNote", parking(activities.ErrorC4CNotFound))
		id := NoteID(testAccount, testFollower, "x")
		s.start(id, TypeNoteTicket, NoteTicketInput{SyncInput: testSync, TicketID: "7", Text: "gone"})
		return id
	},
	TypeRouteReply: func(s *stage) string {
		s.tenant.will("FindFollower", parking(activities.ErrorFollowerUnknown))
		id, input := routed()
		s.converse()
		s.start(id, TypeRouteReply, input)
		return id
	},
	TypeOnboardFollower: func(s *stage) string {
		s.will("EnsureProfile", parking(activities.ErrorC4CRejected))
		return s.follow()
	},
	TypeMaintainToken: func(s *stage) string {
		s.tenant.will("CheckToken", parking(activities.ErrorWeChatCredentials))
		s.start(MaintainTokenID(testAccount), TypeMaintainToken, TokenWorkflowInput{Account: testAccount})
		return MaintainTokenID(testAccount)
	},
	TypeResumeCause: func(s *stage) string { return s.watch(1) },
}

func TestAmendmentsAreRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		of    string
		amend Amendment
		want  string
	}{
		{TypeCreateTicket, Amendment{Text: "x"}, "say who you are"},
		{TypeCreateTicket, Amendment{Actor: "ada"}, `this sync is amended by "text"`},
		{TypeCreateTicket, Amendment{Actor: "ada", Text: " \n"}, `this sync is amended by "text"`},
		{TypeCreateTicket, Amendment{Actor: "ada", Text: "x", TicketID: "7"}, `by "text" alone, not by "ticket_id"`},
		{TypeCreateTicket, Amendment{Actor: "ada", Text: "x", OpenID: "o"}, `by "text" alone, not by "openid"`},
		{"CreateTicket in C4C", Amendment{Actor: "ada", Text: "x"}, "the message is in C4C already"},
		{TypeDeliverReply, Amendment{Actor: "ada", TicketID: "7"}, `this sync is amended by "text"`},
		{TypeDeliverReply, Amendment{Actor: "ada", Text: "\t"}, `this sync is amended by "text"`},
		{TypeNoteTicket, Amendment{Actor: "ada", Text: "x"}, `this sync is amended by "ticket_id"`},
		{TypeRouteReply, Amendment{Actor: "ada", Text: "x"}, `this sync is amended by "ticket_id"`},
		{TypeRouteReply, Amendment{Actor: "ada", TicketID: "7", OpenID: "o"}, `by "openid" alone, not by "ticket_id"`},
		{TypeRouteReply, Amendment{Actor: "ada", OpenID: "o/../x"}, "an openid has letters"},
		{TypeOnboardFollower, Amendment{Actor: "ada", Text: "x"}, "nothing of this sync can be amended"},
		{TypeMaintainToken, Amendment{Actor: "ada", Text: "x"}, "nothing of this sync can be amended"},
	} {
		t.Run(test.of+" "+test.want, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			id := park[test.of](s)
			verdict := s.amend(id, test.amend)
			calls := 0
			s.check(func() { calls = len(s.tenant.calls); require.Equal(t, StateNeedsAttention, s.state(id)) })
			s.advance(time.Minute)
			s.check(func() { require.Len(t, s.tenant.calls, calls, "nothing was tried again") })
			s.run()
			require.False(t, verdict.accepted)
			require.ErrorContains(t, verdict.err, test.want)
		})
	}
}

func TestOnlyParkedSyncsAreAmended(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("AddMessage", times(4, transient(activities.ErrorC4CLocked))...)
	message := s.say("hello")
	verdict := s.amend(message, Amendment{Actor: "ada", Text: "x"})
	s.advance(time.Minute)
	s.run()
	require.ErrorContains(t, verdict.err, "this sync is syncing")
	require.Equal(t, [][]string{{"hello"}}, s.tenant.texts())
}

// Details say what happened, what it means, what to do and how. A cause that affects everything offers no amendment.
func TestDetailsOfAParkedSync(t *testing.T) {
	t.Parallel()
	for cause, amendable := range map[string]bool{activities.ErrorC4CRejected: true,
		activities.ErrorC4CCredentials: false} {
		t.Run(cause, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.will("AddMessage", parking(cause))
			message := s.say("hello")
			s.check(func() {
				text := s.details(message)
				for _, part := range []string{
					"- called: 2026-01-05 08:00:", "### Message ", " of follower " + testFollower, "State: **needs_attention**",
					"**" + cause + "**", activities.CauseOf(cause).Meaning,
					"**What to do:** " + activities.CauseOf(cause).Remedy, "- message: the other side said no", "- code: `42`",
					"`ref-1`",
					"send the update `retry`", "`skip`",
				} {
					require.Contains(t, text, part)
				}
				require.Equal(t, amendable, strings.Contains(text, "`amend`"))
				require.NotContains(t, text, "hello")
				require.NotContains(t, text, testOpenID)
			})
			s.run()
		})
	}
}

func TestDetailsOfAStuckSync(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("AddMessage", times(6, later(activities.ErrorC4CUnavailable, time.Minute))...)
	message := s.say("hello")
	s.advance(5 * time.Minute)
	s.check(func() {
		require.Contains(t, s.details(message), "State: **stuck**")
		require.Contains(t, s.details(message), "Still retrying by itself")
	})
	s.advance(time.Minute)
	s.run()
	s.requireSynced(message)
}

// A sync that was held back says so: whose answer it shows, and that it made no call itself.
func TestDetailsOfASyncThatWasNotCalled(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	said := activities.Failure{Code: "HTTP 401", KeptBack: dawn.Add(-time.Minute)}
	s.will("AddMessage", temporal.NewNonRetryableApplicationError("no", activities.ErrorC4CCredentials, nil, said))
	message := s.say("hello")
	s.check(func() {
		require.Contains(t, s.details(message), "- not called: this is the answer to a call of 2026-01-05 07:59:00 UTC")
		require.NotContains(t, s.details(message), "- called:")
	})
	s.run()
}
