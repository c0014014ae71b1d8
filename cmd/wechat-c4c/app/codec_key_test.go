package app

import (
	"context"
	"encoding/base64"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/worker"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// rotation is an installation whose writers have a key that its workers lack.
type rotation struct {
	t       *testing.T
	addr    string
	cfg     config.Config
	old     client.Client // writes with the key that all processes have
	fresh   client.Client // writes with the new one
	account string
}

func codecKeys(ids ...string) config.Secret {
	var keys []string
	for _, id := range ids {
		keys = append(keys, id+":"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat(id, codec.KeySize/len(id)))))
	}
	return config.Secret(strings.Join(keys, ","))
}

func newRotation(t *testing.T) *rotation {
	t.Helper()
	r := &rotation{t: t, cfg: testConfig(t)}
	r.cfg.LogLevel, r.cfg.CodecKeys, r.account = "error", codecKeys("k1", "k2"), r.cfg.Account
	server := newDevServer(t, r.cfg)
	r.addr, r.old = server.FrontendHostPort(), server.Client()
	r.cfg.CodecKeys = codecKeys("k2", "k1")
	ring, err := newRing(r.cfg)
	require.NoError(t, err)
	r.fresh, err = client.NewClientFromExistingWithContext(t.Context(), r.old, client.Options{
		DataConverter: ring.DataConverter(), FailureConverter: ring.FailureConverter(),
	})
	require.NoError(t, err)
	t.Cleanup(r.fresh.Close)
	return r
}

// work runs a worker of the role workflows with these keys until stop is called.
func (r *rotation) work(ids ...string) (stop func()) {
	r.t.Helper()
	cfg := r.cfg
	cfg.CodecKeys, cfg.InternalAddr, cfg.LogLevel = codecKeys(ids...), freeAddr(r.t), "error"
	s := surroundingsOf(r.addr, io.Discard)
	s.temporal.EnvLookup = envMap{"TEMPORAL_ADDRESS": r.addr, "TEMPORAL_NAMESPACE": "default"}
	s.role = worker.RoleWorkflows
	ctx, cancel := context.WithCancel(r.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runWorker(ctx, cfg, s) }()
	return func() {
		cancel()
		require.NoError(r.t, <-ended)
	}
}

// follower starts a conversation.
func (r *rotation) follower(c client.Client, openID string) (id string) {
	r.t.Helper()
	key := followerKey(r.cfg)(r.account, openID)
	id = workflows.ConversationID(r.account, key)
	// The SDK lets a failed task time out from the second attempt on: a second suffices here.
	o := client.StartWorkflowOptions{ID: id, TaskQueue: workflows.TaskQueue, WorkflowTaskTimeout: time.Second}
	_, err := c.ExecuteWorkflow(r.t.Context(), o, workflows.TypeConversation,
		workflows.ConversationInput{Account: r.account, OpenID: openID, FollowerKey: key})
	require.NoError(r.t, err)
	return id
}

// say sends a follower's message.
func (r *rotation) say(c client.Client, id, openID string) {
	r.t.Helper()
	require.NoError(r.t, c.SignalWorkflow(r.t.Context(), id, "", workflows.SignalInbound, conversation.Inbound{
		Key: "1001", Kind: conversation.KindMessage, OpenID: openID, CreateTime: time.Now().Unix(),
		MsgID: "1001", MsgType: "text", Text: "written with another key",
	}))
}

// events are the events of a type in a workflow's history.
func (r *rotation) events(id string, kind enumspb.EventType) (found []*historypb.HistoryEvent) {
	r.t.Helper()
	history := r.old.GetWorkflowHistory(r.t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		require.NoError(r.t, err)
		if event.GetEventType() == kind {
			found = append(found, event)
		}
	}
	return found
}

func (r *rotation) eventually(what string, done func() bool) {
	r.t.Helper()
	require.Eventually(r.t, done, 40*time.Second, 50*time.Millisecond, what)
}

func (r *rotation) blocked(id string) {
	r.t.Helper()
	r.eventually("the task fails", func() bool { return len(r.events(id, enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED)) > 0 })
	described, err := r.old.DescribeWorkflowExecution(r.t.Context(), id, "")
	require.NoError(r.t, err)
	require.Equal(r.t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, described.GetWorkflowExecutionInfo().GetStatus())
}

// healed reports whether the conversation does what a first message asks for.
func (r *rotation) healed(id string) bool {
	return len(r.events(id, enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED)) > 0
}

// spendLink is an update.
func (r *rotation) spendLink(c client.Client, id string) error {
	now := time.Now()
	handle, err := c.UpdateWorkflow(r.t.Context(), client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: workflows.UpdateSpendLink, WaitForStage: client.WorkflowUpdateStageCompleted,
		Args: []any{conversation.SpendLinkRequest{ID: "link", Issued: now.Unix(), Expires: now.Add(time.Hour).Unix()}},
	})
	if err != nil {
		return err
	}
	return handle.Get(r.t.Context(), nil)
}

// Payloads written with a key that the workers lack wait for the key, and nothing is lost.
func TestWorkersWaitForAKey(t *testing.T) {
	t.Parallel()
	const alice, bob, carol = "oAlice", "oBob", "oCarol"
	r := newRotation(t)
	stop := r.work("k1")

	signaled := r.follower(r.old, alice)
	r.say(r.fresh, signaled, alice)
	begun := r.follower(r.fresh, bob)
	r.say(r.old, begun, bob)
	updated := r.follower(r.old, carol)
	r.eventually("a conversation begins", func() bool {
		return len(r.events(updated, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)) > 0
	})
	spent := make(chan error, 1)
	go func() { spent <- r.spendLink(r.fresh, updated) }()
	for _, id := range []string{signaled, begun, updated} {
		r.blocked(id)
	}
	_, err := r.old.QueryWorkflow(t.Context(), signaled, "", workflows.QueryState)
	require.Error(t, err)
	require.False(t, r.healed(signaled))
	require.False(t, r.healed(begun))
	stop()

	stop = r.work("k1", "k2")
	defer stop()
	r.eventually("the signal is heard", func() bool { return r.healed(signaled) })
	r.eventually("the conversation goes on", func() bool { return r.healed(begun) })
	require.NoError(t, <-spent)
	value, err := r.old.QueryWorkflow(t.Context(), signaled, "", workflows.QueryState)
	require.NoError(t, err)
	var view conversation.View
	require.NoError(t, value.Get(&view))
}
