package workflows

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// Nil pointers, to name the activities by method value.
var (
	toWeChat *activities.WeChat
	toC4C    *activities.C4C

	operations *activities.Operations
)

// backoff retries transient errors for ever, with pauses of at most a minute.
func backoff(initial time.Duration) *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: initial, BackoffCoefficient: 2, MaximumInterval: time.Minute}
}

// workerLost is how long a repeatable activity waits for a heartbeat of its worker: [activities.BeatEvery] with room
// for three late ones.
const workerLost = 4 * activities.BeatEvery

// repeatable returns the options of an activity that may be repeated. Cancelling waits for the running attempt,
// because its outcome counts.
func repeatable(ctx workflow.Context, queue, summary string, retry *temporal.RetryPolicy) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: queue, StartToCloseTimeout: time.Minute, HeartbeatTimeout: workerLost, RetryPolicy: retry,
		Summary:             say(ctx, summary),
		WaitForCancellation: true,
	})
}

// c4cCall returns the options of an activity that calls C4C. The summary is a sentence without personal data.
func c4cCall(ctx workflow.Context, summary string) workflow.Context {
	return prioritised(repeatable(ctx, QueueC4C, summary, backoff(time.Second)))
}

// c4cPoll returns the options of an activity that waits for C4C to catch up.
func c4cPoll(ctx workflow.Context, summary string) workflow.Context {
	retry := backoff(500 * time.Millisecond)
	retry.BackoffCoefficient = 1.5
	return prioritised(repeatable(ctx, QueueC4C, summary, retry))
}

// wechatCall returns the options of an activity that calls WeChat and may be repeated.
func wechatCall(ctx workflow.Context, summary string) workflow.Context {
	return repeatable(ctx, QueueWeChat, summary, backoff(time.Second))
}

// wechatSend returns the options of a send. If its worker is lost, the attempt is not repeated, because it may have
// arrived.
func wechatSend(ctx workflow.Context, summary string) workflow.Context {
	retry := backoff(time.Second)
	retry.NonRetryableErrorTypes = []string{activities.NotRetriedTimeout}
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: QueueWeChat, StartToCloseTimeout: 30 * time.Second, RetryPolicy: retry, Summary: say(ctx, summary),
		WaitForCancellation: true,
	})
}

// row is what operators see of a newly started sync, in addition to account and follower.
type row struct {
	state    string
	ticketID string // empty if unknown
	failure  string // why it waits; empty: it does not wait, or only for its turn
}

// child returns the options of one sync. Its id rejects repeated deliveries for as long as the namespace remembers
// it.
func (in SyncInput) child(ctx workflow.Context, id, summary string, row row) workflow.Context {
	shown := []temporal.SearchAttributeUpdate{AttributeSyncState.ValueSet(row.state),
		AttributeAccount.ValueSet(in.Account)}
	add := func(attribute temporal.SearchAttributeKeyKeyword, value string) {
		if value != "" {
			shown = append(shown, attribute.ValueSet(value))
		}
	}
	add(AttributeFollowerKey, in.FollowerKey)
	add(AttributeTicketID, row.ticketID)
	add(AttributeSyncError, row.failure)
	return workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:            id,
		TaskQueue:             TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:         summary,
		TypedSearchAttributes: temporal.NewSearchAttributes(shown...),
	})
}
