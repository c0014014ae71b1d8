package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// signalClient notes which conversations are told.
type signalClient struct {
	client.Client

	ids    []string
	told   []conversation.Inbound
	inputs []workflows.ConversationInput
	titles []string
	fails  int // the signal that fails, counted from 1; 0: none
}

func (c *signalClient) SignalWithStartWorkflow(_ context.Context, id, _ string, arg any, o client.StartWorkflowOptions,
	_ any, in ...any) (client.WorkflowRun, error) {
	if c.fails == len(c.ids)+1 {
		return nil, errors.New("no frontend")
	}
	c.ids, c.told, c.inputs = append(c.ids, id), append(c.told, arg.(conversation.Inbound)),
		append(c.inputs, in[0].(workflows.ConversationInput))
	c.titles = append(c.titles, o.StaticSummary)
	return nil, nil
}

func TestFollowersAreTold(t *testing.T) {
	t.Parallel()
	key := func(account, openID string) string { return "key-of-" + account + fmt.Sprint(len(openID)) }
	in := activities.OnboardFollowersInput{Account: "shop", OpenIDs: []string{"oA", "oBB"}, Run: "run-1", At: 1700000000}
	c := &signalClient{}
	var progress []int
	f := &followers{client: c, key: key, language: wording.Chinese}
	require.NoError(t, f.Onboard(t.Context(), in, func(n int) { progress = append(progress, n) }))
	require.Equal(t, []string{"conversation/shop/key-of-shop2", "conversation/shop/key-of-shop3"}, c.ids)
	require.Equal(t, conversation.Inbound{Key: "backfill/run-1", Kind: conversation.KindBackfill, OpenID: "oBB",
		CreateTime: 1700000000, MsgID: "run-1"}, c.told[1])
	require.Equal(t, workflows.ConversationInput{Account: "shop", OpenID: "oA", FollowerKey: "key-of-shop2"}, c.inputs[0])
	require.Equal(t, []int{1, 2}, progress)
	require.Equal(t, []string{"与粉丝 key-of-shop2 的会话", "与粉丝 key-of-shop3 的会话"}, c.titles)

	c = &signalClient{fails: 2}
	err := (&followers{client: c, key: key}).Onboard(t.Context(), in, func(int) {})
	require.ErrorContains(t, err, "tell a conversation: no frontend")
	require.NotContains(t, err.Error(), "oBB")
	require.Len(t, c.ids, 1)
}
