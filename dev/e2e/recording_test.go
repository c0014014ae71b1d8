package e2e

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

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
// each type is written as <name>_<workflow type>.json, unless there is one. Payloads stay encrypted with the
// development key.
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
		path := filepath.Join(histories, s.record+"_"+kind+".json")
		kept, err := keepHistory(path, append(encoded, '\n'))
		require.NoError(s.t, err)
		if kept {
			s.t.Logf("%s is kept as it was recorded: a history of a release must go on replaying", filepath.Base(path))
		}
	}
}

// keepHistory writes a history unless there is one, which it keeps: recording it again would hide a change that open
// workflows do not survive.
func keepHistory(path string, history []byte) (kept bool, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	_, err = file.Write(history)
	return false, errors.Join(err, file.Close())
}

func TestRecordedHistoriesAreKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "message_CreateTicket.json")
	for i, want := range []bool{false, true} {
		kept, err := keepHistory(path, []byte{byte('1' + i)})
		require.NoError(t, err)
		require.Equal(t, want, kept)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "1", string(content))
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
