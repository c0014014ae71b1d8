package worker

import (
	"context"
	"io"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	sdk "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// serverVariable names the environment variable with the path of a Temporal development server.
const serverVariable = "TEMPORAL_DEV_BIN"

// realServer starts a Temporal development server with a worker on which conversations wait for ever.
func realServer(t *testing.T) client.Client {
	t.Helper()
	path := os.Getenv(serverVariable)
	if path == "" {
		t.Skip(serverVariable + " is not set: no Temporal development server to test with")
	}
	attributes := make([]temporal.SearchAttributeUpdate, 0, len(workflows.SearchAttributes))
	for _, name := range workflows.SearchAttributes {
		attributes = append(attributes, temporal.NewSearchAttributeKeyKeyword(name).ValueSet(""))
	}
	server, err := testsuite.StartDevServer(t.Context(), testsuite.DevServerOptions{
		ExistingPath: path, LogLevel: "error", Stdout: io.Discard, Stderr: io.Discard,
		SearchAttributes: temporal.NewSearchAttributes(attributes...),
		ClientOptions:    &client.Options{Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop() })
	w := sdk.New(server.Client(), workflows.TaskQueue, sdk.Options{})
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
		workflow.GetSignalChannel(ctx, "end").Receive(ctx, nil)
		return temporal.NewApplicationError("broken", "Broken")
	}, workflow.RegisterOptions{Name: workflows.TypeConversation})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	return server.Client()
}

// The server understands the queries, and a run that was reset does not count as aborted.
func TestWhatWasCutOffOnAServer(t *testing.T) {
	t.Parallel()
	c := realServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	converse := func(id string) client.WorkflowRun {
		run, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: id, TaskQueue: workflows.TaskQueue,
			TypedSearchAttributes: temporal.NewSearchAttributes(workflows.AttributeAccount.ValueSet("acme")),
		}, workflows.TypeConversation)
		require.NoError(t, err)
		_, err = c.QueryWorkflow(ctx, id, "", client.QueryTypeStackTrace) // its first task is done
		require.NoError(t, err)
		return run
	}
	converse("open")
	lost := converse("terminated")
	require.NoError(t, c.TerminateWorkflow(ctx, lost.GetID(), "", "by mistake"))
	require.NoError(t, c.SignalWorkflow(ctx, converse("failed").GetID(), "", "end", nil))
	reset := func(run client.WorkflowRun) {
		_, err := c.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
			Namespace: "default", RequestId: run.GetRunID(), Reason: "by intention", WorkflowTaskFinishEventId: 4,
			WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: run.GetID(), RunId: run.GetRunID()},
		})
		require.NoError(t, err)
	}
	reset(converse("reset"))

	_, b, reader := newBacklog(t, time.Now())
	b.client, b.now = c, time.Now
	byStatus := abortedCount{}
	require.Eventually(t, func() bool {
		byStatus = abortedKinds[0].none()
		require.NoError(t, b.countByStatus(ctx, abortedKinds[0].query("acme", time.Now()), byStatus))
		return byStatus["Failed"] == 1 && byStatus["Terminated"] == 2
	}, 20*time.Second, 50*time.Millisecond, "the one that was reset as well")
	require.Equal(t, abortedCount{"Failed": 1, "Terminated": 2, "TimedOut": 0, "Canceled": 0}, byStatus)

	require.NoError(t, b.refresh(ctx))
	got := read(t, reader)
	require.InDelta(t, 1, got["wechat_c4c.conversations.aborted{account=acme status=Terminated}"], 0)
	require.InDelta(t, 1, got["wechat_c4c.conversations.aborted{account=acme status=Failed}"], 0)
	require.InDelta(t, 0, got["wechat_c4c.syncs.aborted{account=acme status=Terminated}"], 0)

	reset(lost)
	b.abortedAt = time.Time{}
	require.NoError(t, b.refresh(ctx))
	got = read(t, reader)
	require.InDelta(t, 0, got["wechat_c4c.conversations.aborted{account=acme status=Terminated}"], 0, "it was reset")
	require.InDelta(t, 1, got["wechat_c4c.conversations.aborted{account=acme status=Failed}"], 0)
}
