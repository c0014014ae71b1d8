package workflows

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// blobLimit is the largest payload that Temporal accepts, in bytes, and payloadRoom what the tests allow.
const (
	blobLimit   = 2 << 20
	payloadRoom = 1 << 20
)

// flooded is a conversation without Temporal: the starts of its shell are encoded as for Temporal.
type flooded struct {
	t         *testing.T
	converter converter.DataConverter
	shell     *shell
	now       time.Time
	started   map[string]int
	parts     int // StartWaiting workflows
	biggest   int // payload of one of them
}

func newFlooded(t *testing.T) *flooded {
	t.Helper()
	f := &flooded{
		t: t, converter: developmentRing(t).DataConverter(), now: dawn, started: map[string]int{},
		shell: &shell{workflows: &Workflows{Policies: map[string]Policy{testAccount: testPolicy}}, gathers: true},
	}
	f.shell.in = ConversationInput{Account: testAccount, OpenID: testOpenID, FollowerKey: testFollower}
	f.shell.state.Who = conversation.Identity(testSync)
	f.shell.state.Presence.Onboarded = true
	return f
}

// size is what a value takes as a payload, in bytes.
func (f *flooded) size(value any) int {
	f.t.Helper()
	payload, err := f.converter.ToPayload(value)
	require.NoError(f.t, err)
	return proto.Size(payload)
}

// take applies events to the conversation, and lets everything that is due soon happen.
func (f *flooded) take(events ...conversation.Event) {
	f.t.Helper()
	for {
		for _, group := range grouped(f.shell.state.Step(f.now, testPolicy.Policy, events...)) {
			f.start(group)
		}
		due := f.shell.state.Due(testPolicy.Policy)
		if due.IsZero() || due.Sub(f.now) > time.Second {
			return
		}
		f.now, events = due, []conversation.Event{conversation.Tick{}}
	}
}

// start encodes what a group of commands starts.
func (f *flooded) start(group []conversation.Command) {
	f.t.Helper()
	for _, command := range group {
		switch command.(type) {
		case conversation.StartTicket, conversation.StartReply:
			if startsWaitingSync(command) {
				f.shell.carryOut(command)
			}
		}
	}
	for _, part := range batches(f.shell.gathered) {
		plain := 0
		for _, s := range part {
			f.started[s.ID]++
			plain += len(s.Input)
		}
		require.True(f.t, plain <= maxBatchSize || len(part) == 1, "%d bytes of %d syncs", plain, len(part))
		if f.parts++; f.parts%16 == 1 { // it takes its time
			f.biggest = max(f.biggest, f.size(StartWaitingInput{SyncInput: testSync, Syncs: part}))
		}
	}
	f.shell.gathered = nil
}

// handedOver is the size of what a run would pass to the next one now.
func (f *flooded) handedOver() int {
	f.t.Helper()
	require.False(f.t, f.shell.state.Loaded(), "it begins the rest first")
	next := f.shell.in
	next.State, next.Policy, next.Taken = &f.shell.state, &conversation.Policy{}, &Taken{}
	return f.size(next)
}

// incompressible is a text of n characters out of 20,000.
func incompressible(random *rand.Rand, n int) string {
	var text strings.Builder
	for range n {
		text.WriteRune('一' + random.Int32N(20_000))
	}
	return text.String()
}

// A bulk action cancels StartWaiting before it has begun: the syncs are started anyway, because nothing else would
// start them.
func TestCancelledStartOfWhatWaits(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	started := 0
	s.env.RegisterWorkflowWithOptions(func(workflow.Context) error { started++; return nil },
		workflow.RegisterOptions{Name: "waits"})
	in := StartWaitingInput{SyncInput: testSync}
	for i := range 20 {
		id := fmt.Sprint("waits/", i)
		in.Syncs = append(in.Syncs, SyncStart{ID: id, Type: "waits", State: StateWaiting, Input: asJSON(nil)})
	}
	s.env.ExecuteWorkflow(func(ctx workflow.Context) error {
		ctx, cancel := workflow.WithCancel(ctx)
		cancel()
		return s.under.StartWaiting(ctx, in)
	})
	require.NoError(t, s.env.GetWorkflowError())
	require.Equal(t, len(in.Syncs), started)
}

// However much waits and however long it is, no payload comes near Temporal's limit.
func TestPayloadsOfAFloodOfMessages(t *testing.T) {
	t.Parallel()
	f, random := newFlooded(t), rand.New(rand.NewPCG(1, 2))
	f.take(message("under way", "1", dawn.Unix()))
	f.take(conversation.Tick{})
	var texts []string // more than a compressor's window
	for range 64 {
		texts = append(texts, incompressible(random, 2048))
	}
	var events []conversation.Event
	for i := range 20_000 {
		id := fmt.Sprint(23_456_789_000_000_000 + uint64(i)*1_000_000 + random.Uint64N(1_000_000))
		events = append(events, message(texts[i%len(texts)], id, dawn.Unix()+int64(i/20)))
		if len(events) == 5000 {
			f.take(events...)
			events = nil
			require.Less(t, f.handedOver(), payloadRoom)
		}
	}
	waiting := f.shell.state.View().WaitingMessages
	t.Logf("%d wait, %d of them started, by payloads of %d bytes at most; a run hands %d bytes over",
		waiting, len(f.started), f.biggest, f.handedOver())
	require.Equal(t, 20_000, waiting, "all are visible")
	require.Greater(t, len(f.started), 19_900)
	for id, n := range f.started {
		require.Equal(t, 1, n, id)
	}
	require.Less(t, f.biggest, payloadRoom)
}

// maxReply is the largest text in a push of C4C, in bytes.
const maxReply = 1 << 20

func TestPayloadsOfAFloodOfReplies(t *testing.T) {
	t.Parallel()
	f, random := newFlooded(t), rand.New(rand.NewPCG(3, 4))
	f.take(conversation.Reply{SmaID: "1", TicketID: "1", Text: "first", CreatedAt: dawn.Format(time.RFC3339)})
	f.take(conversation.Report{
		WorkflowID: conversation.ReplyID(testAccount, "1"), Lane: conversation.LaneReplies, Kind: conversation.ReportHeld,
		Order:   conversation.Order{At: dawn.Unix(), ID: "1"},
		Outcome: conversation.Outcome{Failure: activities.ErrorWeChatWindowClosed},
	})
	large, long := incompressible(random, maxReply/3), incompressible(random, 4<<10)
	var events []conversation.Event
	for i := range 2000 {
		text := long
		if i%50 == 0 {
			text = large
		}
		at := dawn.Add(time.Duration(i) * time.Second).Format(time.RFC3339)
		events = append(events, conversation.Reply{SmaID: fmt.Sprint(1000 + i), TicketID: "1", Author: "Chen", Text: text,
			CreatedAt: at})
		if len(events) == 500 {
			f.take(events...)
			events = nil
		}
	}
	t.Logf("%d started, by payloads of %d bytes at most; a run hands %d bytes over", len(f.started), f.biggest,
		f.handedOver())
	require.Len(t, f.shell.state.Held.Replies, 2001)
	require.Len(t, f.started, 2000)
	require.Less(t, f.handedOver(), payloadRoom)
	require.Less(t, f.biggest, blobLimit*2/3, "one reply of the largest size is one payload")
}
