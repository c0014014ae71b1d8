package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/catalogue"
)

// The notes about a reply in ticket 1 that begins with these words.
func noteHeld(words string, reason catalogue.Key, next string) string {
	return agentReads(catalogue.NoteReplyHeld, catalogue.Words(words), because(reason), catalogue.Next(next))
}

func noteParked(words string, reason catalogue.Key) string {
	return agentReads(catalogue.NoteReplyParked, catalogue.Words(words), because(reason))
}

func noteArrived(words string) string {
	return agentReads(catalogue.NoteReplyArrived, catalogue.Words(words))
}
func noteExpired(words string) string {
	return agentReads(catalogue.NoteReplyExpired, catalogue.Words(words))
}
func noteUnsure(words string) string {
	return agentReads(catalogue.NoteReplyUnsure, catalogue.Words(words))
}
func noteGivenUp(words string) string {
	return agentReads(catalogue.NoteReplySkipped, catalogue.Words(words))
}
func noteGone(words string) string {
	return agentReads(catalogue.NoteReplyGone, catalogue.Words(words))
}

// noteNotAnnounced is the note about a notice that did not reach the follower.
func noteNotAnnounced(reason catalogue.Key) string {
	return agentReads(catalogue.NoteNotAnnounced, because(reason))
}

func because(reason catalogue.Key) catalogue.Arg { return catalogue.Reason(said(reason)) }

const reasonClosed, reasonBehind = catalogue.ReasonWindowClosed, catalogue.ReasonBehind

// What follows when a reply waits under the policies of the tests, which give it up after two weeks.
var (
	nextExpire = " " + said(catalogue.NextExpiry, catalogue.Days(14))
	nextAct    = said(catalogue.NextWhenFollowerActs) + nextExpire
	nextTold   = said(catalogue.NextWhenFollowerActs) + " " + said(catalogue.NextAnnouncement, catalogue.Minutes(10)) +
		nextExpire
	nextUntold  = said(catalogue.NextWhenFollowerActs) + " " + said(catalogue.NextNoAnnouncement) + nextExpire
	nextRetried = said(catalogue.NextRetry)
)

// policyForDelays enables everything for replies that do not arrive.
func policyForDelays() Policy {
	policy := windowedQuiet()
	policy.Window.ExpireAfter = 14 * 24 * time.Hour
	return policy
}

// noted are the notes in the tickets, in the order they were written.
func (s *stage) noted() []string {
	s.tenant.mu.Lock()
	defer s.tenant.mu.Unlock()
	return append([]string{}, s.tenant.notes...)
}

func TestAgentReadsOfHeldReplies(t *testing.T) {
	t.Parallel()
	for refusal, reason := range map[string]catalogue.Key{
		activities.ErrorWeChatWindowClosed: catalogue.ReasonWindowClosed,
		activities.ErrorWeChatWindowUsedUp: catalogue.ReasonWindowUsedUp,
	} {
		t.Run(refusal, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, policyForDelays())
			s.will("SendText", parking(refusal), parking(refusal))
			first, second := s.reply("one"), s.reply("two {next} "+strings.Repeat("x", 60))
			two := "two {next} " + strings.Repeat("x", 29) + "…"
			s.click() // refused again: the agent is not told twice
			s.click()
			s.run()
			// Notes are rows of their own: two that start together may overtake each other.
			require.ElementsMatch(t, []string{
				noteHeld("one", reason, nextUntold),
				noteHeld(two, reasonBehind, nextUntold),
				noteArrived("one"), noteArrived(two),
			}, s.noted())
			s.requireSynced(first, second)
			require.Len(t, s.tenant.received(), 2, "notes are not sent")
		})
	}
}

func TestAgentReadsOfParkedReplies(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", times(2, parking(activities.ErrorWeChatFollowerUnreachable))...)
	reply := s.reply("one")
	s.command(reply, CommandRetry, "ada")
	s.requireState(reply, StateNeedsAttention, activities.ErrorWeChatFollowerUnreachable)
	s.will("SendText", parking(activities.ErrorWeChatRejected))
	s.command(reply, CommandRetry, "ada")
	s.command(reply, CommandRetry, "ada")
	s.run()
	require.Equal(t, []string{
		noteParked("one", catalogue.ReasonUnreachable), noteParked("one", catalogue.ReasonRejected), noteArrived("one"),
	}, s.noted())
	s.requireSynced(reply)
}

func TestRepliesThatArriveLeaveNoNote(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", transient(activities.ErrorWeChatUnavailable))
	reply := s.reply("one")
	s.advance(time.Minute)
	s.run()
	require.Empty(t, s.noted())
	s.requireSynced(reply)
}

func TestHeldRepliesExpire(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	first := s.reply("one")
	s.advance(7 * 24 * time.Hour)
	second := s.reply("two")
	s.advance(7*24*time.Hour - 10*time.Second)
	s.requireState(first, StateHeld, activities.ErrorWeChatWindowClosed)
	s.advance(10 * time.Second)
	s.requireState(first, StateSkipped, activities.ErrorReplyExpired)
	s.requireState(second, StateHeld, activities.ErrorReplyBehind)
	s.check(func() { require.Equal(t, 1, s.window().Held) })
	s.click()
	s.run()
	require.Equal(t, []string{"two"}, s.tenant.received())
	require.Equal(t, []string{
		noteHeld("one", reasonClosed, nextUntold), noteHeld("two", reasonBehind, nextUntold), noteExpired("one"),
		noteArrived("two"),
	}, s.noted())
	require.NoError(t, s.closed[first])
}

// Skipping a reply after that time gives it up: it has not expired.
func TestParkedRepliesDoNotExpire(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", parking(activities.ErrorWeChatRejected))
	reply := s.reply("one")
	s.advance(15 * 24 * time.Hour)
	s.requireState(reply, StateNeedsAttention, activities.ErrorWeChatRejected)
	s.command(reply, CommandSkip, "ada")
	s.run()
	require.Equal(t, []string{noteParked("one", catalogue.ReasonRejected), noteGivenUp("one")}, s.noted())
}

// The time limit of a reply keeps running while it is retried.
func TestTriesDoNotProlongTheWait(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", times(3, parking(activities.ErrorWeChatWindowClosed))...)
	reply := s.reply("one")
	s.advance(13 * 24 * time.Hour)
	s.click()
	s.requireState(reply, StateHeld, activities.ErrorWeChatWindowClosed)
	s.advance(25 * time.Hour)
	s.run()
	require.Equal(t, StateSkipped, s.state(reply))
	require.Equal(t, activities.ErrorReplyExpired, s.reason(reply))
}

// 45015 means a closed window or a follower who unfollowed, and WeChat tells which when asked.
func TestRefusalOfAFollowerWhoLeft(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]string{
		"45015": activities.ErrorWeChatWindowClosed, "43004": activities.ErrorWeChatFollowerGone,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, policyForDelays())
			s.say("hello")
			s.step(func() { s.tenant.window.unfollowed = true })
			s.will("SendText", parking(refusal))
			first, second := s.reply("one"), s.reply("two")
			s.check(func() {
				for _, id := range []string{first, second} {
					require.Equal(t, StateSkipped, s.state(id))
					require.Equal(t, activities.ErrorWeChatFollowerGone, s.reason(id))
				}
				require.True(t, s.window().Gone)
				require.Equal(t, 1, s.tenant.count("SendText"), "the second is not tried")
			})
			s.step(func() { s.tenant.window.unfollowed = false })
			s.say("I am back")
			third := s.reply("three")
			s.run()
			require.Equal(t, []string{"three"}, s.tenant.received())
			require.ElementsMatch(t, []string{noteLeft, noteGone("one"), noteGone("two")}, s.noted())
			s.requireSynced(third)
		})
	}
}

// The follower may come back while WeChat is being asked.
func TestWhoActsMeanwhileHasNotLeft(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.step(func() { s.tenant.window.unfollowed = true })
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	s.will("FollowState", times(3, transient(activities.ErrorWeChatUnavailable))...)
	reply := s.reply("one")
	s.follow()
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"one"}, s.tenant.received())
	s.requireSynced(reply)
}

func TestUnansweredQuestionHoldsTheReply(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, policyForDelays())
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	s.will("FollowState", parking(activities.ErrorWeChatNotPermitted))
	reply := s.reply("one")
	s.requireState(reply, StateHeld, activities.ErrorWeChatWindowClosed)
	s.click()
	s.run()
	s.requireSynced(reply)
}
