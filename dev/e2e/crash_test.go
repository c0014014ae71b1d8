package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// workerProcess runs the product's binary as the stack's worker, so that it can be killed.
func (s *scene) workerProcess() *exec.Cmd {
	s.t.Helper()
	return s.workerOf(s.build())
}

// build compiles the product's binary.
func (s *scene) build() string {
	s.t.Helper()
	binary := filepath.Join(s.t.TempDir(), "wechat-c4c")
	out, err := exec.CommandContext(s.t.Context(), "go", "build", "-o", binary,
		"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c").CombinedOutput()
	require.NoError(s.t, err, string(out))
	return binary
}

// workerOf starts a process of the binary as the stack's worker.
func (s *scene) workerOf(binary string) *exec.Cmd {
	s.t.Helper()
	internal, err := devserver.FreeAddr()
	require.NoError(s.t, err)
	settings := s.Settings()
	cmd := exec.CommandContext(s.t.Context(), binary, "worker")
	cmd.Env = append(os.Environ(),
		"TEMPORAL_ADDRESS="+s.Addresses().Temporal, "TEMPORAL_NAMESPACE="+s.Namespace(),
		config.Prefix+"ENVIRONMENT="+config.EnvDevelopment, config.Prefix+"LOG_LEVEL=error",
		config.Prefix+"INTERNAL_ADDR="+internal,
		config.Prefix+"WECHAT_API_URL="+settings.WeChat.APIURL, config.Prefix+"C4C_URL="+settings.C4C.URL)
	require.NoError(s.t, cmd.Start())
	s.t.Cleanup(func() { _ = cmd.Wait() })
	return cmd
}

// sending reports whether WeChat is working on a call right now.
func (s *scene) sending() bool {
	s.t.Helper()
	res, err := http.Get(s.wechat.URL + "/_sim/requests")
	require.NoError(s.t, err)
	_ = res.Body.Close()
	return res.Header.Get("X-Sim-Max-Parallel") != "0"
}

func TestWorkerKilledInTheMiddleOfASend(t *testing.T) {
	long(t)
	t.Parallel()
	s := newStack(t, recording("crash"))
	ticket := s.withTicket("oAlice")
	s.waitFor("the worker's start to end", func() bool { return s.WorkerReady(t.Context()) })
	s.waitForState(workflows.TypeMaintainToken, workflows.StateSynced, 1)
	require.NoError(t, s.StopWorker())

	victim := s.workerProcess()
	s.wechat.faults(rule{Match: "POST /cgi-bin/message/custom/send", Kind: "latency", MS: 60_000, Times: 1})
	s.wechat.remove("/requests")
	s.agentReplies(ticket.ID, "did you get this?", nil)
	s.waitFor("a send under way", s.sending)
	require.NoError(t, victim.Process.Kill())
	s.wechat.heal()
	require.NoError(t, s.StartWorker(t.Context()))

	// Nobody knows whether the follower read it, so a person decides. Here the person looks at the phone.
	parked := s.waitForState(workflows.TypeDeliverReply, workflows.StateNeedsAttention, 1)[0]
	require.Equal(t, "WeChatOutcomeUnknown", attributes(parked)["SyncError"])
	require.LessOrEqual(t, len(s.answers("oAlice", ticket)), 1)
	s.decide(parked.GetExecution().GetWorkflowId(), workflows.CommandSkip)
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSkipped, 1)

	s.agentReplies(ticket.ID, "the next one", nil)
	s.waitForRead("oAlice", "the next one")
	require.LessOrEqual(t, len(s.answers("oAlice", ticket)), 2, "nothing arrived twice")
}

// decide sends an operator's command to a parked sync and waits for the result.
func (s *scene) decide(workflowID, command string) {
	s.t.Helper()
	handle, err := s.client.UpdateWorkflow(s.t.Context(), client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateName: command, WaitForStage: client.WorkflowUpdateStageCompleted,
		Args: []any{workflows.Command{Actor: "operator", Reason: "seen on the phone"}},
	})
	require.NoError(s.t, err)
	require.NoError(s.t, handle.Get(s.t.Context(), nil))
}
