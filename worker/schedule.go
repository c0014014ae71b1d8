package worker

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// tokenCron starts MaintainToken every ten minutes: tokens live two hours and rotate in their last five minutes.
const tokenCron = "*/10 * * * *"

// tokenJitter spreads the starts of many accounts.
const tokenJitter = 30 * time.Second

// tokenCatchup is how late a start may come after an outage of Temporal; more would start a row of stale checks.
const tokenCatchup = 10 * time.Minute

// EnsureSchedules makes sure that each account's token is maintained on a cron. Creating is atomic, so every process
// may call it; a schedule that differs is brought up to date, and an operator's pause is kept. keyID names the key that
// encrypts payloads: a schedule lives for ever, so it is written anew with each new key while the old one can still
// read it. The runs are named in the language. The answer says of each account what its schedule was: created, brought
// up to date, or there.
func EnsureSchedules(ctx context.Context, c client.Client, accounts []string, keyID string,
	language wording.Language) ([]string, error) {
	var found []string
	for _, account := range accounts {
		one, err := ensureSchedule(ctx, c.ScheduleClient(), account, keyID, language)
		if err != nil {
			return found, fmt.Errorf("schedule %s: %w", workflows.MaintainTokenID(account), err)
		}
		found = append(found, one)
	}
	return found, nil
}

// What EnsureSchedules and EnsureReconciliation found or did.
const (
	scheduleCreated = "created"
	scheduleMended  = "brought up to date"
	scheduleThere   = "there"
	scheduleRemoved = "removed"
)

func ensureSchedule(ctx context.Context, schedules client.ScheduleClient, account, keyID string,
	language wording.Language) (string, error) {
	action := &client.ScheduleWorkflowAction{
		ID: workflows.MaintainTokenID(account), Workflow: workflows.TypeMaintainToken, TaskQueue: workflows.TaskQueue,
		Args:          []any{workflows.TokenWorkflowInput{Account: account}},
		StaticSummary: language.Say("Access token of account %s", account),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeAccount.ValueSet(account), workflows.AttributeSyncState.ValueSet(workflows.StateSyncing)),
	}
	// The server takes a cron expression apart and gives back only the comment behind it, by which specs are told apart.
	spec := client.ScheduleSpec{CronExpressions: []string{tokenCron + " # " + written(keyID)}, Jitter: tokenJitter}
	return createOrUpdate(ctx, schedules, action, spec, tokenCatchup, func(have client.Schedule) bool {
		return sameSpec(have.Spec, keyID)
	})
}

// createOrUpdate makes sure of one schedule, whose id is that of the workflow it starts. same says whether the
// specification and the key of the one that is there are those of this release.
func createOrUpdate(ctx context.Context, schedules client.ScheduleClient, action *client.ScheduleWorkflowAction,
	spec client.ScheduleSpec,
	catchup time.Duration, same func(have client.Schedule) bool) (string, error) {
	policy := &client.SchedulePolicies{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: catchup}
	_, err := schedules.Create(ctx, client.ScheduleOptions{
		ID: action.ID, Spec: spec, Action: action, TriggerImmediately: true, Overlap: policy.Overlap,
		CatchupWindow: policy.CatchupWindow,
	})
	if !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return scheduleCreated, err
	}
	found := scheduleThere
	err = schedules.GetHandle(ctx, action.ID).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			have := in.Description.Schedule
			if sameSchedule(have, action, policy) && same(have) {
				return nil, temporal.ErrSkipScheduleUpdate
			}
			found = scheduleMended
			return &client.ScheduleUpdate{Schedule: &client.Schedule{Action: action, Spec: &spec, Policy: policy,
				State: have.State}}, nil
		},
	})
	return found, err
}

// written is the comment that says how a schedule was written: its cron, and the key of its payloads.
func written(keyID string) string { return tokenCron + " key " + keyID }

// sameSpec says whether a schedule, as the server describes it, is on the cron and with the jitter of this release, and
// readable with the current key.
func sameSpec(have *client.ScheduleSpec, keyID string) bool {
	return have != nil && have.Jitter == tokenJitter && len(have.Calendars) == 1 &&
		have.Calendars[0].Comment == written(keyID)
}

// sameSchedule compares what else a release may change.
func sameSchedule(have client.Schedule, action *client.ScheduleWorkflowAction, policy *client.SchedulePolicies) bool {
	old, ok := have.Action.(*client.ScheduleWorkflowAction)
	return ok && old.TaskQueue == action.TaskQueue && old.Workflow == action.Workflow &&
		reflect.DeepEqual(have.Policy, policy)
}
