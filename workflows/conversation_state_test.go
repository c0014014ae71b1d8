package workflows

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFirstRemembersTheLatestKeys(t *testing.T) {
	t.Parallel()
	var s ConversationState
	for i := range maxSeen + 1 {
		require.True(t, s.first(strconv.Itoa(i)))
	}
	require.Len(t, s.Seen, maxSeen, "a conversation of years carries no more through continue-as-new")
	require.False(t, s.first(strconv.Itoa(maxSeen)))
	require.False(t, s.first("1"))
	require.True(t, s.first("0"), "the oldest is forgotten")
}

func TestNextTakesTheOldest(t *testing.T) {
	t.Parallel()
	message := func(at int64, id string) Inbound { return Inbound{CreateTime: at, MsgID: id} }
	sent := []Inbound{message(1, ""), message(1, "9"), message(1, "10"), message(2, "8")}
	for _, arrival := range [][]int{{3, 2, 1, 0}, {1, 3, 0, 2}} {
		var s ConversationState
		for _, i := range arrival {
			s.Inbox = append(s.Inbox, sent[i])
		}
		var taken []Inbound
		for len(s.Inbox) > 0 {
			taken = append(taken, s.next())
		}
		require.True(t, slices.EqualFunc(sent, taken, func(a, b Inbound) bool { return a.CreateTime == b.CreateTime && a.MsgID == b.MsgID }))
	}
}

func TestTurnsGoInTheOrderOfWriting(t *testing.T) {
	t.Parallel()
	s := ConversationState{Turns: map[Lane][]Turn{}}
	lane := Lane("inbound")
	for _, turn := range []Turn{
		{WorkflowID: "c", Order: orderKey("2026-01-02", "1")},
		{WorkflowID: "b", Order: orderKey("2026-01-01", "10")},
		{WorkflowID: "a", Order: orderKey("2026-01-01", "9")},
		{WorkflowID: "a", Order: orderKey("2026-01-03", "1")},
	} {
		s.wantTurn(lane, turn)
	}
	for _, want := range []string{"a", "b", "c"} {
		require.Equal(t, want, s.nextTurn(lane))
	}
	require.Empty(t, s.Turns[lane])
}
