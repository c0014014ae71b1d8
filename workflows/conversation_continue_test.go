package workflows

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

func TestContinueAsNewKeepsWhatItKnows(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.say("one")
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	first, second := s.reply("answer one"), s.reply("answer two")
	s.will("AddMessage", parking(activities.ErrorC4CFault))
	parked := s.say("two") // opens the window
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	third := s.reply("answer three")
	fourth := s.reply("answer four")
	s.step(func() { s.suggested = true })
	s.advance(time.Hour)
	s.say("three")
	s.command(parked, CommandRetry, "ada")
	s.run()
	require.Equal(t, 2, s.runs[testConversation])
	require.Equal(t, [][]string{{"one", "three", "two"}}, s.tenant.texts())
	require.Equal(t, []string{"answer one", "answer two", "answer three", "answer four"}, s.tenant.received())
	require.Equal(t, 2, s.tenant.count("EnsureProfile"), "it was looked for and made")
	s.requireSynced(first, second, third, fourth, parked)
}

// The signal arrives with the very task in which the conversation learns that it should continue as new.
func TestContinueAsNewLosesNoSignal(t *testing.T) {
	t.Parallel()
	for name, signals := range map[string]func(*stage){
		"message": func(s *stage) { s.inboundNow(message("one", "7", dawn.Unix())) },
		"reply": func(s *stage) {
			s.signal(testConversation, SignalReply, conversation.Reply{SmaID: "7", TicketID: "1", Text: "answer"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quiet(t)
			s.follow()
			s.step(func() { s.suggested = true; signals(s) })
			s.run()
			require.Equal(t, 2, s.runs[testConversation])
			require.Equal(t, 1, len(s.tenant.texts())+len(s.tenant.received()))
		})
	}
}

// Continue-as-new waits for no sync: one that retries for hours reports to whichever run is active when it ends.
func TestContinueAsNewWaitsForNoSync(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("SendText", later(activities.ErrorWeChatQuotaExhausted, 10*time.Hour))
	reply := s.reply("answer")
	next := s.reply("another answer")
	s.step(func() { s.suggested = true })
	first, second := s.say("one"), s.say("two")
	s.advance(time.Minute)
	s.check(func() {
		require.Equal(t, [][]string{{"one", "two"}}, s.tenant.texts())
		require.Equal(t, 2, s.runs[testConversation])
		require.Empty(t, s.tenant.received(), "the second reply stays behind the first")
	})
	s.advance(11 * time.Hour)
	s.run()
	require.Equal(t, []string{"answer", "another answer"}, s.tenant.received())
	s.requireSynced(reply, next, first, second)
}

// Even with enough to do in both directions, a conversation continues as new as often as it wants to.
func TestContinueAsNewUnderLoad(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	for range 40 {
		s.will("AddMessage", later(activities.ErrorC4CLocked, 3*time.Second), nil)
		s.will("SendText", later(activities.ErrorWeChatBusy, 5*time.Second), nil)
	}
	var syncs []string
	for i := range 40 {
		syncs = append(syncs, s.say(fmt.Sprintf("line %02d", i)), s.reply(fmt.Sprintf("answer %02d", i)))
		if i%10 == 0 {
			s.step(func() { s.suggested = true })
		}
	}
	s.advance(time.Hour)
	s.run()
	require.Equal(t, 5, s.runs[testConversation])
	s.requireSynced(syncs...)
	require.Len(t, s.tenant.received(), 40)
	require.True(t, slices.IsSorted(s.tenant.received()))
}

// Cancelling a conversation loses nothing: neither what waits in it nor the syncs that it has started.
func TestCancelledConversationGoesOn(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("AddMessage", later(activities.ErrorC4CLocked, time.Minute), parking(activities.ErrorC4CRejected))
	slow, waiting := s.say("slow"), s.say("waiting")
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	held := s.reply("held")
	s.step(func() { s.env.CancelWorkflowByID(testConversation, "") })
	s.advance(5 * time.Minute)
	s.requireState(slow, StateNeedsAttention, activities.ErrorC4CRejected)
	s.requireState(waiting, StateSynced, "")
	s.requireState(held, StateHeld, activities.ErrorWeChatWindowClosed)
	s.command(slow, CommandRetry, "ada")
	s.click()
	s.advance(time.Minute)
	s.run()
	require.Equal(t, 2, s.runs[testConversation])
	require.Equal(t, []string{"held"}, s.tenant.received())
	s.requireSynced(slow, waiting, held)
}

// TestInterleavings plays random scripts with a conversation that continues as new at random moments. Whatever
// happens, every message is in C4C once, every reply has arrived once, and each side's messages are in order unless
// one of their syncs was parked.
func TestInterleavings(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			playAtRandom(t, rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

func playAtRandom(t *testing.T, random *rand.Rand) {
	s := quiet(t)
	var messages, replies, parked []string
	for range 40 {
		switch random.IntN(8) {
		case 0:
			s.click()
		case 1:
			s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
		case 2:
			s.will("AddMessage", transient(activities.ErrorC4CLocked))
		case 3:
			s.will("AddMessage", parking(activities.ErrorC4CRejected))
		case 4:
			text := fmt.Sprintf("answer %02d", len(replies))
			s.reply(text)
			replies = append(replies, text)
		default:
			messages = append(messages, burst(s, random)...)
		}
		if random.IntN(3) == 0 {
			s.advance(time.Duration(random.IntN(5000)) * time.Millisecond)
		}
	}
	s.step(func() { s.tenant.forget("SendText"); s.tenant.forget("AddMessage") })
	s.click()
	s.advance(time.Hour)
	s.step(func() {
		for id := range s.infos {
			if s.state(id) == StateNeedsAttention {
				parked = append(parked, id)
				s.commandNow(&verdict{}, id, CommandRetry, "ada")
			}
		}
	})
	s.advance(time.Hour)
	s.run()
	arrived := slices.Concat(s.tenant.texts()...)
	if len(parked) == 0 {
		require.Equal(t, messages, arrived)
	}
	require.ElementsMatch(t, messages, arrived)
	require.Equal(t, replies, s.tenant.received())
	t.Logf("%d runs, %d messages, %d replies, %d parked", s.runs[testConversation], len(messages), len(replies),
		len(parked))
}

// burst sends some messages at once, possibly at the moment when the conversation continues as new.
func burst(s *stage, random *rand.Rand) []string {
	s.converse()
	var texts []string
	var events []conversation.Inbound
	at := dawn.Add(s.clock).Unix()
	for i := range 1 + random.IntN(3) {
		id := strconv.FormatInt(at*10+int64(i), 10)
		texts = append(texts, "message "+id)
		events = append(events, message("message "+id, id, at))
	}
	suggested := random.IntN(3) == 0
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	s.step(func() {
		s.suggested = s.suggested || suggested
		s.inboundNow(events...)
	})
	return texts
}
