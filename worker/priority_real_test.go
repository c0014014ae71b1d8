package worker

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	sdk "go.temporal.io/sdk/worker"

	"github.com/wechat-c4c/wechat-c4c/activities"
	"github.com/wechat-c4c/wechat-c4c/conversation"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// orderNamespace is one of devServer's.
const orderNamespace = "order"

// Calls to C4C that have waited are handed out by age: first new ones, then those that have waited longest.
func TestBacklogIsHandedOutByAge(t *testing.T) {
	t.Parallel()
	if os.Getenv("TEMPORAL_DEV_BIN") == "" {
		t.Skip("TEMPORAL_DEV_BIN is not set: no Temporal development server to test with")
	}
	c := clientOf(t, orderNamespace)
	forWorkflows := sdk.New(c, workflows.TaskQueue, sdk.Options{DisableRegistrationAliasing: true})
	(&workflows.Workflows{Policies: map[string]workflows.Policy{"default": {}}}).Register(forWorkflows)
	require.NoError(t, forWorkflows.Start())
	t.Cleanup(forWorkflows.Stop)

	var err error
	ages := map[string]time.Duration{"late": 30 * time.Minute, "old": 3 * time.Hour, "oldest": 20 * time.Hour,
		"new": time.Minute}
	const each = 4
	for i := range each {
		for _, name := range []string{"follow", "late", "old", "oldest", "new"} { // the worst first
			in := workflows.SyncInput{Account: "default", OpenID: fmt.Sprint(name, i), FollowerKey: fmt.Sprintf("%-16s", name)}
			start := client.StartWorkflowOptions{ID: t.Name() + in.OpenID, TaskQueue: workflows.TaskQueue}
			if name == "follow" {
				_, err = c.ExecuteWorkflow(t.Context(), start, workflows.TypeOnboardFollower,
					workflows.OnboardFollowerInput{SyncInput: in})
			} else {
				ask := conversation.TicketAsk{Message: conversation.Inbound{
					Kind: conversation.KindMessage, MsgType: "text", MsgID: "7", CreateTime: time.Now().Add(-ages[name]).Unix(),
				}}
				_, err = c.ExecuteWorkflow(t.Context(), start, workflows.TypeCreateTicket,
					workflows.CreateTicketInput{SyncInput: in, TicketAsk: ask})
			}
			require.NoError(t, err)
			require.Eventually(t, func() bool {
				d, err := c.DescribeWorkflowExecution(t.Context(), start.ID, "")
				require.NoError(t, err)
				return len(d.GetPendingActivities()) == 1
			}, time.Minute, 10*time.Millisecond, in.OpenID)
		}
	}

	var mu sync.Mutex
	var order []string
	forC4C := sdk.New(c, workflows.QueueC4C, sdk.Options{
		DisableWorkflowWorker: true, MaxConcurrentActivityExecutionSize: 1, MaxConcurrentActivityTaskPollers: 1,
	})
	forC4C.RegisterActivityWithOptions(func(_ context.Context, in activities.EnsureProfileInput) error {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, strings.TrimRight(in.Follower.OpenID, "0123456789"))
		return temporal.NewNonRetryableApplicationError("not today", activities.ErrorC4CRejected, nil)
	}, activity.RegisterOptions{Name: "EnsureProfile"})
	require.NoError(t, forC4C.Start())
	t.Cleanup(forC4C.Stop)
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(order) == 5*each
	}, 2*time.Minute, 10*time.Millisecond)
	var want []string
	for _, name := range []string{"new", "oldest", "old", "late", "follow"} {
		for range each {
			want = append(want, name)
		}
	}
	require.Equal(t, want, order)
}
