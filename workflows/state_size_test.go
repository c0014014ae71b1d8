package workflows

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
)

// flood sends n messages that all reach the conversation in one task, because the workers were away.
func (s *stage) flood(n int, text string) (texts []string) {
	s.converse()
	at := dawn.Add(s.clock).Unix()
	var events []conversation.Inbound
	for i := range n {
		line := fmt.Sprintf("%04d %s", i, text)
		texts = append(texts, line)
		events = append(events, message(line, fmt.Sprint(10_000+i), at))
	}
	s.step(func() { s.inboundNow(events...) })
	return texts
}

// Temporal fails a task that requests too much at once, and a run with too many children. What comes at once is
// started in parts, and by other workflows.
func TestFlood(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.under.limits = limits{unconfirmed: 20, children: 60}
	s.follow()
	s.will("AddMessage", later(activities.ErrorC4CLocked, time.Minute))
	texts := s.flood(300, "hello")
	s.advance(30 * time.Second)
	s.check(func() {
		require.LessOrEqual(t, s.most.open, 20, "commands that are not confirmed")
		require.Less(t, s.most.children, 20, "children of one run")
		require.Equal(t, 299, s.view().WaitingMessages)
	})
	s.advance(time.Hour)
	s.run()
	require.Equal(t, [][]string{texts}, s.tenant.texts())
}

// A run begins what it may before it hands over: the next one gets no more than a state holds.
func TestFloodIsNotHandedOver(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("AddMessage", later(activities.ErrorC4CLocked, time.Minute))
	s.check(func() { s.suggested = true })
	texts := s.flood(300, strings.Repeat("hello ", 300))
	s.advance(time.Minute)
	s.check(func() {
		require.Equal(t, 2, s.runs[testConversation])
		require.Less(t, weigh(t, s.carried), 200_000, "what one run hands to the next")
	})
	s.advance(time.Hour)
	s.run()
	require.Equal(t, [][]string{texts}, s.tenant.texts())
}

// If much arrives while a run waits to hand over, the run handles it itself.
func TestWhatArrivesMeanwhileIsNotHandedOver(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.slow, s.moment = true, 5*time.Second
	s.follow()
	s.will("AddMessage", later(activities.ErrorC4CLocked, time.Minute))
	first := s.say("first")
	s.check(func() { s.suggested = true })
	s.click() // the run asks the running sync to report its end, which takes a moment
	texts := s.flood(300, strings.Repeat("hello ", 300))
	s.advance(time.Minute)
	s.check(func() {
		require.Equal(t, 2, s.runs[testConversation])
		require.Less(t, weigh(t, s.carried), 200_000, "what one run hands to the next")
	})
	s.advance(time.Hour)
	s.run()
	require.Equal(t, [][]string{append([]string{"first"}, texts...)}, s.tenant.texts())
	s.requireSynced(first)
}

// If no other workflow starts what waits, the conversation does.
func TestNobodyStartsWhatWaits(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.follow()
	s.will("AddMessage", later(activities.ErrorC4CLocked, time.Minute))
	s.env.OnWorkflow(TypeStartWaiting, mock.Anything, mock.Anything).Return(errors.New("terminated"))
	texts := s.flood(80, "hello")
	s.advance(time.Hour)
	s.run()
	require.Equal(t, [][]string{texts}, s.tenant.texts())
}

// Replies of a megabyte are not kept in the state.
func TestLargeReplies(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.will("SendText", later(activities.ErrorWeChatBusy, time.Minute))
	large := strings.Repeat("An answer. ", 90_000)
	var ids []string
	s.reply("first")
	for range 4 {
		ids = append(ids, s.reply(large))
	}
	s.step(func() { s.suggested = true })
	s.click()
	s.step(func() {
		require.Less(t, weigh(t, s.carried), 100_000, "what one run hands to the next")
		require.NotZero(t, s.carried)
	})
	for _, id := range ids {
		s.step(func() { s.commandNow(&verdict{}, id, CommandSkip, "ada") })
	}
	s.advance(10 * time.Minute)
	s.run()
	require.Equal(t, []string{"first"}, s.tenant.received())
}

// Many replies wait for a follower who unfollows: all are given up, a part at a time.
func TestManyHeldReplies(t *testing.T) {
	t.Parallel()
	s := quiet(t)
	s.under.limits = limits{unconfirmed: 20, children: 1000}
	s.will("SendText", parking(activities.ErrorWeChatWindowClosed))
	first := s.reply("answer")
	s.step(func() {
		s.direct(func(ctx workflow.Context) {
			for i := range 60 {
				workflow.SignalExternalWorkflow(ctx, testConversation, "", SignalReply,
					conversation.Reply{SmaID: fmt.Sprint(1000 + i), TicketID: "1", Text: "answer"})
			}
		})
	})
	s.advance(time.Minute)
	s.check(func() { require.Equal(t, 61, s.window().Held) })
	s.unfollow()
	s.advance(time.Minute)
	s.run()
	require.Equal(t, StateSkipped, s.state(first))
	for i := range 60 {
		require.Equal(t, StateSkipped, s.state(conversation.ReplyID(testAccount, fmt.Sprint(1000+i))))
	}
	require.LessOrEqual(t, s.most.open, 20)
}

// view is the conversation's view of itself at this moment of the script.
func (s *stage) view() (view conversation.View) {
	value, err := s.env.QueryWorkflowByID(testConversation, QueryState)
	require.NoError(s.t, err)
	require.NoError(s.t, value.Get(&view))
	return view
}

// weigh is the size of what a run passes to the next one, in bytes.
func weigh(t *testing.T, in ConversationInput) int {
	data, err := json.Marshal(in)
	require.NoError(t, err)
	return len(data)
}
