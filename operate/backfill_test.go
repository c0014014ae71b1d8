package operate

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// backfilling is a Temporal with one backfill.
type backfilling struct {
	Temporal
	client.WorkflowUpdateHandle

	missing  bool
	silences []error // errors that queries meet first, each once
	running  bool
	progress []workflows.BackfillProgress // one per query, the last one for ever
	started  []client.StartWorkflowOptions
	updates  []client.UpdateWorkflowOptions
}

func (b *backfilling) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, _ any,
	_ ...any) (client.WorkflowRun, error) {
	b.started = append(b.started, o)
	if b.running {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("running", "", "")
	}
	return nil, nil
}

func (b *backfilling) DescribeWorkflowExecution(context.Context, string,
	string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	if b.missing {
		return nil, serviceerror.NewNotFound("no such workflow")
	}
	status := enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	if len(b.progress) > 1 {
		status = enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	}
	return &workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: &workflowpb.WorkflowExecutionInfo{
		Status: status}}, nil
}

func (b *backfilling) QueryWorkflow(context.Context, string, string, string, ...any) (converter.EncodedValue, error) {
	if len(b.silences) > 0 {
		err := b.silences[0]
		b.silences = b.silences[1:]
		return nil, err
	}
	now := b.progress[0]
	if len(b.progress) > 1 {
		b.progress = b.progress[1:]
	}
	payload, err := converter.GetDefaultDataConverter().ToPayloads(now)
	return client.NewValue(payload), err
}

func (b *backfilling) UpdateWorkflow(_ context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle,
	error) {
	if b.missing {
		return nil, serviceerror.NewNotFound("no such workflow")
	}
	b.updates = append(b.updates, o)
	return b, nil
}

func (b *backfilling) Get(context.Context, any) error { return nil }

func TestBackfillCommands(t *testing.T) {
	t.Parallel()
	b := &backfilling{progress: []workflows.BackfillProgress{
		{Total: 3, Listed: 3, Begun: 1, PerSecond: 1}, {Total: 3, Listed: 3, Begun: 3, Created: 2, PerSecond: 1},
		{Total: 3, Listed: 3, Begun: 3, Created: 1, Known: 1, Failed: 1, PerSecond: 1, Done: true},
	}}
	var audit bytes.Buffer
	o := &Operator{Temporal: b, Namespace: "default", Audit: NewAudit(&audit)}
	require.NoError(t, o.StartBackfill(t.Context(), workflows.BackfillFollowersInput{Account: "shop"},
		workflows.Command{Actor: "ada", Reason: "the shop moves in"}))
	require.Equal(t, "backfill/shop", b.started[0].ID)
	require.NotZero(t, b.started[0].TypedSearchAttributes.Size())

	var shown bytes.Buffer
	done, err := o.FollowBackfill(t.Context(), "shop", NewProgress(&shown, false, "followers"))
	require.NoError(t, err)
	require.Equal(t, "completed", done.Status)
	require.Contains(t, shown.String(), "followers: 3 of 3")
	var table bytes.Buffer
	require.NoError(t, done.WriteTable(&table))
	for _, want := range []string{"backfill/shop, completed, at most 1 a second", "1 created, 1 known, 1 failed",
		"sync list --account shop --type OnboardFollower"} {
		require.Contains(t, table.String(), want)
	}

	require.NotContains(t, table.String(), "not answered")
	done.Silent, done.Erased = 2, 1
	require.NoError(t, done.WriteTable(&table))
	require.Contains(t, table.String(), "2 have not answered for hours")
	require.Contains(t, table.String(), "1 were erased after WeChat had listed them")

	require.NoError(t, o.HoldBackfill(t.Context(), "shop", true, workflows.Command{Actor: "ada"}))
	require.NoError(t, o.HoldBackfill(t.Context(), "shop", false, workflows.Command{Actor: "ada"}))
	require.Equal(t, []string{workflows.UpdatePause, workflows.UpdateResume},
		[]string{b.updates[0].UpdateName, b.updates[1].UpdateName})

	lines := strings.Split(strings.TrimSpace(audit.String()), "\n")
	require.Len(t, lines, 3)
	for i, want := range []string{"start", "pause", "resume"} {
		require.Contains(t, lines[i], `"action":"backfill `+want+
			`","actor":"ada","namespace":"default","ids":["backfill/shop"]`)
		require.Contains(t, lines[i], `"result":{"accepted":1}`)
	}
	require.Contains(t, lines[0], `"reason":"the shop moves in"`)
}

func TestBackfillThatIsNotThere(t *testing.T) {
	t.Parallel()
	var audit bytes.Buffer
	o := &Operator{Temporal: &backfilling{missing: true, running: true}, Audit: NewAudit(&audit)}
	require.ErrorContains(t, o.StartBackfill(t.Context(), workflows.BackfillFollowersInput{Account: "shop"},
		workflows.Command{Actor: "ada", Reason: "the shop moves in"}), "account shop already has a backfill under way")
	_, err := o.BackfillOf(t.Context(), "shop")
	require.EqualError(t, err, "account shop has no backfill")
	require.EqualError(t, o.HoldBackfill(t.Context(), "shop", true, workflows.Command{}),
		"account shop has no backfill under way")
	require.Equal(t, 2, strings.Count(audit.String(), `"result":{"failed":1}`))
}

// A lost worker does not end the view of its backfill; an error that will not go away does.
func TestBackfillIsFollowedWithoutAWorker(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		ends bool
	}{
		{"no answer in time", serviceerror.NewDeadlineExceeded("query"), false},
		{"our own patience", context.DeadlineExceeded, false},
		{"no worker was seen lately",
			serviceerror.NewFailedPrecondition("no poller seen for task queue recently, worker may be down"), false},
		{"the frontend is away", serviceerror.NewUnavailable("down"), false},
		{"not allowed", serviceerror.NewPermissionDenied("no", ""), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &backfilling{silences: []error{tt.err}, progress: []workflows.BackfillProgress{{Total: 1},
				{Total: 1, Created: 1, Done: true}}}
			found, err := (&Operator{Temporal: b}).FollowBackfill(t.Context(), "shop",
				NewProgress(new(bytes.Buffer), false, "followers"))
			if tt.ends {
				require.ErrorIs(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, 1, found.Created)
		})
	}
}
