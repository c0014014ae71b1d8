package conversation_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/conversation/window"
)

// benchPolicy is what most accounts have configured.
var benchPolicy = conversation.Policy{
	Settle: 250 * time.Millisecond, StuckAfter: 5 * time.Minute, TellNumber: true,
	Window: conversation.WindowPolicy{Rules: window.Published, RemindBefore: 4 * time.Hour},
}

// BenchmarkStep plays a message and a reply from their arrival to their end: three steps each.
func BenchmarkStep(b *testing.B) {
	b.Run("message", func(b *testing.B) {
		s, now := newState(), time.Unix(1_700_000_000, 0)
		benchSteps(b, 3, func(i int) {
			now = now.Add(time.Second)
			id := strconv.Itoa(i)
			s.Step(now, benchPolicy, conversation.Inbound{
				Key: "message/" + id, Kind: conversation.KindMessage, CreateTime: now.Unix(), MsgID: id, MsgType: "text",
				Text: "hello",
			})
			now = now.Add(time.Second)
			commands := s.Step(now, benchPolicy, conversation.Tick{})
			for len(commands) > 0 { // the first time, the follower becomes a customer before this
				commands = s.Step(now, benchPolicy, conversation.Closed{WorkflowID: s.Messages.Active.WorkflowID})
			}
		})
		require.Zero(b, s.Waits())
	})
	b.Run("reply", func(b *testing.B) {
		s, now := newState(), time.Unix(1_700_000_000, 0)
		benchSteps(b, 2, func(i int) {
			now = now.Add(time.Second)
			r := conversation.Reply{
				SmaID: strconv.Itoa(i), TicketID: "T1", Author: "Ada", Text: "good morning",
				CreatedAt: now.UTC().Format(time.RFC3339),
			}
			s.Step(now, benchPolicy, r)
			s.Step(now, benchPolicy, conversation.Closed{
				WorkflowID: conversation.ReplyID(account, r.SmaID), Outcome: conversation.Outcome{Arrived: true, Spent: 1},
			})
		})
		require.Zero(b, s.Waits())
		require.True(b, s.AtRest())
	})
}

func benchSteps(b *testing.B, steps int, play func(i int)) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		play(i)
	}
	b.ReportMetric(float64(steps*b.N)/b.Elapsed().Seconds(), "steps/s")
}

// crowds are states in which much waits.
var crowds = []struct {
	name string
	fill func() *conversation.State
}{
	{"20000 messages", func() *conversation.State {
		return crowd(20_000, func(i int) conversation.Event { return benchMessage(i, 600) })
	}},
	{"2000 held replies", func() *conversation.State {
		s, _ := heldReply()
		for i := 1; i < 2000; i++ {
			s.Step(time.Unix(1_700_000_000, 0), benchPolicy, benchReply(i, 500))
		}
		return s
	}},
	{"100 replies of 1 MB", func() *conversation.State {
		return crowd(100, func(i int) conversation.Event { return benchReply(i, 1<<20) })
	}},
	{"200 replies of 1 MB, held", func() *conversation.State {
		s, _ := heldReply()
		for i := 1; i < 200; i++ {
			s.Step(time.Unix(1_700_000_000, 0), benchPolicy, benchReply(i, 1<<20))
		}
		return s
	}},
}

func benchMessage(i, size int) conversation.Inbound {
	return conversation.Inbound{
		Key: "message/" + strconv.Itoa(i), Kind: conversation.KindMessage, CreateTime: 1_700_000_000,
		MsgID: strconv.Itoa(24_000_000_000 + i), MsgType: "text", Text: strings.Repeat("x", size),
	}
}

func benchReply(i, size int) conversation.Reply {
	return conversation.Reply{
		SmaID: strconv.Itoa(10_000_000 + i), TicketID: "8000000001", Author: "Ada", Text: strings.Repeat("x", size),
		CreatedAt: "2023-11-14T22:13:20Z",
	}
}

// crowd is a state with n waiting events, while the first is running.
func crowd(n int, event func(int) conversation.Event) *conversation.State {
	s := newState()
	for i := range n {
		s.Step(time.Unix(1_700_000_000, 0), benchPolicy, event(i))
	}
	return s
}

// heldReply is a state with one reply that waits for the follower.
func heldReply() (*conversation.State, string) {
	s, now := newState(), time.Unix(1_700_000_000, 0)
	s.Step(now, benchPolicy, benchReply(0, 100))
	id := conversation.ReplyID(account, "10000000")
	s.Step(now, benchPolicy, conversation.Report{
		WorkflowID: id, Lane: conversation.LaneReplies, Kind: conversation.ReportHeld,
		Order: conversation.Order{At: 1_700_000_000, ID: "10000000"},
	})
	return s, id
}

// TestCrowds limits the state's size, however much waits.
func TestCrowds(t *testing.T) {
	t.Parallel()
	for _, tt := range crowds {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.fill()
			data, err := json.Marshal(s)
			require.NoError(t, err)
			started := len(s.Messages.Turns) + len(s.Replies.Turns) + len(s.Held.Replies)
			require.Less(t, len(data), 200_000+150*started)
		})
	}
}

// compressed is the size of data after compression.
func compressed(data []byte) int {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Len()
}

// BenchmarkState measures the JSON encoding of a state in which much waits.
func BenchmarkState(b *testing.B) {
	for _, tt := range crowds {
		b.Run(tt.name, func(b *testing.B) {
			s := tt.fill()
			var data []byte
			for b.Loop() {
				data, _ = json.Marshal(s)
			}
			b.ReportMetric(float64(len(data)), "bytes")
			b.ReportMetric(float64(compressed(data)), "compressed")
			b.ReportMetric(float64(s.Waits()+len(s.Held.Replies)), "waiting")
		})
	}
}
