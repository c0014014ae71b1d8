package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// twoParts is a reply of two messages.
func twoParts() string {
	return "one" + strings.Repeat(" x", 900) + "\ntwo" + strings.Repeat(" y", 900)
}

// The window is used up in the middle of a reply: the agent must not read that nothing has arrived, and the follower
// must not get the same part twice.
func TestHalfSentReply(t *testing.T) {
	t.Parallel()
	const begin = "one x x x x x x x x x x x x x x x x x x …"
	partly := " " + said(catalogue.ReplyPartly, catalogue.Sent(1), catalogue.Parts(2),
		catalogue.Rest("two y y y y y y y y y y y y y y y y y y …"))
	for name, ending := range map[string]struct {
		do   func(*stage, string)
		note string
	}{
		"released": {func(s *stage, _ string) { s.click() }, noteArrived(begin)},
		"expired":  {func(s *stage, _ string) { s.advance(15 * 24 * time.Hour) }, noteExpired(begin) + partly},
		"left":     {func(s *stage, _ string) { s.unfollow() }, noteGone(begin) + partly},
		"skipped":  {func(s *stage, id string) { s.command(id, CommandSkip, "ada") }, noteGivenUp(begin) + partly},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, policyForDelays())
			s.will("SendText", nil, parking(activities.ErrorWeChatWindowUsedUp))
			reply := s.reply(twoParts())
			s.requireState(reply, StateHeld, activities.ErrorWeChatWindowUsedUp)
			ending.do(s, reply)
			s.run()
			notes := s.noted()
			require.Equal(t, []string{
				noteHeld(begin, catalogue.ReasonWindowUsedUp, nextUntold) + partly, ending.note,
			}, notes)
			got := s.tenant.received()
			if name != "released" {
				require.Len(t, got, 1)
				return
			}
			require.Equal(t, twoParts(), strings.Join(got, "\n"), "each message once, in order")
			s.requireSynced(reply)
		})
	}
}

func TestAgentReadsOfCancelledReplies(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*stage){
		"held":        func(s *stage) { s.will("SendText", parking(activities.ErrorWeChatWindowClosed)) },
		"parked":      func(s *stage) { s.will("SendText", parking(activities.ErrorWeChatRejected)) },
		"being tried": func(s *stage) { s.will("SendText", times(50, transient(activities.ErrorWeChatUnavailable))...) },
		"about to run": func(s *stage) {
			s.will("SendText", times(2, later(activities.ErrorWeChatRateLimited, time.Hour))...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, policyForDelays())
			prepare(s)
			reply := conversation.ReplyID(testAccount, "7")
			s.converse()
			s.start(reply, TypeDeliverReply, DeliverReplyInput{
				SyncInput: testSync, ReplyAsk: conversation.ReplyAsk{
					Reply: conversation.Reply{SmaID: "7", TicketID: "1", Text: "one"}, DelayPolicy: &conversation.DelayPolicy{},
				},
			})
			s.step(func() { s.env.CancelWorkflowByID(reply, "") })
			s.run()
			require.True(t, temporal.IsCanceledError(s.closed[reply]), s.closed[reply])
			require.Equal(t, StateSkipped, s.state(reply))
			notes := s.noted()
			require.Equal(t, noteGivenUp("one"), notes[len(notes)-1])
			require.Empty(t, s.tenant.received())
		})
	}
}

// WeChat is unavailable for hours: nothing is held, but the agent should know that nothing has arrived.
func TestAgentReadsOfRepliesThatAreStillTried(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", times(4, later(activities.ErrorWeChatUnavailable, 10*time.Minute))...)
	reply, next := s.reply("one"), s.reply("two")
	s.advance(4 * time.Minute)
	s.check(func() { require.Empty(t, s.noted(), "a short failure is nobody's business") })
	s.advance(time.Hour)
	s.run()
	require.Equal(t, []string{noteHeld("one", catalogue.ReasonOther, nextRetried), noteArrived("one")}, s.noted())
	require.Equal(t, []string{"one", "two"}, s.tenant.received())
	s.requireSynced(reply, next)
}

func TestAgentReadsOfRepliesToNobody(t *testing.T) {
	t.Parallel()
	for name, commands := range map[string][]string{
		"found at last": {CommandRetry, CommandRetry}, "given up": {CommandRetry, CommandSkip},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, policyForDelays())
			s.tenant.will("FindFollower", times(2, parking(activities.ErrorFollowerUnknown))...)
			id, input := routed()
			s.converse()
			s.start(id, TypeRouteReply, input)
			for _, name := range commands {
				s.requireState(id, StateNeedsAttention, activities.ErrorFollowerUnknown)
				s.command(id, name, "ada")
			}
			s.run()
			last := map[string]string{"found at last": noteArrived("answer"), "given up": noteGivenUp("answer")}[name]
			require.Equal(t, []string{noteParked("answer", catalogue.ReasonUnrouted), last}, s.noted())
		})
	}
}

// A person found the reply in the chat and skips it: the agent must not read that it has not arrived.
func TestAgentReadsOfRepliesThatMayHaveArrived(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", parking(activities.ErrorWeChatOutcomeUnknown))
	reply := s.reply("one")
	s.requireState(reply, StateNeedsAttention, activities.ErrorWeChatOutcomeUnknown)
	s.command(reply, CommandSkip, "ada")
	s.run()
	require.Equal(t, []string{noteParked("one", catalogue.ReasonOutcomeUnknown), noteUnsure("one")}, s.noted())
}

// No administrator decides about this one reply: all continue when the cause is gone.
func TestAgentReadsOfRepliesThatAllWait(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", parking(activities.ErrorWeChatCredentials))
	reply := s.reply("one")
	s.requireState(reply, StateNeedsAttention, activities.ErrorWeChatCredentials)
	s.advance(causeRetry)
	s.run()
	require.Equal(t, []string{noteHeld("one", catalogue.ReasonOther, nextRetried), noteArrived("one")}, s.noted())
	s.requireSynced(reply)
}

// Replies that wait behind one during an outage go out after it; one note tells of them all.
func TestRepliesBehindAnOutageLeaveOneNote(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", parking(activities.ErrorWeChatCredentials))
	first, second := s.reply("one"), s.reply("two")
	s.requireState(first, StateNeedsAttention, activities.ErrorWeChatCredentials)
	s.requireState(second, StateWaiting, "")
	s.advance(causeRetry)
	s.run()
	require.Equal(t, []string{"one", "two"}, s.tenant.received())
	require.Equal(t, []string{noteHeld("one", catalogue.ReasonOther, nextRetried), noteArrived("one")}, s.noted())
	s.requireSynced(first, second)
}

func TestNextStepsInWords(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	act := said(catalogue.NextWhenFollowerActs)
	untold := act + " " + said(catalogue.NextNoAnnouncement)
	told := func(minutes int) string { return " " + said(catalogue.NextAnnouncement, catalogue.Minutes(minutes)) }
	expires := func(days float64) string { return " " + said(catalogue.NextExpiry, catalogue.Days(days)) }
	for _, tt := range []struct {
		policy conversation.DelayPolicy
		want   string
	}{
		{conversation.DelayPolicy{}, untold},
		{conversation.DelayPolicy{ExpireAfter: 14 * day}, untold + expires(14)},
		{conversation.DelayPolicy{ExpireAfter: 36 * time.Hour}, untold + expires(1.5)},
		{conversation.DelayPolicy{ExpireAfter: time.Minute}, untold + expires(0.1)},
		{conversation.DelayPolicy{AnnounceAfter: 10 * time.Minute, ExpireAfter: day}, act + told(10) + expires(1)},
		{conversation.DelayPolicy{AnnounceAfter: time.Second}, act + told(1)},
		{conversation.DelayPolicy{AnnounceAfter: time.Minute, Announced: true}, act},
	} {
		require.Equal(t, tt.want, testPolicy.nextSteps(tt.policy))
	}
	words := catalogue.Standard(catalogue.Chinese)
	chinese := Policy{Texts: words}
	act, untold = words.Text(catalogue.NextWhenFollowerActs), words.Text(catalogue.NextNoAnnouncement)
	require.Equal(t, act+untold, chinese.nextSteps(conversation.DelayPolicy{}))
	chinese.Page = true
	require.Equal(t, act+words.Text(catalogue.NextOnPage)+untold, chinese.nextSteps(conversation.DelayPolicy{}))
}

// A reply may name a ticket that does not exist: one parked row is enough for that.
func TestNoReplyNotesInATicketThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.tenant.will("FindFollower", parking(activities.ErrorFollowerUnknown))
	s.tenant.will("AddNote", parking(activities.ErrorC4CNotFound))
	id, input := routed()
	s.converse()
	s.start(id, TypeRouteReply, input)
	s.requireState(id, StateNeedsAttention, activities.ErrorFollowerUnknown)
	s.run()
	note := NoteID(testAccount, "", "route/9/unrouted")
	require.Equal(t, StateSkipped, s.state(note))
	require.Equal(t, activities.ErrorC4CNotFound, s.reason(note))
	require.NoError(t, s.closed[note])
}

// A ticket is often completed before a held reply arrives or expires. The agent's note is then on the customer.
func TestNotesOfCompletedTickets(t *testing.T) {
	t.Parallel()
	inCustomer := func(note string) string { return "object-C1: [8000] " + strings.TrimPrefix(note, "1: ") }
	for name, ending := range map[string]struct {
		do   func(*stage)
		note string
	}{
		"arrived": {func(s *stage) { s.click() }, inCustomer(noteArrived("one"))},
		"expired": {func(s *stage) { s.advance(15 * 24 * time.Hour) }, inCustomer(noteExpired("one"))},
		"left":    {func(s *stage) { s.unfollow() }, inCustomer(noteGone("one"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, policyForDelays())
			s.follow()
			s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
			s.step(func() {
				s.signal(testConversation, SignalReply, conversation.Reply{SmaID: "7", TicketID: "8000", Text: "one"})
			})
			s.will("AddNote", parking(activities.ErrorC4CReadOnly))
			ending.do(s)
			s.run()
			require.Equal(t, []string{"8000: " + strings.TrimPrefix(
				noteHeld("one", reasonClosed, nextUntold), "1: ")}, s.noted())
			require.Equal(t, []string{ending.note}, s.tenant.tickets.customerNotes)
			for id, info := range s.infos {
				if info.WorkflowType.Name == TypeNoteTicket {
					require.Equal(t, StateSynced, s.state(id), id)
				}
			}
		})
	}
}

func TestCountsOfReplies(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	var counted []string
	s.under.Counts = Counts{
		Spent: func(account string, trigger window.Trigger) { counted = append(counted, account+" "+string(trigger)) },
		Reply: func(account, state, cause string) { counted = append(counted, account+" "+state+" "+cause) },
	}
	s.say("hello")
	s.reply("one")
	s.will("SendText", parking(activities.ErrorWeChatWindowUsedUp))
	s.reply("two")
	s.reply("three")
	s.click()
	s.will("SendText", parking(activities.ErrorWeChatRejected))
	parked := s.reply("four")
	s.command(parked, CommandSkip, "ada")
	s.unfollow()
	s.reply("five")
	s.run()
	require.ElementsMatch(t, []string{
		"acme synced ", "acme message",
		"acme held WeChatWindowUsedUp", "acme held behind",
		"acme click", "acme released ", "acme click", "acme released ",
		"acme needs_attention WeChatRejected", "acme skipped WeChatRejected",
		"acme skipped WeChatFollowerGone",
	}, counted)
}
