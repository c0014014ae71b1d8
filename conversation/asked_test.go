package conversation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// An onboarding knows whether a message waits for it: an onboarding without one may come late.
func TestOnboardingKnowsWhetherAMessageWaits(t *testing.T) {
	t.Parallel()
	for kind, asked := range map[conversation.InboundKind]bool{conversation.KindFollow: false,
		conversation.KindMessage: true} {
		state, now := newState(), time.Unix(1_700_000_000, 0)
		policy := conversation.Policy{StuckAfter: time.Minute}
		in := conversation.Inbound{
			Key: "k", Kind: kind, OpenID: openID, CreateTime: now.Unix(), MsgID: "7", MsgType: "text", Text: "hello",
		}
		commands := state.Step(now, policy, in)
		commands = append(commands, state.Step(now.Add(time.Minute), policy, conversation.Tick{})...)
		var started []conversation.StartOnboard
		for _, command := range commands {
			if start, ok := command.(conversation.StartOnboard); ok {
				started = append(started, start)
			}
		}
		require.Len(t, started, 1, kind)
		require.Equal(t, asked, started[0].Asked, kind)
	}
}
