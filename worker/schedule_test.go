package worker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/wechat-c4c/wechat-c4c/wording"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// fakeSchedules is a server with at most one schedule, which it describes as a real one does: the cron expression has
// become a calendar with the expression's comment.
type fakeSchedules struct {
	client.ScheduleClient
	client.ScheduleHandle

	have    *client.Schedule
	created *client.ScheduleOptions
	updated *client.Schedule
	deleted []string
	asked   string // the schedule a handle was taken of
	failing error
}

func (f *fakeSchedules) Create(_ context.Context, o client.ScheduleOptions) (client.ScheduleHandle, error) {
	switch {
	case f.failing != nil:
		return nil, f.failing
	case f.have != nil:
		return nil, temporal.ErrScheduleAlreadyRunning
	}
	f.created = &o
	return f, nil
}

func (f *fakeSchedules) GetHandle(_ context.Context, id string) client.ScheduleHandle {
	f.asked = id
	return f
}

func (f *fakeSchedules) Delete(context.Context) error {
	if f.failing == nil {
		f.deleted = append(f.deleted, f.asked)
	}
	return f.failing
}

func (f *fakeSchedules) Update(_ context.Context, o client.ScheduleUpdateOptions) error {
	update, err := o.DoUpdate(client.ScheduleUpdateInput{Description: client.ScheduleDescription{Schedule: *f.have}})
	if errors.Is(err, temporal.ErrSkipScheduleUpdate) {
		return nil
	}
	if err == nil {
		f.updated = update.Schedule
	}
	return err
}

// scheduleClient is a Temporal client that has schedules only.
type scheduleClient struct {
	client.Client
	schedules *fakeSchedules
}

func (c scheduleClient) ScheduleClient() client.ScheduleClient { return c.schedules }

// described is our schedule as a server describes it.
func described() *client.Schedule {
	return &client.Schedule{
		Action: &client.ScheduleWorkflowAction{
			ID: "maintain-token/acme", Workflow: "MaintainToken", TaskQueue: "wechat-c4c",
			StaticSummary: "Access token of account acme",
		},
		Spec: &client.ScheduleSpec{
			Calendars: []client.ScheduleCalendarSpec{{Minute: []client.ScheduleRange{{End: 59, Step: 10}},
				Comment: "*/10 * * * * key k1"}},
			Jitter: 30 * time.Second,
		},
		Policy: &client.SchedulePolicies{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: 10 * time.Minute},
		State:  &client.ScheduleState{Paused: true, Note: "by ada"},
	}
}

func TestScheduleIsCreated(t *testing.T) {
	t.Parallel()
	schedules := &fakeSchedules{}
	found, err := EnsureSchedules(t.Context(), scheduleClient{schedules: schedules}, []string{"acme"}, "k1",
		wording.Chinese)
	require.NoError(t, err)
	require.Equal(t, []string{"created"}, found)
	created := schedules.created
	require.Equal(t, "maintain-token/acme", created.ID)
	require.True(t, created.TriggerImmediately, "nobody waits for the first token")
	require.Equal(t, enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, created.Overlap)
	require.Equal(t, 10*time.Minute, created.CatchupWindow)
	require.Equal(t, []string{"*/10 * * * * # */10 * * * * key k1"}, created.Spec.CronExpressions)
	action, ok := created.Action.(*client.ScheduleWorkflowAction)
	require.True(t, ok)
	require.Equal(t, workflows.TypeMaintainToken, action.Workflow)
	require.Equal(t, workflows.TaskQueue, action.TaskQueue)
	require.Equal(t, []any{workflows.TokenWorkflowInput{Account: "acme"}}, action.Args)
	require.Equal(t, "公众号 acme 的 access_token", action.StaticSummary)
	state, ok := action.TypedSearchAttributes.GetKeyword(workflows.AttributeSyncState)
	require.True(t, ok)
	require.Equal(t, workflows.StateSyncing, state)
}

func TestScheduleIsUpdatedWhereItDiffers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change  func(*client.Schedule)
		updated bool
	}{
		"same":           {func(*client.Schedule) {}, false},
		"paused or not":  {func(s *client.Schedule) { s.State.Paused = false }, false},
		"key":            {func(s *client.Schedule) { s.Spec.Calendars[0].Comment = "*/10 * * * * key k0" }, true},
		"cron":           {func(s *client.Schedule) { s.Spec.Calendars[0].Comment = "*/30 * * * *" }, true},
		"no cron":        {func(s *client.Schedule) { s.Spec.Calendars = nil }, true},
		"no spec":        {func(s *client.Schedule) { s.Spec = nil }, true},
		"jitter":         {func(s *client.Schedule) { s.Spec.Jitter = time.Second }, true},
		"overlap":        {func(s *client.Schedule) { s.Policy.Overlap = enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL }, true},
		"catch-up":       {func(s *client.Schedule) { s.Policy.CatchupWindow = time.Hour }, true},
		"task queue":     {func(s *client.Schedule) { s.Action.(*client.ScheduleWorkflowAction).TaskQueue = "old" }, true},
		"workflow":       {func(s *client.Schedule) { s.Action.(*client.ScheduleWorkflowAction).Workflow = "Old" }, true},
		"another action": {func(s *client.Schedule) { s.Action = nil }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schedules := &fakeSchedules{have: described()}
			test.change(schedules.have)
			found, err := EnsureSchedules(t.Context(), scheduleClient{schedules: schedules}, []string{"acme"}, "k1", "")
			require.NoError(t, err)
			require.Equal(t, test.updated, schedules.updated != nil)
			if !test.updated {
				require.Equal(t, []string{"there"}, found)
			} else {
				require.Equal(t, []string{"brought up to date"}, found)
				require.Equal(t, schedules.have.State, schedules.updated.State, "an operator's pause is kept")
				require.Equal(t, []string{"*/10 * * * * # */10 * * * * key k1"}, schedules.updated.Spec.CronExpressions)
				require.Equal(t, described().Policy, schedules.updated.Policy)
			}
		})
	}
}

func TestScheduleFails(t *testing.T) {
	t.Parallel()
	failing := errors.New("no server")
	_, err := EnsureSchedules(t.Context(), scheduleClient{schedules: &fakeSchedules{failing: failing}}, []string{"acme"},
		"k1", "")
	require.ErrorIs(t, err, failing)
	require.ErrorContains(t, err, "maintain-token/acme")
	_, err = EnsureSchedules(t.Context(), nil, nil, "k1", "")
	require.NoError(t, err)
}
