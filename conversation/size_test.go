package conversation

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// burdenedState is a state with busy lanes that continues until nothing is due.
type burdenedState struct {
	t       *testing.T
	now     time.Time
	state   State
	policy  Policy
	starts  map[string]int
	told    map[string]bool
	most    int // most starts of one step
	steps   int
	biggest int // most bytes given to syncs started in one step
}

func newBurdened(t *testing.T) *burdenedState {
	b := &burdenedState{
		t: t, now: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), policy: Policy{Settle: 250 * time.Millisecond},
		state: State{Who: Identity{Account: "acme", OpenID: "o-1", FollowerKey: "abcdefghijklmnop"},
			Presence: Presence{Onboarded: true}},
		starts: map[string]int{}, told: map[string]bool{},
	}
	b.take(Inbound{Key: "0", Kind: KindMessage, MsgID: "0", CreateTime: b.now.Unix() - 100})
	b.take(Reply{SmaID: "0", TicketID: "1", CreatedAt: b.now.Add(-time.Minute).Format(time.RFC3339)})
	b.now = b.now.Add(time.Second)
	b.take(Tick{})
	require.NotNil(t, b.state.Messages.Active)
	require.NotNil(t, b.state.Replies.Active)
	return b
}

func (b *burdenedState) take(events ...Event) {
	for {
		b.steps++
		starts, bytes := 0, 0
		for _, c := range b.state.Step(b.now, b.policy, events...) {
			switch c := c.(type) {
			case StartTicket:
				b.starts[c.ID]++
				starts++
				bytes += len(c.Ask.Message.Text)
			case StartReply:
				b.starts[c.ID]++
				starts++
				bytes += len(c.Ask.Reply.Text)
			case GiveUp:
				b.told[c.WorkflowID] = true
			}
		}
		b.most, b.biggest = max(b.most, starts), max(b.biggest, bytes)
		due := b.state.Due(b.policy)
		require.True(b.t, due.IsZero() || due.After(b.now), "nothing is due that was due already")
		if due.IsZero() || due.Sub(b.now) > time.Second {
			return
		}
		b.now, events = due, []Event{Tick{}}
	}
}

// weight is the state's size in a payload: JSON, compressed.
func (b *burdenedState) weight() (plain, packed int) {
	data, err := json.Marshal(&b.state)
	require.NoError(b.t, err)
	var buffer bytes.Buffer
	w, err := flate.NewWriter(&buffer, flate.DefaultCompression)
	require.NoError(b.t, err)
	_, err = w.Write(data)
	require.NoError(b.t, err)
	require.NoError(b.t, w.Close())
	return len(data), buffer.Len()
}

const movable = 1 << 20 // bytes; Temporal takes 2 MB

func TestManyMessagesStayMovable(t *testing.T) {
	t.Parallel()
	for name, batch := range map[string]int{"one by one": 1, "many at once": 5000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, random := newBurdened(t), rand.New(rand.NewPCG(1, 1))
			var events []Event
			for i := range 20_000 {
				id := fmt.Sprint(23_456_789_000_000_000 + uint64(i)*1000 + random.Uint64N(1000))
				text := strings.Repeat("说", 600)
				events = append(events, Inbound{Key: "acme/" + id, Kind: KindMessage, MsgID: id, CreateTime: b.now.Unix(),
					MsgType: "text", Text: text})
				if len(events) == batch {
					b.take(events...)
					b.now, events = b.now.Add(time.Second/20*time.Duration(batch)), nil
				}
			}
			plain, packed := b.weight()
			t.Logf("%d bytes, %d compressed, %d steps", plain, packed, b.steps)
			require.Less(t, packed, movable)
			require.LessOrEqual(t, b.most, maxBegun)
			require.LessOrEqual(t, b.biggest, maxBegunSize+2000)
			require.LessOrEqual(t, len(b.state.Messages.Waiting), maxWaiting)
			require.Equal(t, 20_000, b.state.Messages.waitCount())
			require.Equal(t, 20_000-len(b.state.Messages.Waiting)+1, len(b.starts)-1)
			for id, n := range b.starts {
				require.Equal(t, 1, n, id)
			}
		})
	}
}

func TestManyHeldRepliesStayMovable(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]struct {
		batch  int
		number func(i int) int // of the reply that comes as the i-th
	}{
		"all at once":                  {2000, func(i int) int { return i }},
		"one by one":                   {1, func(i int) int { return i }},
		"one by one, the latest first": {1, func(i int) int { return 2000 - i }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBurdened(t)
			b.take(Report{WorkflowID: ReplyID("acme", "0"), Lane: LaneReplies, Kind: ReportHeld,
				Outcome: Outcome{Failure: activities.ErrorWeChatWindowClosed}})
			var events []Event
			for i := range 2000 {
				n := in.number(i)
				written := b.now.Add(time.Duration(n-4000) * time.Second)
				events = append(events, Reply{SmaID: fmt.Sprint(1_000_000 + n), TicketID: "1", Author: "Chen",
					CreatedAt: written.Format(time.RFC3339), Text: strings.Repeat("答", 500)})
				if len(events) == in.batch {
					b.take(events...)
					events = nil
				}
			}
			require.Len(t, b.state.Held.Replies, 2001)
			require.LessOrEqual(t, b.most, maxBegun)
			plain, packed := b.weight()
			t.Logf("%d bytes, %d compressed", plain, packed)
			require.Less(t, plain, movable)
			b.take(Inbound{Key: "u", Kind: KindUnfollow, CreateTime: b.now.Unix()})
			require.Len(t, b.told, 2001)
			require.Empty(t, b.state.Held.Replies)
		})
	}
}

func TestLargeRepliesStayMovable(t *testing.T) {
	t.Parallel()
	b := newBurdened(t)
	text := strings.Repeat("a", 1<<20)
	var events []Event
	for i := range 20 {
		events = append(events, Reply{SmaID: fmt.Sprint(1_000_000 + i), TicketID: "1", Text: text})
	}
	b.take(events...)
	plain, _ := b.weight()
	require.Less(t, plain, movable/4)
	require.LessOrEqual(t, b.biggest, 1<<20, "one at a time")
	require.Equal(t, 20, b.state.Replies.waitCount())
}
