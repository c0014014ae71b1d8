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
)

// A reply is terminated while it is being sent: it is unknown whether it arrived, and its agent is told so.
func TestTerminatedReplyLeavesANote(t *testing.T) {
	t.Parallel()
	policy := policyForDelays()
	s := newStageWith(t, policy)
	id := conversation.ReplyID(testAccount, "1")
	s.mortal[id] = true
	s.say("hello")
	s.will("SendText", later(activities.ErrorWeChatUnavailable, time.Hour))
	require.Equal(t, id, s.reply("<p>5 &lt; 6, <b>one</b></p>"+strings.Repeat(" more", 400)))
	next := s.reply("two")
	s.terminate(id)
	s.advance(time.Minute)
	s.run()
	require.Contains(t, s.noted(), noteUnsure("5 < 6, one more more more more more more…"))
	require.Equal(t, []string{"two"}, s.tenant.received())
	s.requireSynced(next)
}

// A reply that carries the texts of others is terminated: they are not sent by themselves, because they may have
// arrived.
func TestTerminatedReplyThatCarriesOthers(t *testing.T) {
	t.Parallel()
	s := newStageWith(t, scarce())
	first := conversation.ReplyID(testAccount, "1")
	s.mortal[first] = true
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	s.reply("one")
	second, third := s.reply("two"), s.reply("three")
	s.will("SendText", errLost)
	s.click()
	s.terminate(first)
	s.advance(10 * time.Minute)
	s.requireState(second, StateNeedsAttention, activities.ErrorWeChatOutcomeUnknown)
	s.requireState(third, StateNeedsAttention, activities.ErrorWeChatOutcomeUnknown)
	s.run()
	require.Empty(t, s.tenant.received())
}

// A reply is cancelled while it is being sent. The outcome of the send counts.
func TestReplyIsCancelledDuringASend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		result error
		state  string
		note   string
	}{
		{"it arrives", nil, StateSynced, ""},
		{"it was not sent", transient(activities.ErrorWeChatUnavailable), StateSkipped, noteGivenUp("one")},
		{"nobody knows", temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil), StateSkipped, noteUnsure("one")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newStageWith(t, policyForDelays())
			reply := conversation.ReplyID(testAccount, "1")
			s.mortal[reply] = true
			s.say("hello")
			s.will("SendText", errLost)
			s.reply("one")
			s.cancel(reply)
			s.requireState(reply, StateSyncing, "")
			next := s.reply("two")
			s.endCut(reply, tt.result)
			s.advance(time.Minute)
			s.check(func() { require.Equal(t, tt.state, s.state(reply)) })
			s.run()
			if tt.note != "" {
				require.Contains(t, s.noted(), tt.note)
			}
			s.requireSynced(next)
		})
	}
}

// The same for a reply that carries others: their texts go by themselves if nothing was sent, and not if the outcome
// is unknown.
func TestCarrierIsCancelledDuringASend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		result error
		state  string
	}{
		{"it arrives", nil, StateSynced},
		{"it was not sent", transient(activities.ErrorWeChatUnavailable), StateSynced},
		{"nobody knows", temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_START_TO_CLOSE, nil), StateNeedsAttention},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, first, second, third := heldThree(t, scarce())
			s.mortal[first] = true
			s.will("SendText", errLost)
			s.click()
			s.cancel(first)
			s.check(func() { require.Equal(t, 2, s.tenant.count("SendText")) })
			s.endCut(first, tt.result)
			s.advance(10 * time.Minute)
			s.click()
			s.advance(10 * time.Minute)
			s.check(func() {
				require.Equal(t, tt.state, s.state(second))
				require.Equal(t, tt.state, s.state(third))
			})
			s.run()
			if _, sent := s.closed[second]; tt.name == "it was not sent" {
				require.True(t, sent)
				require.NotEmpty(t, s.tenant.received())
			} else {
				require.Empty(t, s.tenant.received(), "the lost call leaves nothing in the inbox of the test")
			}
		})
	}
}
