package worker

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// payloadKey is the metadata entry in which a payload names its encryption key.
const payloadKey = "encryption-key-id"

// EnsureReconciliation makes sure that each account's replies are compared at the interval given in every. Accounts
// without an interval are not compared. As with EnsureSchedules, every process may call it, an operator's pause is
// kept, and a schedule encrypted with another key than keyID is written again. Runs are named in the given language.
// The result reports for each account what happened to its schedule, and has no entry if there is none and should be
// none.
func EnsureReconciliation(ctx context.Context, c client.Client, accounts []string, every map[string]time.Duration,
	keyID string, language wording.Language) ([]string, error) {
	var found []string
	for _, account := range accounts {
		one, err := ensureReconciliation(ctx, c.ScheduleClient(), account, every[account], keyID, language)
		if err != nil {
			return found, fmt.Errorf("schedule %s: %w", workflows.ReconcileRepliesID(account), err)
		}
		found = append(found, one)
	}
	return found, nil
}

func ensureReconciliation(ctx context.Context, schedules client.ScheduleClient, account string, every time.Duration,
	keyID string, language wording.Language) (string, error) {
	id := workflows.ReconcileRepliesID(account)
	if every <= 0 {
		err := schedules.GetHandle(ctx, id).Delete(ctx)
		if missing := (*serviceerror.NotFound)(nil); errors.As(err, &missing) {
			return "", nil
		}
		return scheduleRemoved, err
	}
	action := &client.ScheduleWorkflowAction{
		ID: id, Workflow: workflows.TypeReconcileReplies, TaskQueue: workflows.TaskQueue,
		Args:                  []any{workflows.ReconcileInput{Account: account}},
		StaticSummary:         language.Say("Replies of agents that did not arrive, account %s", account),
		TypedSearchAttributes: workflows.SyncAttributes(account),
	}
	// A late start is useless: the next run compares everything written since the last one.
	spec := client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}, Jitter: every / 10}
	return createOrUpdate(ctx, schedules, action, spec, max(every, minCatchup), func(have client.Schedule) bool {
		return sameInterval(have.Spec, spec) && keyOf(have.Action) == keyID
	})
}

// minCatchup is the shortest catch-up window that Temporal accepts.
const minCatchup = 10 * time.Second

func sameInterval(have *client.ScheduleSpec, want client.ScheduleSpec) bool {
	return have != nil && have.Jitter == want.Jitter && reflect.DeepEqual(have.Intervals, want.Intervals)
}

// keyOf is the key that encrypts a schedule's arguments, as the server describes them.
func keyOf(action client.ScheduleAction) string {
	starts, ok := action.(*client.ScheduleWorkflowAction)
	if !ok || len(starts.Args) == 0 {
		return ""
	}
	payload, ok := starts.Args[0].(*commonpb.Payload)
	if !ok {
		return ""
	}
	return string(payload.GetMetadata()[payloadKey])
}
