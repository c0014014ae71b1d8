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

// tokenCatchup is how late a start may come after an outage of Temporal. A longer window would start a series of
// outdated checks.
const tokenCatchup = 10 * time.Minute

// EnsureSchedules makes sure that each account's token is maintained by a cron schedule. Creating is atomic, so every
// process may call it. It updates a schedule that differs and keeps an operator's pause. keyID names the key that
// encrypts payloads: a schedule lives for ever, so it is written again with each new key while the old key can still
// read it. Runs are named in the given language. The result reports for each account whether its schedule was
// created, updated or already there.
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

// Results of EnsureSchedules and EnsureReconciliation.
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
		Args:                  []any{workflows.TokenWorkflowInput{Account: account}},
		StaticSummary:         language.Say("Access token of account %s", account),
		TypedSearchAttributes: workflows.SyncAttributes(account),
	}
	// The server parses a cron expression and returns only the comment after it, which therefore identifies the spec.
	spec := client.ScheduleSpec{CronExpressions: []string{tokenCron + " # " + written(keyID)}, Jitter: tokenJitter}
	return createOrUpdate(ctx, schedules, action, spec, tokenCatchup, func(have client.Schedule) bool {
		return sameSpec(have.Spec, keyID)
	})
}

// createOrUpdate makes sure of one schedule. The schedule's id is that of the workflow it starts. same reports
// whether the existing schedule has this release's specification and key.
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

// written is the comment that records how a schedule was written: its cron, and the key of its payloads.
func written(keyID string) string { return tokenCron + " key " + keyID }

// sameSpec reports whether a schedule, as the server describes it, has this release's cron and jitter and is readable
// with the current key.
func sameSpec(have *client.ScheduleSpec, keyID string) bool {
	return have != nil && have.Jitter == tokenJitter && len(have.Calendars) == 1 &&
		have.Calendars[0].Comment == written(keyID)
}

// sameSchedule compares the other properties that a release may change.
func sameSchedule(have client.Schedule, action *client.ScheduleWorkflowAction, policy *client.SchedulePolicies) bool {
	old, ok := have.Action.(*client.ScheduleWorkflowAction)
	return ok && old.TaskQueue == action.TaskQueue && old.Workflow == action.Workflow &&
		reflect.DeepEqual(have.Policy, policy)
}
