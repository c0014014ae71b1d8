package e2e

import (
	"io"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// reconciling compares replies every second; grace is how long a push may take.
func reconciling(grace time.Duration) option {
	return withSettings(func(c *config.Config) { c.Reconcile.Every, c.Fixed.ReconcileGrace = time.Second, grace })
}

// comparisons waits until replies have been compared n more times.
func (s *scene) comparisons(n int) {
	s.t.Helper()
	done := func() int {
		return len(s.workflows(`WorkflowType = "ReconcileReplies" AND ExecutionStatus = "Completed"`))
	}
	before := done()
	s.waitFor("comparisons", func() bool { return done() >= before+n })
}

// missed returns the worker's metrics of missed replies.
func (s *scene) missed() string {
	s.t.Helper()
	res, err := http.Get("http://" + s.WorkerAddr() + "/metrics")
	require.NoError(s.t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, res.Body.Close())
	found := missedMetric.FindSubmatch(body)
	require.NotNil(s.t, found, "the metric is there before anything was missed")
	return string(found[1])
}

var missedMetric = regexp.MustCompile(`(?m)^wechat_c4c_replies_missed_total\{[^}]*account="default"[^}]*\} (\d+)$`)

// An answer given while the api is down is lost to C4C's push, which nobody repeats.
func TestAnswerWhileTheAPIIsAway(t *testing.T) {
	long(t)
	t.Parallel()
	s := newStack(t, reconciling(3*time.Second), recording("reconcile"))
	ticket := s.withTicket("oAlice")
	s.comparisons(1)
	require.Equal(t, "0", s.missed())

	require.NoError(t, s.StopAPI())
	lost := s.agentReplies(ticket.ID, "Please come by at 10:00.", nil)
	require.Zero(t, lost.Status, "nobody answers C4C")
	require.NotEmpty(t, lost.Error)
	s.agentReplies(ticket.ID, "customer is difficult", map[string]any{"private": true})
	require.NoError(t, s.StartAPI(t.Context()))
	s.waitForRead("oAlice", "Please come by at 10:00.")
	s.waitForState(workflows.TypeRouteReply, workflows.StateSynced, 1)
	row := s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)[0]
	require.Equal(t, "reply/default/"+lost.SMAID, row.GetExecution().GetWorkflowId(),
		"the push would have taken the same id")
	require.Equal(t, ticket.ID, attributes(row)["TicketID"])
	require.Equal(t, "1", s.missed())

	var late pushed
	s.c4c.post("/replies/"+lost.SMAID+"/push", nil, &late)
	require.Equal(t, http.StatusOK, late.Status, late.Body)
	s.agentReplies(ticket.ID, "See you then.", nil)
	s.waitForRead("oAlice", "See you then.")
	s.comparisons(5)
	require.Equal(t, []string{"Please come by at 10:00.", "See you then."}, s.answers("oAlice", ticket))
	require.Len(t, s.workflows(`WorkflowType = "RouteReply"`), 1, "what the push brings is left alone")
	require.Equal(t, "1", s.missed())
}

// The comparison looks back over an hour: erased replies are still in C4C, but do not count as missed.
func TestErasedRepliesAreNotBroughtBack(t *testing.T) {
	long(t)
	t.Parallel()
	s := newStack(t, reconciling(0))
	ticket := s.withTicket("oAlice")
	s.comparisons(1)
	answer := s.agentReplies(ticket.ID, "Please come by at 10:00.", nil)
	s.waitForRead("oAlice", "Please come by at 10:00.")
	s.waitForState(workflows.TypeDeliverReply, workflows.StateSynced, 1)

	code, receipt, problems := s.command("follower", "erase", "oAlice", "--yes", "--verify", "3s")
	require.Zero(t, code, problems+receipt)
	require.Contains(t, receipt, `"replies_kept_out": 1`)
	require.Regexp(t, `(?s)"verified": .*"found_by_type": \{\}`, receipt)
	s.comparisons(3)
	require.Equal(t, []string{"Please come by at 10:00."}, s.answers("oAlice", ticket))
	require.Empty(t, s.workflows(`WorkflowType = "RouteReply"`))
	require.Empty(t, s.workflows(`WorkflowType = "Conversation"`))

	var repeated pushed
	s.c4c.post("/replies/"+answer.SMAID+"/push", nil, &repeated)
	require.Equal(t, http.StatusOK, repeated.Status, repeated.Body)
	s.agentReplies(ticket.ID, "Or at noon.", nil) // later replies are new
	s.waitForRead("oAlice", "Or at noon.")
	s.comparisons(2)
	require.Equal(t, []string{"Please come by at 10:00.", "Or at noon."}, s.answers("oAlice", ticket))
}

func TestAnswersThatOnlyC4CKnowsOf(t *testing.T) {
	long(t)
	t.Parallel()
	s := newStack(t, reconciling(0))
	ticket := s.withTicket("oAlice")
	s.comparisons(1)
	s.c4c.post("/switches", map[string]any{"lose_replies": true}, nil)
	lost := s.agentReplies(ticket.ID, "one", nil)
	require.False(t, lost.Pushed)
	s.waitForRead("oAlice", "one")
	s.agentReplies(ticket.ID, "two", nil)
	s.waitForRead("oAlice", "two")
	s.waitForState(workflows.TypeRouteReply, workflows.StateSynced, 2)

	s.c4c.post("/replies/"+lost.SMAID+"/text", map[string]any{"text": "one, corrected"}, nil)
	calls := s.activityReads()
	runs := len(s.workflows(`WorkflowType = "ReconcileReplies" AND ExecutionStatus = "Completed"`))
	s.comparisons(3)
	calls = s.activityReads() - calls
	runs = len(s.workflows(`WorkflowType = "ReconcileReplies"`)) - runs
	require.LessOrEqual(t, calls, runs+1, "a comparison that finds nothing new costs one call")

	s.c4c.post("/switches", map[string]any{"lose_replies": false}, nil)
	s.agentReplies(ticket.ID, "three", nil) // the push and the comparison race
	s.waitForRead("oAlice", "three")
	s.comparisons(3)
	require.Equal(t, []string{"one", "two", "three"}, s.answers("oAlice", ticket))
	require.Len(t, s.workflows(`WorkflowType = "DeliverReply"`), 3)
}

// activityReads counts the reads of activities over OData.
func (s *scene) activityReads() int {
	s.t.Helper()
	n := 0
	for _, r := range s.c4c.requests() {
		if r.Operation == "GET SocialMediaActivityCollection" {
			n++
		}
	}
	return n
}

// A comparison that fails waits for a person, and is caught up on afterwards.
func TestComparisonThatC4CRefuses(t *testing.T) {
	t.Parallel()
	s := newStack(t, reconciling(0))
	ticket := s.withTicket("oAlice")
	s.comparisons(1)
	s.c4c.post("/switches", map[string]any{"lose_replies": true, "refuse_credentials": true}, nil)
	parked := s.waitForState(workflows.TypeReconcileReplies, workflows.StateNeedsAttention, 1)[0]
	require.Equal(t, "reconcile-replies/default", parked.GetExecution().GetWorkflowId()[:len("reconcile-replies/default")])
	require.Equal(t, "C4CCredentials", attributes(parked)["SyncError"])
	s.agentReplies(ticket.ID, "written meanwhile", nil)
	s.c4c.post("/switches", map[string]any{"refuse_credentials": false}, nil)
	s.decide(parked.GetExecution().GetWorkflowId(), workflows.CommandRetry)
	s.waitForRead("oAlice", "written meanwhile")
	require.Equal(t, []string{"written meanwhile"}, s.answers("oAlice", ticket))
}
