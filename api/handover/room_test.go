package handover_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/wechat-c4c/wechat-c4c/api/handover"
	"github.com/wechat-c4c/wechat-c4c/api/spool"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

const (
	running = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	ended   = enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED
)

// write sends messages of a size as a follower.
func write(t *testing.T, h *handover.Handover, openID string, messages, size int) (outcome handover.Outcome,
	err error) {
	t.Helper()
	for range messages {
		in := conversation.Inbound{Key: "k", OpenID: openID, Kind: conversation.KindMessage, Text: strings.Repeat("x", size)}
		if outcome, err = h.Inbound(t.Context(), in); err != nil || outcome != handover.Taken {
			break
		}
	}
	return outcome, err
}

// A conversation's history is checked each time the conversation has received a lot, however much that is in total.
func TestConversationsAreLookedAt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ messages, size, looks int }{
		"few":          {250, 10, 0},
		"many":         {251, 10, 1},
		"very many":    {1000, 10, 3},
		"long":         {6, 200 << 10, 0},
		"longer":       {7, 200 << 10, 1},
		"one too long": {3, 2 << 20, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, f := setup(t)
			f.grown(running, 100, 1<<20)
			_, err := write(t, h, alice, test.messages, test.size)
			require.NoError(t, err)
			require.Equal(t, test.looks, f.looks)
			require.Len(t, f.taken, test.messages)
			_, err = write(t, h, "oBob", 1, 10)
			require.NoError(t, err)
			require.Equal(t, test.looks, f.looks, "another one's conversation")
		})
	}
}

// A conversation gets no more than it can hold: unprocessed events would be lost if it ended.
func TestFullConversationGetsNoMore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status        enumspb.WorkflowExecutionStatus
		events, bytes int64
		full          bool
	}{
		"short":            {running, 5_999, 12<<20 - 1, false},
		"long":             {running, 6_000, 1000, true},
		"large":            {running, 100, 12 << 20, true},
		"closed and large": {ended, 50_000, 50 << 20, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, f := setup(t)
			f.grown(test.status, test.events, test.bytes)
			_, err := write(t, h, alice, 251, 10)
			if !test.full {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, spool.ErrLaneFull)
			require.Len(t, f.taken, 250)
			_, err = h.Reply(t.Context(), conversation.Reply{SmaID: "7", OpenID: alice, Text: "a"})
			require.ErrorIs(t, err, spool.ErrLaneFull)
			_, err = h.Text(t.Context(), conversation.Reply{SmaID: "8", OpenID: alice, Text: "a", Automatic: true})
			require.ErrorIs(t, err, spool.ErrLaneFull)
		})
	}
}

// Temporal accepts a limited number of signals per run. The next run accepts more, so none is refused for good.
func TestSignalsOfARunAreSpent(t *testing.T) {
	t.Parallel()
	h, f := setup(t)
	f.answer(serviceerror.NewInvalidArgument("exceeded workflow execution limit for signal events"))
	_, err := write(t, h, alice, 1, 10)
	require.ErrorIs(t, err, spool.ErrLaneFull)
	require.NotErrorIs(t, err, spool.ErrRefused)
}

// The spool keeps what a full conversation cannot accept, and no other lane waits for it.
func TestSpoolKeepsWhatAConversationCannotTake(t *testing.T) {
	t.Parallel()
	h, f := setup(t)
	kept := withSpool(t, h)
	f.grown(running, 6_000, 1000)
	outcome, err := write(t, h, alice, 251, 10)
	require.NoError(t, err)
	require.Equal(t, handover.Kept, outcome)
	require.Equal(t, 1, kept.Status().Waiting)
	require.False(t, kept.Away(), "Temporal is there")
	outcome, err = write(t, h, "oBob", 1, 10)
	require.NoError(t, err)
	require.Equal(t, handover.Taken, outcome)
	f.grown(running, 3, 1000)
	require.NoError(t, kept.Drain(t.Context()))
	require.Len(t, f.taken, 252)
}
