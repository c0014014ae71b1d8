package workflows

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// answers sends replies by the numbers of the seconds in which they were written, in one task.
func (s *stage) answers(seconds ...int) []string { return s.answered(false, seconds...) }

// late sends replies that a process kept while Temporal was unavailable.
func (s *stage) late(seconds ...int) []string { return s.answered(true, seconds...) }

func (s *stage) answered(late bool, seconds ...int) (ids []string) {
	s.converse()
	for _, n := range seconds {
		ids = append(ids, conversation.ReplyID(testAccount, fmt.Sprint(100+n)))
	}
	s.step(func() {
		s.direct(func(ctx workflow.Context) {
			for _, n := range seconds {
				at := dawn.Add(time.Duration(n-60) * time.Second).Format(time.RFC3339)
				reply := conversation.Reply{SmaID: fmt.Sprint(100 + n), TicketID: "1", CreatedAt: at, Text: fmt.Sprintf("%02d", n),
					Late: late}
				workflow.SignalExternalWorkflow(ctx, testConversation, "", SignalReply, reply)
			}
		})
	})
	return ids
}

// Replies leave in the order in which they were written, however they arrive.
func TestRepliesLeaveInTheOrderInWhichTheyWereWritten(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(s *stage) []string{
		"together, after a pause": func(s *stage) []string { return s.answers(3, 1, 2) },
		"one after the other, caught up on": func(s *stage) []string {
			s.converse()
			var ids []string
			for _, n := range []int{3, 1, 2} {
				s.clock -= 900 * time.Millisecond
				ids = append(ids, s.answers(n)...)
			}
			return ids
		},
		"behind one that is being sent": func(s *stage) []string {
			s.will("SendText", later(activities.ErrorWeChatBusy, 30*time.Second))
			ids := s.answers(1)
			s.advance(5 * time.Second)
			return append(append(ids, s.answers(3)...), s.answers(2)...)
		},
		"kept by two processes": func(s *stage) []string {
			s.will("SendText", later(activities.ErrorWeChatBusy, 1500*time.Millisecond))
			ids := append(s.answers(1), s.late(3)...) // the first ends before the second comes
			return append(ids, s.late(2)...)
		},
		"held": func(s *stage) []string {
			s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
			ids := append(s.answers(1), s.answers(3)...)
			ids = append(ids, s.answers(2)...)
			s.click()
			return ids
		},
		"held, and one that waits": func(s *stage) []string {
			s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
			ids := append(s.answers(2), s.answers(3)...)
			click := s.event(conversation.KindClick)
			ids = append(ids, s.answers(1)...)
			s.inbound(click)
			return ids
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			ids := play(s)
			s.advance(5 * time.Minute)
			s.run()
			require.Equal(t, []string{"01", "02", "03"}, s.tenant.received())
			s.requireSynced(ids...)
		})
	}
}

// Messages kept by two processes are put in the order in which they were written, even behind one that is under way.
func TestMessagesThatTwoProcessesKept(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("AddMessage", later(activities.ErrorC4CLocked, 1500*time.Millisecond))
	first := s.say("one")
	at := dawn.Add(s.clock).Unix()
	second, third := message("two", "5001", at), message("three", "5002", at+1)
	second.Late, third.Late = true, true
	s.inbound(third) // the first ends before the second comes
	s.inbound(second)
	s.advance(time.Minute)
	s.run()
	require.Equal(t, [][]string{{"one", "two", "three"}}, s.tenant.texts())
	s.requireSynced(first)
}

// A cause that affects everything holds back later messages until those parked under it were retried or given up.
func TestNothingOvertakesUnderACauseThatHitsAll(t *testing.T) {
	t.Parallel()
	for _, command := range []string{CommandRetry, CommandSkip} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.follow()
			s.will("AddMessage", parking(activities.ErrorC4CCredentials))
			s.will("SendText", parking(activities.ErrorWeChatTokenRefused))
			message, reply := s.say("one"), s.reply("first")
			second, answer := s.say("two"), s.reply("second")
			third := s.say("three")
			s.advance(10 * time.Minute) // the cause is over, and nobody has reported it yet
			s.requireState(message, StateNeedsAttention, activities.ErrorC4CCredentials)
			s.requireState(second, StateWaiting, "")
			s.requireState(answer, StateWaiting, "")
			s.check(func() {
				require.Empty(t, s.tenant.texts())
				require.Empty(t, s.tenant.received())
			})
			s.command(message, command, "ada")
			s.command(reply, command, "ada")
			s.advance(time.Minute)
			s.run()
			texts, answers := [][]string{{"one", "two", "three"}}, []string{"first", "second"}
			if command == CommandSkip {
				texts, answers = [][]string{{"two", "three"}}, answers[1:]
			}
			require.Equal(t, texts, s.tenant.texts())
			require.Equal(t, answers, s.tenant.received())
			s.requireSynced(second, third, answer)
		})
	}
}

// A cause that needs a person lets the others pass.
func TestPoisonedMessageLetsOthersPass(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("AddMessage", parking(activities.ErrorC4CRejected))
	poisoned, next := s.say("one"), s.say("two")
	s.advance(time.Minute)
	s.run()
	require.Equal(t, StateNeedsAttention, s.state(poisoned))
	s.requireSynced(next)
}

// The sync that keeps the lane shut is terminated: the conversation finds out, and the others continue.
func TestParkedUnderACauseAndTerminated(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("AddMessage", parking(activities.ErrorC4CCredentials))
	in := s.event(conversation.KindMessage)
	id := conversation.TicketSyncID(testAccount, testFollower, fmt.Sprint(in.CreateTime))
	s.mortal[id] = true
	require.Equal(t, id, s.say("one"))
	next := s.say("two")
	s.terminate(id)
	s.advance(time.Minute)
	s.run()
	s.requireSynced(next)
}
