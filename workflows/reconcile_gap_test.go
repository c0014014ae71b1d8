package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/activities"
)

// A restored Temporal continues where its backup ends: it has no workflows for later deliveries.
func TestRestoredTemporalSendsNothingTwice(t *testing.T) {
	t.Parallel()
	backup := dawn.Add(-24 * time.Hour)
	last := Reconciled{Begin: dawn.Add(-1000 * time.Hour), Until: backup.Add(-2 * time.Minute), Ended: backup}
	fill := func(w *tenant) {
		w.write("1", backup.Add(-3*time.Hour), "before the overlap")
		w.write("2", backup.Add(-time.Minute), "delivered before the backup")
		w.took("reply/acme/2")
		w.write("3", backup.Add(time.Hour), "delivered after the backup")
		w.write("4", dawn.Add(-3*time.Minute), "delivered shortly before the restore")
	}
	done, found, asked := onceAfter(t, &last, nil, fill)
	span := Gap{From: last.Until.Add(-time.Hour), To: dawn.Add(time.Second - time.Nanosecond)}
	require.Equal(t, Reconciled{
		Begin: dawn.Add(time.Second), Until: dawn.Add(time.Second), Ended: dawn, Asked: &span,
	}, done)
	require.Equal(t, &ReviewRepliesInput{Account: testAccount, Span: span}, asked)
	require.Empty(t, found.received())

	// The next comparison begins after the span, however far it looks back.
	again := done
	again.Begin, again.Until, again.Ended = dawn.Add(-4*time.Minute), dawn.Add(-4*time.Minute), dawn.Add(-5*time.Minute)
	after, later, asked := onceAfter(t, &again, nil, func(w *tenant) {
		w.write("4", dawn.Add(-5*time.Minute), "delivered shortly before the restore")
		w.write("5", dawn.Add(-3*time.Minute), "written after the restore")
	})
	require.Nil(t, asked)
	require.Nil(t, after.Asked)
	require.Equal(t, []string{"5"}, later.received())
	require.Equal(t, []activities.ListAgentRepliesInput{
		{Account: testAccount, From: again.Begin, To: dawn.Add(-testReconcile.Grace)},
	}, later.lists())
}

func TestWhenAPersonIsAsked(t *testing.T) {
	t.Parallel()
	long := dawn.Add(-1000 * time.Hour)
	for name, test := range map[string]struct {
		last Reconciled
		asks bool
	}{
		"the comparison is on time": {Reconciled{Begin: long, Until: dawn.Add(-7 * time.Minute),
			Ended: dawn.Add(-5 * time.Minute)}, false},
		"it was left out twice": {Reconciled{Begin: long, Until: dawn.Add(-17 * time.Minute),
			Ended: dawn.Add(-15 * time.Minute)}, false},
		"it is overdue": {Reconciled{Begin: long, Until: dawn.Add(-18 * time.Minute),
			Ended: dawn.Add(-15*time.Minute - time.Second)}, true},
		"the one before waited for long": {Reconciled{Begin: long, Until: dawn.Add(-40 * time.Hour), More: true,
			Ended: dawn.Add(-5 * time.Minute)}, false},
		"of an earlier release": {Reconciled{Begin: long, Until: dawn.Add(-time.Hour)}, true},
		"beyond the reach": {Reconciled{Begin: long, Until: dawn.Add(-500 * time.Hour),
			Ended: dawn.Add(-500 * time.Hour)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done, tenant, asked := onceAfter(t, &test.last, nil, func(w *tenant) {
				w.write("1", dawn.Add(-10*time.Minute), "answer")
			})
			require.Equal(t, test.asks, asked != nil)
			if !test.asks {
				require.Equal(t, []string{"1"}, tenant.received())
				return
			}
			require.Empty(t, tenant.received())
			require.False(t, asked.Span.From.Before(dawn.Add(-testReconcile.Reach)),
				"nothing is asked about that nobody may deliver")
			require.Equal(t, done.Asked, &asked.Span)
		})
	}
}

// Nobody is asked if the account's policy says so.
func TestNobodyIsAsked(t *testing.T) {
	t.Parallel()
	policy := testPolicy
	policy.Reconcile = testReconcile
	policy.Reconcile.AskAfter = 0
	s := newStageWith(t, policy)
	s.env.SetLastCompletionResult(Reconciled{Begin: dawn.Add(-1000 * time.Hour), Until: dawn.Add(-20 * time.Hour)})
	s.env.ExecuteWorkflow(TypeReconcileReplies, ReconcileInput{Account: testAccount})
	require.NoError(t, s.env.GetWorkflowError())
	var done Reconciled
	require.NoError(t, s.env.GetWorkflowResult(&done))
	require.Nil(t, done.Asked)
	require.Len(t, s.tenant.lists(), 1)
}

// A backup may have been made during a comparison: after the restore, its call is overdue.
func TestComparisonThatWasRestoredInItsMiddle(t *testing.T) {
	t.Parallel()
	last := Reconciled{Begin: dawn.Add(-1000 * time.Hour), Until: dawn.Add(-7 * time.Minute),
		Ended: dawn.Add(-5 * time.Minute)}
	for name, test := range map[string]struct {
		late time.Duration
		asks bool
	}{"a call that took a moment": {time.Minute, false}, "a call that took hours": {3 * time.Hour, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done, tenant, asked := onceAfter(t, &last, nil, func(w *tenant) {
				w.write("1", dawn.Add(-5*time.Minute), "answer")
				w.will("ListAgentReplies", later(activities.ErrorC4CUnavailable, test.late))
			})
			if !test.asks {
				require.Nil(t, asked)
				require.Equal(t, []string{"1"}, tenant.received())
				return
			}
			require.Empty(t, tenant.received())
			require.WithinDuration(t, dawn.Add(test.late), asked.Span.To, 2*time.Second)
			require.Equal(t, done.Asked, &asked.Span)
		})
	}
}

// If that comparison missed nothing, the gap lies behind it: the next comparison must find it.
func TestComparisonAfterOneThatWasRestoredInItsMiddle(t *testing.T) {
	t.Parallel()
	const away = 3 * time.Hour
	last := Reconciled{Begin: dawn.Add(-1000 * time.Hour), Until: dawn.Add(-7 * time.Minute),
		Ended: dawn.Add(-5 * time.Minute)}
	done, found, asked := onceAfter(t, &last, nil, func(w *tenant) {
		w.will("ListAgentReplies", later(activities.ErrorC4CUnavailable, away))
	})
	require.Nil(t, asked)
	require.Empty(t, found.received())
	require.Equal(t, dawn, done.Ended, "its call was under way when the backup was made")

	// The next one starts at once; the clock of a test begins anew.
	done.Until, done.Ended = done.Until.Add(-away), done.Ended.Add(-away)
	_, found, asked = onceAfter(t, &done, nil, func(w *tenant) {
		w.write("1", dawn.Add(-time.Hour), "delivered after the backup")
	})
	require.NotNil(t, asked)
	require.Empty(t, found.received())
}

// An operator's order is carried out by exactly one run.
func TestCursorIsMoved(t *testing.T) {
	t.Parallel()
	last := Reconciled{Begin: dawn.Add(-1000 * time.Hour), Until: dawn.Add(-30 * time.Minute),
		Ended: dawn.Add(-5 * time.Minute)}
	move := &MoveCursor{To: dawn.Add(-10 * time.Minute), At: dawn.Add(-time.Minute)}
	fill := func(w *tenant) {
		w.write("1", dawn.Add(-20*time.Minute), "to be left alone")
		w.write("2", dawn.Add(-5*time.Minute), "answer")
	}
	done, tenant, asked := onceAfter(t, &last, move, fill)
	require.Nil(t, asked)
	require.Equal(t, []string{"2"}, tenant.received())
	require.Equal(t, move.To, done.Begin)
	require.Equal(t, move.At, done.Moved)

	done.Begin, done.Ended = dawn.Add(-1000*time.Hour), dawn.Add(-5*time.Minute)
	again, tenant, _ := onceAfter(t, &done, move, fill)
	require.ElementsMatch(t, []string{"1", "2"}, tenant.received(), "the order is old: the overlap counts again")
	require.Equal(t, done.Begin, again.Begin)

	first, tenant, _ := onceAfter(t, nil, move, fill)
	require.Equal(t, dawn, first.Begin, "an order to nobody yet begins nothing in the past")
	require.Empty(t, tenant.received())
}

// A run that was started before the order, and is still open, receives it.
func TestCursorIsMovedUnderARun(t *testing.T) {
	t.Parallel()
	s := reconciling(t)
	s.say("hello")
	s.advance(10 * time.Minute)
	s.will("ListAgentReplies", parking(activities.ErrorC4CCredentials))
	s.agent("2", "to be left alone")
	s.advance(5 * time.Minute)
	s.requireState(reconcileID, StateNeedsAttention, activities.ErrorC4CCredentials)
	s.step(func() {
		s.signal(reconcileID, SignalMove, MoveCursor{To: s.env.Now(), At: s.env.Now()})
	})
	s.agent("3", "answer")
	s.advance(15 * time.Minute)
	s.run()
	require.Equal(t, []string{"answer"}, s.tenant.received())
}
