package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestMoments(t *testing.T) {
	t.Parallel()
	var at time.Time
	flag := moment(&at)
	require.NoError(t, flag.Set("2026-03-02T08:30:00+08:00"))
	require.True(t, at.Equal(time.Date(2026, 3, 2, 0, 30, 0, 0, time.UTC)))
	require.NoError(t, flag.Set("1d6h"))
	require.WithinDuration(t, time.Now().Add(-30*time.Hour), at, time.Minute)
	require.NoError(t, flag.Set("0s"))
	require.WithinDuration(t, time.Now(), at, time.Minute)
	for _, text := range []string{"", "yesterday", "-1h", "2999-01-01T00:00:00Z", "2026-03-02"} {
		require.ErrorIs(t, flag.Set(text), errValue, text)
	}
}

// Nothing is tried until the command line contains a time.
func TestReconcileWantsATime(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"reconcile", "move"}, {"reconcile", "restored"},
		{"reconcile", "move", "--to", "tomorrow"}, {"reconcile", "approve"}} {
		code, out, problems := line(t, nil, args...)
		require.Equal(t, exitUsage, code, problems)
		require.Contains(t, problems, "for example")
		require.Empty(t, out)
	}
}

// A comparison that is skipped once, or begins late, is no reason to ask anyone.
func TestPolicyOfTheComparison(t *testing.T) {
	t.Parallel()
	for every, want := range map[time.Duration]time.Duration{5 * time.Minute: 15 * time.Minute, time.Hour: 3 * time.Hour,
		0: 15 * time.Minute} {
		cfg := config.Development()
		cfg.Reconcile.Every = every
		require.Equal(t, want, reconcilePolicy(cfg).AskAfter)
	}
}
