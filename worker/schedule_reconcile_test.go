package worker

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

var everyFive = map[string]time.Duration{"acme": 5 * time.Minute}

// comparing is our schedule as a server describes it.
func comparing() *client.Schedule {
	return &client.Schedule{
		Action: &client.ScheduleWorkflowAction{
			ID: "reconcile-replies/acme", Workflow: "ReconcileReplies", TaskQueue: "wechat-c4c",
			Args: []any{&commonpb.Payload{Metadata: map[string][]byte{"encryption-key-id": []byte("k1")}}},
		},
		Spec: &client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: 5 * time.Minute}},
			Jitter: 30 * time.Second},
		Policy: &client.SchedulePolicies{Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: 5 * time.Minute},
		State:  &client.ScheduleState{Paused: true, Note: "by ada"},
	}
}

func TestReconciliationIsCreated(t *testing.T) {
	t.Parallel()
	schedules := &fakeSchedules{}
	found, err := EnsureReconciliation(t.Context(), scheduleClient{schedules: schedules}, []string{"acme"}, everyFive,
		"k1", "")
	require.NoError(t, err)
	require.Equal(t, []string{"created"}, found)
	created := schedules.created
	require.Equal(t, "reconcile-replies/acme", created.ID)
	require.True(t, created.TriggerImmediately, "from now on, and not from five minutes on")
	require.Equal(t, enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, created.Overlap)
	require.Equal(t, []client.ScheduleIntervalSpec{{Every: 5 * time.Minute}}, created.Spec.Intervals)
	action, ok := created.Action.(*client.ScheduleWorkflowAction)
	require.True(t, ok)
	require.Equal(t, workflows.TypeReconcileReplies, action.Workflow)
	require.Equal(t, []any{workflows.ReconcileInput{Account: "acme"}}, action.Args)
	account, ok := action.TypedSearchAttributes.GetKeyword(workflows.AttributeAccount)
	require.True(t, ok)
	require.Equal(t, "acme", account)
}

func TestReconciliationIsUpdatedWhereItDiffers(t *testing.T) {
	t.Parallel()
	action := func(s *client.Schedule) *client.ScheduleWorkflowAction {
		return s.Action.(*client.ScheduleWorkflowAction)
	}
	for name, test := range map[string]struct {
		change  func(*client.Schedule)
		updated bool
	}{
		"same":       {func(*client.Schedule) {}, false},
		"not paused": {func(s *client.Schedule) { s.State.Paused = false }, false},
		"interval":   {func(s *client.Schedule) { s.Spec.Intervals[0].Every = time.Hour }, true},
		"no spec":    {func(s *client.Schedule) { s.Spec = nil }, true},
		"jitter":     {func(s *client.Schedule) { s.Spec.Jitter = 0 }, true},
		"overlap":    {func(s *client.Schedule) { s.Policy.Overlap = enumspb.SCHEDULE_OVERLAP_POLICY_ALLOW_ALL }, true},
		"workflow":   {func(s *client.Schedule) { action(s).Workflow = "Old" }, true},
		"key": {func(s *client.Schedule) {
			action(s).Args[0].(*commonpb.Payload).Metadata["encryption-key-id"] = []byte("k0")
		}, true},
		"no arguments": {func(s *client.Schedule) { action(s).Args = nil }, true},
		"no payload":   {func(s *client.Schedule) { action(s).Args = []any{"plain"} }, true},
		"no action":    {func(s *client.Schedule) { s.Action = nil }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			schedules := &fakeSchedules{have: comparing()}
			test.change(schedules.have)
			found, err := EnsureReconciliation(t.Context(), scheduleClient{schedules: schedules}, []string{"acme"}, everyFive,
				"k1", "")
			require.NoError(t, err)
			require.Equal(t, []string{map[bool]string{true: "brought up to date", false: "there"}[test.updated]}, found)
			require.Equal(t, test.updated, schedules.updated != nil)
			if test.updated {
				require.Equal(t, schedules.have.State, schedules.updated.State, "an operator's pause is kept")
				require.Equal(t, comparing().Spec, schedules.updated.Spec)
				require.Equal(t, comparing().Policy, schedules.updated.Policy)
			}
		})
	}
}

func TestReconciliationIsSwitchedOff(t *testing.T) {
	t.Parallel()
	for _, every := range []map[string]time.Duration{nil, {"acme": 0}, {"other": time.Minute}} {
		schedules := &fakeSchedules{have: comparing()}
		found, err := EnsureReconciliation(t.Context(), scheduleClient{schedules: schedules}, []string{"acme"}, every, "k1",
			"")
		require.NoError(t, err)
		require.Equal(t, []string{"removed"}, found)
		require.Equal(t, []string{"reconcile-replies/acme"}, schedules.deleted)
	}
	gone := &fakeSchedules{failing: serviceerror.NewNotFound("no such schedule")}
	found, err := EnsureReconciliation(t.Context(), scheduleClient{schedules: gone}, []string{"acme"}, nil, "k1", "")
	require.NoError(t, err)
	require.Equal(t, []string{""}, found, "there is none and shall be none")
}

func TestReconciliationFails(t *testing.T) {
	t.Parallel()
	failing := errors.New("no server")
	for _, every := range []map[string]time.Duration{nil, everyFive} {
		_, err := EnsureReconciliation(t.Context(), scheduleClient{schedules: &fakeSchedules{failing: failing}},
			[]string{"acme"}, every, "k1",
			"")
		require.ErrorIs(t, err, failing)
		require.ErrorContains(t, err, "reconcile-replies/acme")
	}
}
