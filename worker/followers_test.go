package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// signalClient records which conversations are signalled and started.
type signalClient struct {
	client.Client

	there  map[string]bool      // conversations that run
	erased map[string]time.Time // by the id of the mark
	ids    []string
	told   []conversation.Inbound
	inputs []workflows.ConversationInput // of those that were started
	titles []string
	fails  int  // the conversation that cannot be reached, counted from 1; 0: none
	blind  bool // erasures cannot be read
}

var errNoFrontend = errors.New("no frontend")

func (c *signalClient) take(id string, arg any) {
	c.ids, c.told = append(c.ids, id), append(c.told, arg.(conversation.Inbound))
}

func (c *signalClient) SignalWorkflow(_ context.Context, id, _, _ string, arg any) error {
	if c.fails == len(c.ids)+1 {
		return errNoFrontend
	}
	if !c.there[id] {
		return serviceerror.NewNotFound("no such conversation")
	}
	c.take(id, arg)
	return nil
}

func (c *signalClient) SignalWithStartWorkflow(_ context.Context, id, _ string, arg any, o client.StartWorkflowOptions,
	_ any, in ...any) (client.WorkflowRun, error) {
	c.take(id, arg)
	c.inputs, c.titles = append(c.inputs, in[0].(workflows.ConversationInput)), append(c.titles, o.StaticSummary)
	return nil, nil
}

func (c *signalClient) DescribeWorkflowExecution(_ context.Context, id, _ string) (
	*workflowservice.DescribeWorkflowExecutionResponse, error) {
	if c.blind {
		return nil, errNoFrontend
	}
	at, ok := c.erased[id]
	if !ok {
		return nil, serviceerror.NewNotFound("no such mark")
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Type: &commonpb.WorkflowType{Name: workflows.TypeErasedFollower}, StartTime: timestamppb.New(at)}}, nil
}

func backfillKey(account, openID string) string { return "key-of-" + account + fmt.Sprint(len(openID)) }

func told(c *signalClient) *followers {
	return &followers{client: c, key: backfillKey, language: wording.Chinese}
}

func TestFollowersAreTold(t *testing.T) {
	t.Parallel()
	in := activities.OnboardFollowersInput{Account: "shop", OpenIDs: []string{"oA", "oBB"}, Run: "run-1", At: 1700000000}
	c := &signalClient{there: map[string]bool{"conversation/shop/key-of-shop3": true}}
	var progress []int
	erased, err := told(c).Onboard(t.Context(), in, func(n int) { progress = append(progress, n) })
	require.NoError(t, err)
	require.Zero(t, erased)
	require.Equal(t, []string{"conversation/shop/key-of-shop2", "conversation/shop/key-of-shop3"}, c.ids)
	require.Equal(t, conversation.Inbound{Key: "backfill/run-1", Kind: conversation.KindBackfill, OpenID: "oBB",
		CreateTime: 1700000000, MsgID: "run-1"}, c.told[1])
	require.Equal(t, []workflows.ConversationInput{{Account: "shop", OpenID: "oA", FollowerKey: "key-of-shop2"}}, c.inputs)
	require.Equal(t, []int{1, 2}, progress)
	require.Equal(t, []string{"与粉丝 key-of-shop2 的会话"}, c.titles)

	c = &signalClient{fails: 2}
	_, err = told(c).Onboard(t.Context(), in, func(int) {})
	require.ErrorContains(t, err, "signal a conversation: no frontend")
	require.NotContains(t, err.Error(), "oBB")
	require.Len(t, c.ids, 1)
}

// A backfill does not bring back a follower erased after WeChat listed them. The conversation of a follower erased
// before knows of the erasure.
func TestBackfillKnowsOfErasures(t *testing.T) {
	t.Parallel()
	const listed = 1_700_000_000
	in := activities.OnboardFollowersInput{Account: "shop", OpenIDs: []string{"oA", "oBB", "oCCC"}, Run: "run-1",
		At: listed}
	mark := func(openID string) string { return workflows.ErasureID("shop", backfillKey("shop", openID)) }
	c := &signalClient{erased: map[string]time.Time{
		mark("oA"): time.Unix(listed-60, 0), mark("oBB"): time.Unix(listed+60, 0), mark("oCCC"): time.Unix(listed, 500),
	}}
	progress := 0
	erased, err := told(c).Onboard(t.Context(), in, func(n int) { progress = n })
	require.NoError(t, err)
	require.Equal(t, 2, erased, "afterwards, and in the same second")
	require.Equal(t, 3, progress)
	require.Equal(t, []workflows.ConversationInput{
		{Account: "shop", OpenID: "oA", FollowerKey: "key-of-shop2", Erased: listed - 60},
	}, c.inputs)

	c.there = map[string]bool{"conversation/shop/" + backfillKey("shop", "oBB"): true}
	erased, err = told(c).Onboard(t.Context(), in, func(int) {})
	require.NoError(t, err)
	require.Equal(t, 1, erased, "who has come back since has a conversation")

	c.blind = true
	_, err = told(c).Onboard(t.Context(), in, func(int) {})
	require.ErrorIs(t, err, errNoFrontend, "nobody is started as long as nobody can say")
	require.NotContains(t, err.Error(), "oA")
}
