package e2e

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/dev/c4csim"
	"github.com/wechat-c4c/wechat-c4c/dev/devserver"
	"github.com/wechat-c4c/wechat-c4c/dev/stack"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// pending lists the pending activities of all workflows of a type.
func (s *scene) pending(workflowType string) []*workflowpb.PendingActivityInfo {
	s.t.Helper()
	var all []*workflowpb.PendingActivityInfo
	for _, e := range s.workflows(`WorkflowType = "` + workflowType + `" AND ExecutionStatus = "Running"`) {
		res, err := s.client.DescribeWorkflowExecution(context.WithoutCancel(s.t.Context()), e.GetExecution().GetWorkflowId(),
			"")
		require.NoError(s.t, err)
		all = append(all, res.GetPendingActivities()...)
	}
	return all
}

// waitForRetries waits until n activities have failed and wait for their next attempt.
func (s *scene) waitForRetries(workflowType string, n int) {
	s.t.Helper()
	s.waitFor("retries", func() bool {
		failed := 0
		for _, p := range s.pending(workflowType) {
			if p.GetAttempt() > 1 || p.GetLastFailure() != nil {
				failed++
			}
		}
		return failed >= n
	})
}

func TestC4CDownForAWhile(t *testing.T) {
	t.Parallel()
	s := newStack(t, recording("outage"))
	s.withTicket("oAlice")
	s.StopC4C()
	require.Equal(t, "success", s.say("oAlice", "are you there?").Body)
	require.Equal(t, "success", s.say("oAlice", "I wait").Body)
	s.follow("oBob")
	s.say("oBob", "me too")
	s.waitForRetries(workflows.TypeCreateTicket, 1)
	s.waitForRetries(workflows.TypeOnboardFollower, 1)
	for _, e := range s.workflows(`ExecutionStatus = "Running" AND SyncState IS NOT NULL`) {
		require.Equal(t, workflows.StateSyncing, attributes(e)["SyncState"], "an outage is nobody's fault: nothing parks")
	}

	require.NoError(t, s.StartC4C())
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 4)
	s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 2)
	lines := map[string][]string{}
	for _, ticket := range s.tickets() {
		lines[ticket.CustomerID] = ticket.texts("follower")
	}
	owner := map[string]string{}
	for _, p := range s.profiles() {
		owner[p.OpenID] = p.CustomerID
	}
	require.Equal(t, map[string][]string{
		owner["oAlice"]: {"my brakes squeal", "are you there?", "I wait"},
		owner["oBob"]:   {"me too"},
	}, lines)
	require.Len(t, s.customers(), 2)
}

func TestTimeoutAfterC4CCommittedMakesNoDouble(t *testing.T) {
	t.Parallel()
	// The writes of the SOAP and the OData interface. Each commits once without an answer.
	writes := map[string][]string{
		"soap": {
			"SocialMediaUserProfileBundleMaintainRequest_sync", "POST IndividualCustomerCollection",
			"SocialMediaActivityBundleMaintainRequestsync",
		},
		"odata": {
			"POST SocialMediaUserProfileCollection", "POST IndividualCustomerCollection", "POST SocialMediaActivityCollection",
		},
	}
	social(t, func(t *testing.T, kind option) {
		t.Helper()
		s := newStack(t, kind, recording("committed"))
		var rules []rule
		for _, operation := range writes[s.Settings().C4C.Social] {
			rules = append(rules, rule{Match: operation, Kind: "drop_after_commit", Times: 1})
		}
		s.c4c.faults(rules...)
		s.withTicket("oAlice")
		s.waitForState(workflows.TypeOnboardFollower, workflows.StateSynced, 1)
		require.Equal(t, len(rules), s.hit(), "every rule has applied")
		require.Len(t, s.profiles(), 1)
		require.Len(t, s.customers(), 1)
		require.Equal(t, s.customers()[0].ID, s.profiles()[0].CustomerID)
		require.Len(t, s.tickets(), 1)
		require.Equal(t, []string{"my brakes squeal"}, s.tickets()[0].texts("follower"))
	})
}

// hit counts the requests to C4C that a fault rule has hit.
func (s *scene) hit() int {
	s.t.Helper()
	n := 0
	for _, r := range s.c4c.requests() {
		if r.Fault != "" {
			n++
		}
	}
	return n
}

func TestRevokedTokenHeals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		sticky bool
		forced bool
	}{
		{"a fresh one is handed out", false, false},
		{"only a forced refresh helps", true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, recording("token"))
			ticket := s.withTicket("oAlice")
			s.wechat.post("/tokens/revoke", map[string]any{"sticky": test.sticky}, nil)
			s.agentReplies(ticket.ID, "still reaching you", nil)
			s.waitForRead("oAlice", "still reaching you")
			require.Equal(t, []string{"still reaching you"}, s.answers("oAlice", ticket))
			s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)
			if test.forced {
				require.NotEmpty(t, s.workflows(`WorkflowType = "RefreshToken"`))
			}
		})
	}
}

// Without a spool the sender keeps what Temporal does not accept.
func TestTemporalUnreachable(t *testing.T) {
	long(t)
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.db")
	server := startServer(t, file)
	s := newStack(t, func(s *scene, o *stack.Options) {
		s.process, o.Namespace = server, "default"
		o.C4C = func(o *c4csim.Options) { o.TicketDelay = c4csim.NoDelay }
	}, withSettings(func(c *config.Config) { c.Spool.Dir = "" }))
	s.withTicket("oAlice")
	s.waitFor("the worker's start to end", func() bool { return s.WorkerReady(t.Context()) })

	server.Kill()
	out := s.say("oAlice", "lost?")
	require.Equal(t, http.StatusServiceUnavailable, out.Status)
	require.NotContains(t, out.Body, "success")
	require.Greater(t, out.Attempts, 1, "WeChat redelivers")
	reply := s.agentReplies(s.tickets()[0].ID, "an answer", nil)
	require.Equal(t, http.StatusServiceUnavailable, reply.Status)

	again, err := startTemporal(t.Context(), func(o *devserver.Options) {
		o.DBFile, o.FrontendAddr = file, server.FrontendAddr()
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, again.Stop()) })
	s.waitFor("webhooks accepted again", func() bool { return s.say("oAlice", "found").Status == http.StatusOK })
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 2)
	s.waitForThread("my brakes squeal", "found")
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
		s.workflows(`WorkflowType = "Conversation"`)[0].GetStatus())
}

func TestParkedSyncsWaitForAPersonAndLetOthersPass(t *testing.T) {
	t.Parallel()
	s := newStack(t, recording("parked"))
	s.withTicket("oAlice")
	s.c4c.faults(rule{Match: "SocialMediaActivityBundleMaintainRequestsync", Kind: "errcode", Errcode: 110, Times: 1})
	s.say("oAlice", "refused")
	parked := s.waitForState(workflows.TypeCreateTicket, workflows.StateNeedsAttention, 1)[0]
	require.Equal(t, "C4CRejected", attributes(parked)["SyncError"])

	s.say("oAlice", "passes")
	s.waitForThread("my brakes squeal", "passes")
	s.decide(parked.GetExecution().GetWorkflowId(), workflows.CommandRetry)
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 3)
	s.waitForThread("my brakes squeal", "passes", "refused")
}
