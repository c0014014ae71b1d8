package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/text"
)

// quiet is a policy under which followers receive nothing but replies.
func quiet(t *testing.T) *stage {
	policy := testPolicy
	policy.TellNumber = false
	return newStageWith(t, policy)
}

// lose ends the calls whose worker was lost as the server does: with a timeout.
func (s *stage) lose(id string) { s.loseAfter(id, nil) }

// loseAfter does the same after a failed attempt: the server adds that failure as the timeout's cause.
func (s *stage) loseAfter(id string, before error) {
	s.finish(id, nil, temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, before))
}

// finish ends the calls that have not ended.
func (s *stage) finish(id string, result any, err error) {
	s.step(func() {
		for _, call := range s.tenant.lost {
			require.NoError(s.t, s.env.CompleteActivity(call.token, result, err))
		}
		s.tenant.lost = nil
		s.signal(id, "noise", nil)
	})
}

func TestReplyArrivesInParts(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	one, two := strings.Repeat("一", 600)+"。", strings.Repeat("二", 600)+"。"
	first := s.reply(one + two + "end")
	second := s.reply("next")
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{one, two + "end", "next"}, s.tenant.received())
	s.requireSynced(first, second)
	require.Equal(t, "1", s.attribute(first, AttributeTicketID))
}

func TestRepeatedReplyIsDropped(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.reply("once")
	s.replies--
	s.reply("once")
	s.run()
	require.Equal(t, []string{"once"}, s.tenant.received())
}

func TestTransientRepliesGoOnWhereTheyWere(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	words := strings.Repeat("a", 1990) + ". " + strings.Repeat("b", 1990)
	s.will("SendText", nil, transient(activities.ErrorWeChatRateLimited), parking(activities.ErrorWeChatRejected))
	reply := s.reply(words)
	s.advance(time.Minute)
	s.requireState(reply, StateNeedsAttention, activities.ErrorWeChatRejected)
	s.command(reply, CommandRetry, "ada")
	s.run()
	require.Equal(t, text.Split(words, text.MaxBytes), s.tenant.received(), "the first part is not sent again")
	s.requireSynced(reply)
}

func TestHeldReplies(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{activities.ErrorWeChatWindowClosed, activities.ErrorWeChatWindowUsedUp} {
		for name, act := range map[string]func(*stage){
			"message": func(s *stage) { s.say("I am here") },
			"click":   func(s *stage) { s.click() },
			"scan":    func(s *stage) { s.inbound(s.event(conversation.KindScan)) },
			"follow":  func(s *stage) { s.follow() },
		} {
			t.Run(refusal+" "+name, func(t *testing.T) {
				t.Parallel()
				s := quiet(t)
				s.will("SendText", parking(refusal))
				first, second, third := s.reply("one"), s.reply("two"), s.reply("three")
				s.advance(72 * time.Hour)
				s.requireState(first, StateHeld, refusal)
				s.requireState(second, StateHeld, activities.ErrorReplyBehind)
				s.requireState(third, StateHeld, activities.ErrorReplyBehind)
				s.check(func() {
					require.Equal(t, 1, s.tenant.count("SendText"), "later ones queue unsent")
					for _, id := range []string{first, second, third} {
						require.Equal(t, "1", s.attribute(id, AttributeTicketID), "operators find it by its ticket")
					}
				})
				act(s)
				s.run()
				require.Equal(t, []string{"one", "two", "three"}, s.tenant.received())
				s.requireSynced(first, second, third)
			})
		}
	}
}

func TestHeldRepliesStayHeldWhileTheWindowIsUsedUp(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed), nil, parking(activities.ErrorWeChatWindowUsedUp))
	first, second, third := s.reply("one"), s.reply("two"), s.reply("three")
	s.click()
	s.requireState(first, StateSynced, "")
	s.requireState(second, StateHeld, activities.ErrorWeChatWindowUsedUp)
	s.requireState(third, StateHeld, activities.ErrorReplyBehind)
	s.click()
	s.run()
	require.Equal(t, []string{"one", "two", "three"}, s.tenant.received())
	s.requireSynced(first, second, third)
}

// The follower acts while WeChat is being asked: the refusal is older than the action.
func TestActionDuringTheAttemptIsNotMissed(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("SendText", append(times(3, transient(activities.ErrorWeChatUnavailable)),
		parking(activities.ErrorWeChatWindowClosed))...)
	reply := s.reply("answer") // refused after 7 s of backoff
	s.click()
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"answer"}, s.tenant.received())
	s.requireSynced(reply)
}

func TestParkedReplyLetsHeldOnesPass(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed), parking(activities.ErrorWeChatOutcomeUnknown))
	first, second := s.reply("one"), s.reply("two")
	s.click()
	s.requireState(first, StateNeedsAttention, activities.ErrorWeChatOutcomeUnknown)
	s.requireState(second, StateHeld, activities.ErrorReplyBehind) // the first may still be running
	s.advance(15 * time.Second)
	s.requireState(second, StateSynced, "")
	s.run()
	require.Equal(t, []string{"two"}, s.tenant.received())
}

func TestOperatorRetriesAHeldReply(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("SendText", times(2, parking(activities.ErrorWeChatWindowClosed))...)
	first, second, third := s.reply("one"), s.reply("two"), s.reply("three")
	s.command(second, CommandRetry, "ada")
	s.requireState(second, StateHeld, activities.ErrorWeChatWindowClosed)
	s.command(second, CommandRetry, "ada")
	s.run()
	require.Equal(t, []string{"two", "one", "three"}, s.tenant.received(), "what arrived shows that the window is open")
	s.requireSynced(first, second, third)
}

func TestOperatorSkipsAHeldReply(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	first, second, third := s.reply("one"), s.reply("two"), s.reply("three")
	s.command(first, CommandSkip, "ada")
	s.command(second, CommandSkip, "ada")
	s.click()
	s.run()
	require.Equal(t, []string{"three"}, s.tenant.received())
	require.Equal(t, StateSkipped, s.state(first))
	require.Equal(t, StateSkipped, s.state(second))
	require.Equal(t, []string{noteGivenUp("one"), noteGivenUp("two")}, s.tenant.notes)
	s.requireSynced(third)
}

// The operator retries a held reply at the moment when the follower acts: there is one attempt at a time, and none is
// doubled.
func TestRetryAndReleaseAtOnce(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	first, second := s.reply("one"), s.reply("two")
	s.will("SendText", times(4, transient(activities.ErrorWeChatUnavailable))...)
	var v verdict
	click := s.event(conversation.KindClick)
	s.step(func() {
		s.commandNow(&v, first, CommandRetry, "ada")
		s.inboundNow(click)
	})
	s.check(func() { require.Equal(t, StateHeld, s.state(second), "one at a time") })
	s.advance(20 * time.Minute)
	s.run()
	require.Equal(t, []string{"one", "two"}, s.tenant.received())
	s.requireSynced(first, second)
}

// The reply's request for its turn crosses with the turn: it counts neither as an answer nor as another request.
func TestTurnAndQuestionCross(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	first, second := s.reply("one"), s.reply("two")
	s.will("SendText", later(activities.ErrorWeChatUnavailable, time.Minute), parking(activities.ErrorWeChatWindowClosed))
	s.click()
	s.step(func() {
		s.signal(testConversation, SignalReport, conversation.Report{WorkflowID: first, Lane: conversation.LaneReplies,
			Kind: conversation.ReportTurn})
	})
	s.requireState(second, StateHeld, activities.ErrorReplyBehind)
	s.advance(10 * time.Minute)
	s.requireState(first, StateHeld, activities.ErrorWeChatWindowClosed)
	s.requireState(second, StateHeld, activities.ErrorReplyBehind)
	s.check(func() { require.Equal(t, 3, s.tenant.count("SendText")) })
	s.click()
	s.run()
	require.Equal(t, []string{"one", "two"}, s.tenant.received())
	s.requireSynced(first, second)
}

func TestUnfollowGivesHeldRepliesUp(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	first, second := s.reply("one"), s.reply("two")
	s.unfollow()
	third := s.reply("three")
	s.check(func() {
		for _, id := range []string{first, second, third} {
			require.Equal(t, StateSkipped, s.state(id))
			require.Equal(t, activities.ErrorWeChatFollowerGone, s.reason(id))
			require.Contains(t, s.closed, id)
		}
	})
	s.follow()
	fourth := s.reply("four")
	s.run()
	require.Equal(t, []string{"four"}, s.tenant.received())
	require.ElementsMatch(t, []string{noteGone("one"), noteGone("two"), noteLeft, noteGone("three")},
		s.tenant.notes,
		"one for the follower, one for each reply")
	s.requireSynced(fourth)
}

// WeChat may push an unsubscribe more than once.
func TestUnfollowIsToldOnce(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("hello")
	for range 3 {
		s.unfollow()
		s.advance(time.Minute)
	}
	s.check(func() { require.Equal(t, []string{noteLeft}, s.tenant.notes) })
	s.follow()
	s.unfollow()
	s.run()
	require.Equal(t, []string{noteLeft, noteLeft}, s.tenant.notes, "one for each time")
}

func TestUnfollowOlderThanTheFollowIsIgnored(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.advance(time.Minute)
	late := s.event(conversation.KindUnfollow)
	late.CreateTime--
	s.follow()
	s.inbound(late)
	reply := s.reply("answer")
	s.run()
	require.Equal(t, []string{"answer"}, s.tenant.received())
	require.Empty(t, s.tenant.notes)
	s.requireSynced(reply)
}

// WeChat's event of the new follow was lost, but only followers can write.
func TestWhoWritesHasNotLeft(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.unfollow()
	s.say("I am back")
	reply := s.reply("welcome")
	s.run()
	require.Equal(t, []string{"welcome"}, s.tenant.received())
	s.requireSynced(reply)
}

func TestUnknownOutcomeIsNotRepeated(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]error{
		"WeChat did not answer": parking(activities.ErrorWeChatOutcomeUnknown),
		"the worker was lost":   errLost,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.will("SendText", answer)
			reply := s.reply("answer")
			s.lose(reply)
			next := s.reply("next")
			s.advance(48 * time.Hour)
			s.requireState(reply, StateNeedsAttention, activities.ErrorWeChatOutcomeUnknown)
			s.check(func() { require.Equal(t, []string{"next"}, s.tenant.received()) })
			s.command(reply, CommandRetry, "ada")
			s.run()
			require.Equal(t, []string{"next", "answer"}, s.tenant.received())
			s.requireSynced(reply, next)
		})
	}
}

func TestResendUnknown(t *testing.T) {
	t.Parallel()
	policy := testPolicy
	policy.ResendUnknown = true
	s := newStageWith(t, policy)
	s.will("SendText", parking(activities.ErrorWeChatOutcomeUnknown))
	once := s.reply("one")
	s.will("SendText", parking(activities.ErrorWeChatOutcomeUnknown), parking(activities.ErrorWeChatOutcomeUnknown))
	twice := s.reply("two")
	s.requireState(twice, StateNeedsAttention, activities.ErrorWeChatOutcomeUnknown)
	s.run()
	require.Equal(t, []string{"one"}, s.tenant.received())
	s.requireSynced(once)
}
