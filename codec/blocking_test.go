package codec_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	querypb "go.temporal.io/api/query/v1"
	"go.temporal.io/sdk/workflow"
)

func TestWorkflowsBlockOnWhatTheyCannotRead(t *testing.T) {
	t.Parallel()
	for name, play := range blockingCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tp := play(t)
			done := tp.turn("old")
			require.NotNil(t, done.failed, "the server is to give the task to a worker again: %v", done.completed)
			require.Equal(t, enumspb.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE, done.failed.GetCause())

			if name == "signal in a damaged payload" || name == "signal in an encoding of the future" {
				return // no key helps
			}
			done = tp.turn("old", "new")
			require.NotNil(t, done.completed, "the key heals it")
			var got string
			for _, command := range done.completed.GetCommands() {
				require.NotEqual(t, enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION, command.GetCommandType())
				if command.GetCommandType() == enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION {
					result := command.GetCompleteWorkflowExecutionCommandAttributes().GetResult()
					require.NoError(t, ring(t, "old", "new").DataConverter().FromPayloads(result, &got))
				}
			}
			require.Equal(t, said, got)
		})
	}
}

// echo waits for ever and answers the query "say" with what it was asked.
func echo(ctx workflow.Context) error {
	err := workflow.SetQueryHandler(ctx, "say", func(what string) (string, error) { return what, nil })
	if err != nil {
		return err
	}
	err = workflow.SetQueryHandlerWithOptions(ctx, "say too", func(what string) (string, error) { return what, nil },
		workflow.QueryHandlerOptions{})
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return false })
}

// A query that cannot be read gets an error: it must neither hang nor hold up the workflow.
func TestQueriesAnswerAnError(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"say", "say too"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask := &querypb.WorkflowQuery{QueryType: name, QueryArgs: sealed(t, "new", said)}

			alone := newTape(t, echo, nil)
			require.NotNil(t, alone.turn("old").completed)
			alone.query = ask
			done := alone.turn("old")
			require.NotNil(t, done.answered)
			require.Equal(t, enumspb.QUERY_RESULT_TYPE_FAILED, done.answered.GetCompletedType())
			require.Contains(t, done.answered.GetErrorMessage(), `unknown key "new"`)
			done = alone.turn("old", "new")
			require.NotNil(t, done.answered)
			require.Equal(t, enumspb.QUERY_RESULT_TYPE_ANSWERED, done.answered.GetCompletedType())
			var got string
			require.NoError(t, ring(t, "old").DataConverter().FromPayloads(done.answered.GetQueryResult(), &got))
			require.Equal(t, said, got)

			beside := newTape(t, echo, nil)
			beside.asked = map[string]*querypb.WorkflowQuery{"1": ask}
			done = beside.turn("old")
			require.NotNil(t, done.completed, "the task that the query came with goes through")
			require.Equal(t, enumspb.QUERY_RESULT_TYPE_FAILED, done.completed.GetQueryResults()["1"].GetResultType())
		})
	}
}

// A workflow that cannot be replayed answers queries with an error as well.
func TestQueriesOfABlockedWorkflowAnswerAnError(t *testing.T) {
	t.Parallel()
	tp := newTape(t, func(ctx workflow.Context, _ string) error { return echo(ctx) }, sealed(t, "new", said))
	require.NotNil(t, tp.turn("old", "new").completed)
	tp.query = &querypb.WorkflowQuery{QueryType: "say", QueryArgs: sealed(t, "old", said)}
	done := tp.turn("old")
	require.NotNil(t, done.answered)
	require.Equal(t, enumspb.QUERY_RESULT_TYPE_FAILED, done.answered.GetCompletedType())
}

// A mistyped signal must not block the workflow.
func TestASignalThatDoesNotFitIsDropped(t *testing.T) {
	t.Parallel()
	tp := newTape(t, func(ctx workflow.Context) (int, error) {
		signals, got := workflow.GetSignalChannel(ctx, "say"), 0
		for signals.ReceiveAsync(&got) {
		}
		return got, nil
	}, nil)
	tp.signal("say", sealed(t, "old", said))
	tp.signal("say", sealed(t, "old", 7))
	done := tp.turn("old")
	require.NotNil(t, done.completed)
	require.Len(t, done.completed.GetCommands(), 1)
	require.Equal(t, enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, done.completed.GetCommands()[0].GetCommandType())
}
