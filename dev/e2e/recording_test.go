package e2e

import (
	"context"
	"os"
	"path/filepath"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/wechat-c4c/wechat-c4c/dev/stack"
)

// histories is the folder of recorded histories that the product's replay test reads.
const histories = "../../workflows/testdata/histories"

// recording names the recording of a test: with -update, and when the test has passed, the history of one workflow of
// each type is written as <name>_<workflow type>.json. Payloads stay encrypted with the development key.
func recording(name string) option {
	return func(s *scene, _ *stack.Options) { s.record = name }
}

func (s *scene) writeHistories() {
	if s.t.Failed() {
		return
	}
	require.NoError(s.t, os.MkdirAll(histories, 0o755))
	done := map[string]bool{}
	for _, e := range s.workflows("") {
		kind := e.GetType().GetName()
		if done[kind] {
			continue
		}
		done[kind] = true
		history := historypb.History{Events: s.history(e)}
		encoded, err := protojson.MarshalOptions{Indent: " "}.Marshal(&history)
		require.NoError(s.t, err)
		require.NoError(s.t, os.WriteFile(filepath.Join(histories, s.record+"_"+kind+".json"), append(encoded, '\n'), 0o644))
	}
}

// history returns an execution's complete history.
func (s *scene) history(e *workflowpb.WorkflowExecutionInfo) []*historypb.HistoryEvent {
	s.t.Helper()
	var events []*historypb.HistoryEvent
	iterator := s.client.GetWorkflowHistory(context.Background(), e.GetExecution().GetWorkflowId(),
		e.GetExecution().GetRunId(),
		false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iterator.HasNext() {
		event, err := iterator.Next()
		require.NoError(s.t, err)
		events = append(events, event)
	}
	return events
}
