package handover_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

var erased = time.Unix(1_800_000_000, 700_000_000)

// written is a message of a time after the erasure, in seconds.
func written(after int64) conversation.Inbound {
	return conversation.Inbound{
		Key: "k", OpenID: alice, Kind: conversation.KindMessage, Text: "squeal", CreateTime: erased.Unix() + after,
	}
}

// TestAMessageCostsOneCall where there is a conversation, whether its follower was erased before that or not.
func TestAMessageCostsOneCall(t *testing.T) {
	t.Parallel()
	h, f := setup(t)
	f.mark = timestamppb.New(erased)
	outcome, err := h.Inbound(t.Context(), written(-60))
	require.NoError(t, err)
	require.Equal(t, handover.Taken, outcome, "the conversation knows of the erasure itself")
	require.Equal(t, 1, f.tries)
	require.Zero(t, f.looks)
}

// TestPushesFromBeforeAnErasureStartNothing: somebody has sent them again.
func TestPushesFromBeforeAnErasureStartNothing(t *testing.T) {
	t.Parallel()
	page := func(in conversation.Inbound) conversation.Inbound {
		in.Web = &conversation.WebEntry{Subject: "brakes"}
		return in
	}
	late := func(in conversation.Inbound) conversation.Inbound {
		in.Late = true
		return in
	}
	for name, tt := range map[string]struct {
		in      conversation.Inbound
		outcome handover.Outcome
	}{
		"before":                             {written(-3600), handover.Nobody},
		"in the same second":                 {written(0), handover.Nobody},
		"afterwards":                         {written(1), handover.Taken},
		"before, from the spool":             {late(written(-3600)), handover.Nobody},
		"the page":                           {page(written(-1)), handover.Taken},
		"the page, by the spool":             {late(page(written(-1))), handover.Nobody},
		"the page, afterwards, by the spool": {late(page(written(1))), handover.Taken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, f := setup(t)
			f.strange, f.mark = true, timestamppb.New(erased)
			outcome, err := h.Inbound(t.Context(), tt.in)
			require.NoError(t, err)
			require.Equal(t, tt.outcome, outcome)
			if outcome == handover.Nobody {
				require.Empty(t, f.taken)
				return
			}
			require.Len(t, f.taken, 1)
			require.Equal(t, erased.Unix(), f.input.(workflows.ConversationInput).Erased)
		})
	}
	h, f := setup(t)
	f.strange, f.mark = true, timestamppb.New(erased)
	outcome, err := h.Reply(t.Context(), conversation.Reply{SmaID: "7", OpenID: alice, Text: "a"})
	require.NoError(t, err)
	require.Equal(t, handover.Taken, outcome, "an agent has written")
	require.Equal(t, erased.Unix(), f.input.(workflows.ConversationInput).Erased)

	h, f = setup(t)
	f.strange = true
	_, err = h.Inbound(t.Context(), written(-3600))
	require.NoError(t, err)
	require.Zero(t, f.input.(workflows.ConversationInput).Erased, "never erased")
}

// TestEraseDividesWhatIsErasedFromWhatIsNot: a mark, then the next conversation, which replaces an open one, then the
// erasure of what was before.
func TestEraseDividesWhatIsErasedFromWhatIsNot(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]bool{"conversation": true, "no conversation": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, f := setup(t)
			f.mark = timestamppb.New(erased)
			if open {
				f.grown(enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, 10, 1000)
			}
			hash, err := h.Erase(t.Context(), alice)
			require.NoError(t, err)
			key := h.FollowerKey(alice)
			require.Equal(t, workflows.HashKey(key), hash)
			in := workflows.EraseInput{Account: "shop", FollowerKey: key, Marked: erased.UTC()}
			want := []call{{workflows.ErasureID("shop", key), "", nil, workflows.TypeErasedFollower}}
			if open {
				want = append(want, call{h.ConversationID(alice), "", workflows.ConversationInput{
					Account: "shop", OpenID: alice, FollowerKey: key, Erased: erased.Unix(), Succeeds: true,
				}, workflows.TypeConversation})
			}
			want = append(want, call{workflows.EraseID("shop", key), workflows.SignalErase, in, workflows.TypeEraseFollower})
			require.Equal(t, want, f.taken)
			require.Equal(t, workflows.EraseFollowerInput{EraseInput: in}, f.input)
		})
	}
}
