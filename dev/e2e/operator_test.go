package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app"
	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// patch changes settings of a simulator.
func (c control) patch(path string, body any) {
	c.t.Helper()
	require.NoError(c.t, c.Call(c.t.Context(), http.MethodPatch, path, body, nil))
}

// details returns a workflow's current details as Temporal UI shows them: the built-in query, decrypted. Right after a
// worker has stopped Temporal may still wait for its answer: an operator would reload the page.
func (s *scene) details(id string) string {
	s.t.Helper()
	var value converter.EncodedValue
	s.waitFor("an answer to a query", func() (answered bool) {
		var err error
		value, err = s.client.QueryWorkflow(s.t.Context(), id, "", "__temporal_workflow_metadata")
		if _, late := errors.AsType[*serviceerror.DeadlineExceeded](err); !late {
			require.NoError(s.t, err)
		}
		return err == nil
	})
	var metadata sdkpb.WorkflowMetadata
	require.NoError(s.t, value.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// update sends an update to a workflow and returns its result.
func (s *scene) update(id, name string, input any) error {
	s.t.Helper()
	handle, err := s.client.UpdateWorkflow(s.t.Context(), client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: name, WaitForStage: client.WorkflowUpdateStageCompleted, Args: []any{input},
	})
	if err != nil {
		return err
	}
	return handle.Get(s.t.Context(), nil)
}

// waitForSync waits until one sync has a state.
func (s *scene) waitForSync(id, state string) map[string]string {
	s.t.Helper()
	var found map[string]string
	s.waitFor(id+" with SyncState "+state, func() bool {
		for _, e := range s.workflows(`WorkflowId = "` + id + `"`) {
			found = attributes(e)
		}
		return found["SyncState"] == state
	})
	return found
}

// command runs the product's command line as an operator's shell would. It returns the exit code and what was printed.
func (s *scene) command(args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	var out, problems bytes.Buffer
	code = app.Main(s.t.Context(), args, s.environ(), &out, &problems)
	return code, out.String(), problems.String()
}

// environ returns the stack's settings as environment variables; more override them.
func (s *scene) environ(more ...string) []string {
	settings := s.Settings()
	return append([]string{
		"TEMPORAL_ADDRESS=" + s.Addresses().Temporal, "TEMPORAL_NAMESPACE=" + s.Namespace(),
		config.Prefix + "ENVIRONMENT=" + config.EnvDevelopment, config.Prefix + "LOG_LEVEL=error",
		config.Prefix + "WECHAT_API_URL=" + settings.WeChat.APIURL, config.Prefix + "C4C_URL=" + settings.C4C.URL,
		config.Prefix + "C4C_SOCIAL=" + settings.C4C.Social, config.Prefix + "WEB_URL=" + settings.Web.URL,
		config.Prefix + "RECONCILE_EVERY=" + settings.Reconcile.Every.String(),
	}, more...)
}

// commandJSON runs a command that must succeed and decodes what it printed.
func (s *scene) commandJSON(into any, args ...string) {
	s.t.Helper()
	code, stdout, stderr := s.command(append(slices.Clone(args), "--output", "json")...)
	require.Zero(s.t, code, stderr)
	require.NoError(s.t, json.Unmarshal([]byte(stdout), into), stdout)
}

// show returns what the command line prints about one sync.
func (s *scene) show(id string) operate.Detail {
	s.t.Helper()
	var detail operate.Detail
	s.commandJSON(&detail, "sync", "show", id)
	return detail
}

// mustRetry has a parked sync retried.
func (s *scene) mustRetry(id string) {
	s.t.Helper()
	require.NoError(s.t, s.update(id, workflows.CommandRetry, workflows.Command{Actor: "ada", Reason: "mended"}))
}

// execution identifies the latest run of a workflow.
func (s *scene) execution(id string) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: id}
}

// basic sets the credentials of a request.
func (s *scene) basic(user, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

func TestCommandLineAnswersBadInput(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.withTicket("oAlice")
	synced := s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 1)[0].GetExecution().GetWorkflowId()
	for _, test := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"an unknown sync", []string{"sync", "retry", "ticket/default/nobody/1"}, 1, "no such sync"},
		{"a sync that is done", []string{"sync", "retry", synced}, 1, "this sync is closed"},
		{"a batch without filters", []string{"sync", "retry"}, 2, "say which syncs"},
		{"a batch of nothing", []string{"sync", "retry", "--cause", "C4CLocked"}, 0, "No sync matches"},
		{"an unknown cause", []string{"sync", "list", "--cause", "Nothing"}, 2, "--cause cannot be \"Nothing\""},
		{"an unknown state", []string{"sync", "list", "--state", "broken"}, 2, "--state cannot be \"broken\""},
	} {
		code, stdout, stderr := s.command(test.args...)
		require.Equal(t, test.code, code, test.name)
		require.Contains(t, stdout+stderr, test.says, test.name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NotZero(t, app.Main(ctx, []string{"doctor"}, s.environ(), new(bytes.Buffer), new(bytes.Buffer)))
}
