package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/operate"
	"github.com/wechat-c4c/wechat-c4c/workflows"
)

// seed gives the account long-time followers.
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

	code, stdout, stderr = s.command("backfill", "start", "--per-second", "50", "--yes")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "completed")
	require.Contains(t, stdout, "3 created, 0 known, 0 failed")
	require.Len(t, s.customers(), 3)
	for _, openid := range followers {
		require.Empty(t, s.inbox(openid), "nobody is told anything")
		require.NotContains(t, s.describe(), openid)
	}
	var again operate.Backfill
	s.commandJSON(&again, "backfill", "start", "--per-second", "50", "--yes")
	require.Equal(t, 3, again.Known)
	require.Len(t, s.customers(), 3)
	require.Contains(t, s.details(workflows.BackfillID("default")), "| 3 | 3 | 3 | 0 | 3 | 0 |")
}
