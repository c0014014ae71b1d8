package conversation_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// decoded are the kinds of events as they come out of JSON.
var decoded = []func([]byte) (conversation.Event, error){
	decode[conversation.Inbound], decode[conversation.Reply], decode[conversation.TicketChange],
	decode[conversation.Report],
	decode[conversation.Closed], decode[conversation.Watched], decode[conversation.Tick],
	decode[conversation.Tell], decode[conversation.SpendLink],
}

func decode[E conversation.Event](data []byte) (conversation.Event, error) {
	var e E
	err := json.Unmarshal(data, &e)
	return e, err
}

// FuzzStep feeds a step with whatever the decoder makes of random bytes. The step never fails, and the resulting
// state can be written and read again.
func FuzzStep(f *testing.F) {
	for seed := range uint64(12) { // scripts of the model
		w := newWorld(seed + 1)
		for _, c := range newScript(seed + 1).Choices[:20] {
			w.act(c)
		}
		state, err := json.Marshal(w.state)
		require.NoError(f, err)
		for _, e := range w.sent[max(0, len(w.sent)-5):] {
			data, err := json.Marshal(e)
			require.NoError(f, err)
			kind := map[bool]byte{true: 1}[isReply(e)]
			f.Add(kind, data, state, w.now, seed)
		}
		for id := range w.units {
			data, err := json.Marshal(conversation.Report{WorkflowID: id, Lane: conversation.LaneReplies,
				Kind: conversation.ReportTurn})
			require.NoError(f, err)
			f.Add(byte(3), data, state, w.now, seed)
			f.Add(byte(4), data, state, w.now, seed)
		}
	}
	f.Add(byte(0), []byte(`{"key":"k","kind":"register","web":{}}`), []byte(`{}`), int64(0), uint64(0))
	odd := `{"messages":{"waiting":[{}],"active":{"id":"a","since":-9000000000000000000,"reports":true,"asked":-9}}}`
	f.Add(byte(6), []byte(`{}`), []byte(odd), int64(0), uint64(0))
	f.Fuzz(func(t *testing.T, kind byte, event, state []byte, at int64, seed uint64) {
		s := newState()
		if json.Unmarshal(state, s) != nil {
			s = newState()
		}
		e, err := decoded[int(kind)%len(decoded)](event)
		if err != nil {
			return
		}
		policy, now := newConfig(seed).policy, time.UnixMilli(at%(1<<42))
		s.Step(now, policy, e)
		due := s.Due(policy)
		require.True(t, due.IsZero() || due.After(now), "due at %v, stepped at %v", due, now)
		if !due.IsZero() {
			s.Step(due, policy, conversation.Tick{})
			next := s.Due(policy)
			require.True(t, next.IsZero() || next.After(due), "due at %v and then at %v", due, next)
		}
		s.View()
		s.WindowView(policy)
		s.PageView()
		data, err := json.Marshal(s)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, new(conversation.State)))
	})
}

func isReply(e conversation.Event) bool {
	_, ok := e.(conversation.Reply)
	return ok
}

// An unusable event is counted and changes nothing else.
func TestUnusableEvents(t *testing.T) {
	t.Parallel()
	says := func(id string, lane conversation.LaneName, kind conversation.ReportKind) conversation.Report {
		return conversation.Report{WorkflowID: id, Lane: lane, Kind: kind,
			Outcome: conversation.Outcome{With: []string{"reply/main/2"}}}
	}
	for name, e := range map[string]conversation.Event{
		"a message without a key": conversation.Inbound{Kind: conversation.KindMessage},
		"something unknown":       conversation.Inbound{Key: "k", Kind: "wave", CreateTime: 1},
		"a registration without data": conversation.Inbound{Key: "k", Kind: conversation.KindRegister,
			Web: &conversation.WebEntry{}},
		"an unfollow of the page": conversation.Inbound{Key: "k", Kind: conversation.KindUnfollow,
			Web: &conversation.WebEntry{}},
		"a reply without an id":          conversation.Reply{Text: "hello"},
		"an automatic text of 1 MB":      conversation.Reply{SmaID: "1", Automatic: true, Text: string(make([]byte, 1<<20))},
		"a ticket without a key":         conversation.TicketChange{},
		"a report of nobody":             says("", conversation.LaneReplies, conversation.ReportEnded),
		"a report of another lane":       says("reply/main/1", conversation.LaneMessages, conversation.ReportTurn),
		"a report of no lane":            says("reply/main/1", "", conversation.ReportTurn),
		"an unknown report":              says("reply/main/1", conversation.LaneReplies, "gone"),
		"a message that is held":         says("ticket/main/f/1", conversation.LaneMessages, conversation.ReportHeld),
		"the end of what it never began": says("reply/main/1", conversation.LaneReplies, conversation.ReportEnded),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newState()
			require.Empty(t, s.Step(time.Unix(100, 0), conversation.Policy{}, e))
			require.Equal(t, 1, s.Unused)
			s.Unused = 0
			require.Equal(t, newState(), s)
		})
	}
}
