package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// testWindowTexts briefly describe what happened.
var testWindowTexts = &WindowTexts{
	NoteHeld: "HELD {words}: {reason} {next}", NoteParked: "PARKED {words}: {reason}", NoteArrived: "ARRIVED {words}",
	NoteExpired: "EXPIRED {words}", NoteUnsure: "UNSURE {words}", NoteEnding: "ENDING {until}",
	NoteLow: "LOW {count} until {until}", NoteAnnounced: "ANNOUNCED", NoteNotice: "TAKEN",
	NoteUntold: "UNTOLD {reason}", NextAct: "acts", NextAnnounce: "told in {minutes}", NextNoTemplate: "untold",
	NextExpire: "until {days}",
	NextRetry:  "retried", NotePartly: "PARTLY {sent} of {parts}, then {rest}", Between: " ",
	Announcement: "an answer waits",
	Reasons: map[string]string{
		activities.ErrorWeChatWindowClosed: "closed", activities.ErrorWeChatWindowUsedUp: "used up", ReasonBehind: "behind",
		activities.ErrorWeChatFollowerUnreachable: "unreachable", activities.ErrorWeChatTemplateRefused: "template",
		ReasonOther: "other",
	},
}

// policyForDelays enables everything for replies that do not arrive.
func policyForDelays() Policy {
	policy := windowedQuiet()
	policy.Window.ExpireAfter = 14 * 24 * time.Hour
	words := *testWindowTexts // tests change their own
	policy.Texts.Window = &words
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
	for refusal, reason := range map[string]string{activities.ErrorWeChatWindowClosed: "closed",
		activities.ErrorWeChatWindowUsedUp: "used up"} {
		t.Run(refusal, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, policyForDelays())
			s.will("SendText", parking(refusal), parking(refusal))
			first, second := s.reply("one"), s.reply("two {next} "+strings.Repeat("x", 60))
			s.click() // refused again: the agent is not told twice
			s.click()
			s.run()
			// Notes are rows of their own: two that start together may overtake each other.
			require.ElementsMatch(t, []string{
				"1: HELD one: " + reason + " acts untold until 14",
				"1: HELD two {next} " + strings.Repeat("x", 29) + "…: behind acts untold until 14",
				"1: ARRIVED one", "1: ARRIVED two {next} " + strings.Repeat("x", 29) + "…",
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
	require.Equal(t, []string{"1: PARKED one: unreachable", "1: PARKED one: other", "1: ARRIVED one"}, s.noted())
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
		"1: HELD one: closed acts untold until 14", "1: HELD two: behind acts untold until 14", "1: EXPIRED one",
		"1: ARRIVED two",
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
	require.Equal(t, []string{"1: PARKED one: other", "1: GIVEN UP one"}, s.noted())
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
			require.ElementsMatch(t, []string{"1: The follower left.", "1: GONE one", "1: GONE two"}, s.noted())
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
