package app

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	sdk "go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// The most that an open idle conversation may contain.
const (
	restingEvents = 10
	restingBytes  = 4_000
)

const restingFollower = "oRestingFollowerOfThisTest01"

// calm is a conversation on a real Temporal, with payloads encrypted as in production, and with a WeChat and a C4C
// that accept everything.
type calm struct {
	t       *testing.T
	client  client.Client
	id      string
	input   workflows.ConversationInput
	options client.StartWorkflowOptions

	added, sent atomic.Int64 // messages in C4C, and to the follower
}

func newCalm(t *testing.T) *calm {
	t.Helper()
	cfg := config.Development()
	cfg.LogLevel = "error"
	key := followerKey(cfg)(cfg.Account, restingFollower)
	c := &calm{t: t, client: newDevServer(t, cfg).Client(), id: workflows.ConversationID(cfg.Account, key)}
	c.input = workflows.ConversationInput{Account: cfg.Account, OpenID: restingFollower, FollowerKey: key}
	c.options = client.StartWorkflowOptions{
		ID: c.id, TaskQueue: workflows.TaskQueue, StaticSummary: "Conversation with follower " + key,
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeAccount.ValueSet(cfg.Account), workflows.AttributeFollowerKey.ValueSet(key)),
	}
	c.work(cfg)
	return c
}

// work starts workers whose conversations rest after two seconds.
func (c *calm) work(cfg config.Config) {
	c.t.Helper()
	policies, err := policiesOf(cfg)
	require.NoError(c.t, err)
	workers := map[string]sdk.Worker{}
	for _, queue := range []string{workflows.TaskQueue, workflows.QueueC4C, workflows.QueueWeChat} {
		workers[queue] = sdk.New(c.client, queue, sdk.Options{DisableRegistrationAliasing: true})
	}
	(&workflows.Workflows{Policies: policies, IdleAfter: 2 * time.Second}).Register(workers[workflows.TaskQueue])
	for name, answer := range c.c4c() {
		workers[workflows.QueueC4C].RegisterActivityWithOptions(answer, activity.RegisterOptions{Name: name})
	}
	workers[workflows.QueueWeChat].RegisterActivityWithOptions(func(context.Context, activities.SendTextInput) error {
		c.sent.Add(1)
		return nil
	}, activity.RegisterOptions{Name: "SendText"})
	for _, w := range workers {
		require.NoError(c.t, w.Start())
		c.t.Cleanup(w.Stop)
	}
}

// c4c answers with ids of the length of real ones.
func (c *calm) c4c() map[string]any {
	uuid := func(n int64) string { return fmt.Sprintf("00163e0a-7c1f-1eef-9f8b-%012d", n) }
	ticket := activities.Ticket{
		ID: "4711", ObjectID: "00163E0A7C1F1EEF9F8B000000000003", Open: true, UserStatus: "1", Status: "1",
		ChangedAt: time.Now(),
	}
	return map[string]any{
		"EnsureProfile": func(_ context.Context, in activities.EnsureProfileInput) (activities.EnsuredProfile, error) {
			if in.Look {
				return activities.EnsuredProfile{}, nil
			}
			profile := activities.Profile{ID: "P1000001", UUID: uuid(1), CustomerID: in.Customer.ID}
			return activities.EnsuredProfile{Profile: profile}, nil
		},
		"EnsureCustomer": func(context.Context, activities.EnsureCustomerInput) (activities.Customer, error) {
			return activities.Customer{ID: "1000001", UUID: uuid(2), ObjectID: "00163E0A7C1F1EEF9F8B000000000002"}, nil
		},
		"BindProfile": func(context.Context, activities.BindProfileInput) error { return nil },
		"AddMessage": func(_ context.Context, in activities.AddMessageInput) (activities.AddedMessage, error) {
			n := c.added.Add(1)
			added := activities.AddedMessage{Activity: activities.Activity{ID: strconv.FormatInt(n, 10), UUID: uuid(n)}}
			if in.IfOpen != "" {
				added.Ticket = &ticket
			}
			return added, nil
		},
		"FindTicket": func(context.Context, activities.FindTicketInput) (activities.Ticket, error) { return ticket, nil },
		"ReplyFiles": func(context.Context, activities.ReplyFilesInput) ([]activities.ReplyFile, error) { return nil, nil },
		"AddNote":    func(context.Context, activities.AddNoteInput) error { return nil },
	}
}

func (c *calm) signal(name string, value any) {
	c.t.Helper()
	_, err := c.client.SignalWithStartWorkflow(c.t.Context(), c.id, name, value, c.options, workflows.TypeConversation,
		c.input)
	require.NoError(c.t, err)
}

func (c *calm) write(n int) {
	c.t.Helper()
	msgID := strconv.Itoa(25_000_000_000_000_000 + n)
	c.signal(workflows.SignalInbound, conversation.Inbound{
		Key: "msg/" + msgID, Kind: conversation.KindMessage, OpenID: restingFollower, CreateTime: time.Now().Unix(),
		MsgID:   msgID,
		MsgType: "text", Text: fmt.Sprintf("the brakes squeal again, and this is the message number %d about it", n),
	})
}

func (c *calm) answer(n int) {
	c.t.Helper()
	c.signal(workflows.SignalReply, conversation.Reply{
		SmaID: strconv.Itoa(7_000_000 + n), TicketID: "4711", Author: "Ada Agent",
		CreatedAt: time.Now().UTC().Format(time.RFC3339),
		Text:      "please come by, and bring the car", OpenID: restingFollower,
	})
}

// awaits waits until a counter has reached a number.
func (c *calm) awaits(counter *atomic.Int64, n int64) {
	c.t.Helper()
	require.Eventually(c.t, func() bool { return counter.Load() == n }, 30*time.Second, 10*time.Millisecond)
}

// rests waits until the conversation is open, has done its tasks and has few events.
func (c *calm) rests() *workflowservice.DescribeWorkflowExecutionResponse {
	c.t.Helper()
	var last *workflowservice.DescribeWorkflowExecutionResponse
	require.Eventually(c.t, func() bool {
		var err error
		last, err = c.client.DescribeWorkflowExecution(c.t.Context(), c.id, "")
		require.NoError(c.t, err)
		info := last.GetWorkflowExecutionInfo()
		return info.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING && last.GetPendingWorkflowTask() == nil &&
			len(last.GetPendingChildren()) == 0 && info.GetHistoryLength() <= restingEvents
	}, 30*time.Second, 20*time.Millisecond, "it holds on to its history")
	return last
}

// A conversation at rest is small, whatever happened before: with a million followers every byte counts.
func TestConversationAtRestIsSmall(t *testing.T) {
	t.Parallel()
	c := newCalm(t)
	c.signal(workflows.SignalInbound, conversation.Inbound{
		Key: "event/subscribe", Kind: conversation.KindFollow, OpenID: restingFollower, CreateTime: time.Now().Unix() - 60,
	})
	replies := 0
	for n := range 13 {
		c.write(n + 1)
		c.awaits(&c.added, int64(n+1))
		if n%4 == 2 {
			replies++
			c.answer(replies)
			c.awaits(&c.sent, int64(replies))
		}
	}
	first := c.rests().GetWorkflowExecutionInfo()
	t.Logf("at rest: %d events, %d bytes", first.GetHistoryLength(), first.GetHistorySizeBytes())
	require.Less(t, first.GetHistorySizeBytes(), int64(restingBytes))

	// It has forgotten nothing: the next message goes to the same ticket. After that it rests again.
	c.write(14)
	c.awaits(&c.added, 14)
	value, err := c.client.QueryWorkflow(t.Context(), c.id, "", workflows.QueryState)
	require.NoError(t, err)
	var view conversation.View
	require.NoError(t, value.Get(&view))
	require.Equal(t, "4711", view.Known.Thread.TicketID)
	require.Equal(t, "1000001", view.Known.Customer.ID)
	again := c.rests().GetWorkflowExecutionInfo()
	require.Less(t, again.GetHistorySizeBytes(), int64(restingBytes))
	require.Less(t, again.GetHistorySizeBytes(), first.GetHistorySizeBytes()+200, "it does not grow with each rest")
}
