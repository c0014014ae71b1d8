package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// seed gives the account followers of long standing.
func (s *scene) seed(count int) []string {
	s.t.Helper()
	var made struct {
		OpenIDs []string `json:"openids"`
	}
	s.wechat.post("/followers", map[string]any{"count": count}, &made)
	require.Len(s.t, made.OpenIDs, count)
	return made.OpenIDs
}

func TestBackfillOfAFewFollowers(t *testing.T) {
	t.Parallel()
	s := newStack(t, recording("backfill"))
	followers := s.seed(3)
	code, stdout, stderr := s.command("backfill", "start", "--dry-run")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "3 of the account, 3 listed, 0 begun")
	require.Empty(t, s.profiles(), "nothing was done")

	code, stdout, stderr = s.command("backfill", "start", "--per-second", "50")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "completed")
	require.Contains(t, stdout, "3 created, 0 known, 0 failed")
	require.Len(t, s.customers(), 3)
	for _, openid := range followers {
		require.Empty(t, s.inbox(openid), "nobody is told anything")
		require.NotContains(t, s.describe(), openid)
	}
	var again operate.Backfill
	s.commandJSON(&again, "backfill", "start", "--per-second", "50")
	require.Equal(t, 3, again.Known)
	require.Len(t, s.customers(), 3)
	require.Contains(t, s.details(workflows.BackfillID("default")), "| 3 | 3 | 3 | 0 | 3 | 0 |")
}

// Hundreds of followers, among them some that are known and one that writes meanwhile; workers go away and come back.
func TestBackfillGoesOnAfterWorkersAreLost(t *testing.T) {
	t.Parallel()
	const count = 300
	s := newStack(t)
	for _, openid := range s.seed(count)[:3] {
		s.say(openid, "I was here before")
	}
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 3)
	code, _, stderr := s.command("backfill", "start", "--per-second", "100", "--detach")
	require.Zero(t, code, stderr)
	status := func() (found operate.Backfill) {
		s.commandJSON(&found, "backfill", "status")
		return found
	}
	s.waitFor("some followers done", func() bool { return status().Ended() > 30 })
	code, stdout, stderr := s.command("backfill", "start")
	require.NotZero(t, code, stdout)
	require.Contains(t, stderr, "runs already")

	code, stdout, stderr = s.command("backfill", "pause", "--actor", "ada", "--reason", "busy")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "paused")
	s.waitFor("those under way done", func() bool { now := status(); return now.Begun == now.Ended() })
	begun := status().Begun
	require.Less(t, begun, count)
	s.say("oNewcomer", "live traffic goes on")
	s.waitForState(workflows.TypeCreateTicket, workflows.StateSynced, 4)
	require.Equal(t, begun, status().Begun)

	code, _, stderr = s.command("backfill", "resume")
	require.Zero(t, code, stderr)
	s.waitFor("it goes on", func() bool { return status().Begun > begun })
	require.NoError(t, s.StopWorker())
	require.NoError(t, s.StartWorker(t.Context()))
	var done operate.Backfill
	s.commandJSON(&done, "backfill", "follow")
	require.Equal(t, "completed", done.Status)
	require.Equal(t, count+1, done.Total, "the newcomer follows as well")
	require.Equal(t, done.Total, done.Created+done.Known)
	require.GreaterOrEqual(t, done.Known, 3)
	require.Len(t, s.customers(), done.Total)
	require.Len(t, s.profiles(), done.Total)
	for _, e := range s.workflows(`WorkflowType = "BackfillFollowers"`) {
		require.NotContains(t, strings.ToLower(e.String()), "oseed")
	}
}
