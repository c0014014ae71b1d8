package workflows

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// scarce allows few messages: one after a click, two after a message.
func scarce() Policy {
	policy := policyForDelays()
	policy.Window.Click, policy.Window.Message = 1, 2
	return policy
}

// heldThree is a stage with three replies that wait.
func heldThree(t *testing.T, policy Policy) (s *stage, first, second, third string) {
	t.Helper()
	s = newStageWith(t, policy)
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	return s, s.reply("one"), s.reply("two"), s.reply("three")
}

func TestHeldRepliesAreMergedWhenMessagesAreFew(t *testing.T) {
	t.Parallel()
	s, first, second, third := heldThree(t, scarce())
	s.click()
	s.run()
	require.Equal(t, []string{"one\n\ntwo\n\nthree"}, s.tenant.received())
	s.requireSynced(first, second, third)
	require.ElementsMatch(t, []string{
		noteHeld("one", reasonClosed, nextUntold), noteHeld("two", reasonBehind, nextUntold),
		noteHeld("three", reasonBehind, nextUntold),
		noteArrived("one"), noteArrived("two"), noteArrived("three"),
	}, s.noted())
}

func TestMergedRowSaysIntoWhichReplyItWent(t *testing.T) {
	t.Parallel()
	s, _, second, _ := heldThree(t, scarce())
	s.click()
	s.check(func() {
		require.Contains(t, s.details(second), "sent together with reply 1")
	})
	s.run()
	require.Equal(t, []string{"one\n\ntwo\n\nthree"}, s.tenant.received())
	s.requireSynced(second)
}

func TestRepliesAreNotMergedWithoutNeed(t *testing.T) {
	t.Parallel()
	enough := policyForDelays()
	legacy := testPolicy
	legacy.TellNumber = false
	for name, policy := range map[string]Policy{"enough messages": enough, "no ledger": legacy} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, first, second, third := heldThree(t, policy)
			s.click()
			s.run()
			require.Equal(t, []string{"one", "two", "three"}, s.tenant.received())
			s.requireSynced(first, second, third)
		})
	}
}

// Replies that arrive while WeChat is slow wait in the lane, and go out as one.
func TestWaitingRepliesAreMergedBeforeTheyAreStarted(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, scarce())
	s.say("hello")
	s.will("SendText", times(4, transient(activities.ErrorWeChatUnavailable))...) // 15 s
	ids := []string{s.reply("one"), s.reply("two"), s.reply("three"), s.reply("four")}
	s.advance(time.Minute)
	s.run()
	require.Equal(t, []string{"one", "two\n\nthree\n\nfour"}, s.tenant.received())
	s.requireSynced(ids...)
}

func TestRepliesOfOthersAreNotMerged(t *testing.T) {
	t.Parallel()
	menu := &conversation.ReplyMenu{Head: "?", Items: []conversation.ReplyMenuItem{{ID: "1", Text: "yes"}}}
	for name, second := range map[string]conversation.Reply{
		"another ticket": {TicketID: "2", Text: "two"}, "another agent": {TicketID: "1", Text: "two", Author: "Bo"},
		"a menu": {TicketID: "1", Menu: menu}, "too long": {TicketID: "1", Text: strings.Repeat("x", 1900)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, scarce())
			s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
			s.reply("one")
			second.SmaID = "other"
			s.step(func() { s.signal(testConversation, SignalReply, second) })
			s.reply("three")
			s.click()
			s.advance(time.Minute)
			s.run()
			require.Equal(t, "one", s.tenant.received()[0])
			require.Contains(t, s.tenant.received(), "three")
		})
	}
}

func TestMergedRepliesWhoseMessageDoesNotGetThrough(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		answer   error
		state    string // of those that were merged
		reason   string
		received []string
	}{
		{"rejected", parking(activities.ErrorWeChatRejected), StateSynced, "", []string{"two\n\nthree", "one"}},
		{"perhaps sent", parking(activities.ErrorWeChatOutcomeUnknown), StateNeedsAttention,
			activities.ErrorWeChatOutcomeUnknown, []string{"one", "two", "three"}},
		{"held again", parking(activities.ErrorWeChatWindowUsedUp), StateHeld, activities.ErrorReplyBehind,
			[]string{"one\n\ntwo\n\nthree"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, first, second, third := heldThree(t, scarce())
			s.will("SendText", tt.answer)
			s.click()
			s.advance(time.Minute)
			s.requireState(second, tt.state, tt.reason)
			s.requireState(third, tt.state, tt.reason)
			if tt.state == StateHeld {
				s.click()
			}
			s.step(func() {
				for _, id := range []string{first, second, third} {
					if s.state(id) == StateNeedsAttention {
						s.commandNow(&verdict{}, id, CommandRetry, "ada")
					}
				}
			})
			s.advance(time.Minute)
			s.run()
			require.Equal(t, tt.received, s.tenant.received())
			s.requireSynced(first, second, third)
		})
	}
}

// An operator handles one of the merged replies separately, or gives up the one that carries it, or changes its text.
func TestOperatorAmongMergedReplies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		act      func(s *stage, first, second string)
		received []string
		skipped  bool
	}{
		{"retries a carried one", func(s *stage, _, second string) { s.command(second, CommandRetry, "ada") },
			[]string{"two", "one", "three"}, false},
		{"skips the carrier", func(s *stage, first, _ string) { s.command(first, CommandSkip, "ada") },
			[]string{"two\n\nthree"}, true},
		{"amends the carrier", func(s *stage, first, _ string) {
			s.amend(first, Amendment{Actor: "ada", Text: "uno"})
		}, []string{"uno", "two", "three"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, first, second, third := heldThree(t, scarce())
			s.will("SendText", parking(activities.ErrorWeChatWindowUsedUp))
			s.click()
			s.requireState(first, StateHeld, activities.ErrorWeChatWindowUsedUp)
			tt.act(s, first, second)
			s.advance(10 * time.Second)
			s.click()
			s.advance(time.Minute)
			s.run()
			require.Equal(t, tt.received, s.tenant.received())
			if tt.skipped {
				require.Equal(t, StateSkipped, s.state(first))
			} else {
				s.requireSynced(first)
			}
			s.requireSynced(second, third)
		})
	}
}

// TestMergedInterleavings plays random scripts in which messages are scarce: each reply arrives once, whatever
// happens.
func TestMergedInterleavings(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			playScarce(t, rand.New(rand.NewPCG(seed, 3)))
		})
	}
}

func playScarce(t *testing.T, random *rand.Rand) {
	s := newStageWith(t, scarce())
	var replies, ids []string
	parks := false
	for range 40 {
		switch random.IntN(9) {
		case 0:
			s.click()
		case 1:
			s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
		case 2:
			s.will("SendText", parking(activities.ErrorWeChatWindowUsedUp))
		case 3:
			s.will("SendText", times(random.IntN(4), transient(activities.ErrorWeChatUnavailable))...)
		case 4:
			if random.IntN(4) == 0 {
				parks = true
				s.will("SendText", parking(activities.ErrorWeChatRejected))
			}
		case 5:
			s.say("hello")
		case 6:
			if len(ids) > 0 && random.IntN(4) == 0 {
				parks = true // it may overtake
				s.command(ids[random.IntN(len(ids))], CommandRetry, "ada")
			}
		default:
			text := fmt.Sprintf("answer %02d", len(replies))
			ids = append(ids, s.reply(text))
			replies = append(replies, text)
		}
		if random.IntN(3) == 0 {
			s.advance(time.Duration(random.IntN(5000)) * time.Millisecond)
		}
		if random.IntN(10) == 0 {
			s.step(func() { s.suggested = true })
		}
	}
	s.step(func() { s.tenant.forget("SendText") })
	s.click()
	s.advance(time.Hour)
	s.step(func() {
		for _, id := range ids {
			if s.state(id) == StateNeedsAttention {
				s.commandNow(&verdict{}, id, CommandRetry, "ada")
			}
		}
	})
	s.advance(time.Hour)
	s.run()
	arrived := strings.Split(strings.Join(s.tenant.received(), "\n\n"), "\n\n")
	if len(replies) == 0 {
		return
	}
	if !parks {
		require.Equal(t, replies, arrived)
	}
	require.ElementsMatch(t, replies, arrived)
	s.requireSynced(ids...)
	t.Logf("%d replies in %d messages, %d runs", len(replies), len(s.tenant.received()), s.runs[testConversation])
	require.True(t, slices.IsSorted(replies))
}
