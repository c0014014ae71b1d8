package workflows

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/wechat-c4c/wechat-c4c/catalogue"
	"github.com/wechat-c4c/wechat-c4c/codec"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/wording"
)

// histories contains <story>_<workflow type>.json, encrypted with the development key. The tests of dev/e2e write
// them when run with -update.
const histories = "testdata/histories"

// TestRecordedHistoriesReplay proves that open workflows can continue after a change. From release 0.1.0 on, a history
// that no longer replays must not be recorded again but made to replay, by workflow.GetVersion or a new name; see the
// package comment.
//
//nolint:tparallel // one replayer replays one history at a time
func TestRecordedHistoriesReplay(t *testing.T) {
	t.Parallel()
	for _, language := range []wording.Language{wording.English, wording.Chinese} {
		t.Run(string(language), func(t *testing.T) { replay(t, language) })
	}
}

// replay replays every recorded history on a worker with the given language: texts are not compared.
func replay(t *testing.T, language wording.Language) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(histories, "*.json"))
	require.NoError(t, err)
	ring := developmentRing(t)
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		DataConverter: ring.DataConverter(), FailureConverter: ring.FailureConverter(), DisableRegistrationAliasing: true,
		Interceptors: []interceptor.WorkerInterceptor{&Speaks{Language: language}},
	})
	require.NoError(t, err)
	missing := typesOf(replayer, catalogue.Standard(catalogue.Language(language)))
	for _, file := range files {
		story := strings.TrimSuffix(filepath.Base(file), ".json")
		delete(missing, story[strings.LastIndex(story, "_")+1:])
		t.Run(story, func(t *testing.T) {
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
	require.Empty(t, missing, "workflows without a recorded history: make record RUN=<a test with recording>")
}

// registry records what is registered on its way to the replayer.
type registry struct {
	worker.WorkflowReplayer
	types map[string]bool
}

func (r *registry) RegisterWorkflowWithOptions(w any, o workflow.RegisterOptions) {
	r.types[o.Name] = true
	r.WorkflowReplayer.RegisterWorkflowWithOptions(w, o)
}

// typesOf registers all workflows and returns their types. Decisions of the accounts are recorded; the policies here
// only provide texts.
func typesOf(replayer worker.WorkflowReplayer, texts *catalogue.Texts) map[string]bool {
	r := &registry{WorkflowReplayer: replayer, types: map[string]bool{}}
	policy := Policy{Texts: texts}
	(&Workflows{Policies: map[string]Policy{"default": policy, "shop": policy}}).Register(r)
	return r.types
}

func developmentRing(t *testing.T) *codec.KeyRing {
	t.Helper()
	settings, err := config.Development().Keys()
	require.NoError(t, err)
	var keys []codec.Key
	for _, key := range settings {
		keys = append(keys, codec.Key{ID: key.ID, Secret: key.Key})
	}
	ring, err := codec.NewKeyRing(keys)
	require.NoError(t, err)
	return ring
}

// A recorded history reveals no more than an operator without the key sees: payloads are encrypted, except search
// attributes, which are meant to be read.
func TestHistoriesHoldNothingPlain(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(histories, "*.json"))
	require.NoError(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		var history any
		require.NoError(t, json.Unmarshal(content, &history))
		require.Empty(t, plainPayloads(history), file)
	}
}

// plainPayloads finds payloads of encoding json/plain outside of search attributes.
func plainPayloads(node any) []any {
	var found []any
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			found = append(found, plainPayloads(child)...)
		}
	case map[string]any:
		if metadata, ok := node["metadata"].(map[string]any); ok && metadata["encoding"] == "anNvbi9wbGFpbg==" {
			found = append(found, node)
		}
		for key, child := range node {
			if key != "searchAttributes" {
				found = append(found, plainPayloads(child)...)
			}
		}
	}
	return found
}
