package spool_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
)

func TestWhatTemporalTakesIsNotKept(t *testing.T) {
	t.Parallel()
	f := setup(t)
	kept, err := f.hand(event("a", "x"), time.Second)
	require.NoError(t, err)
	require.False(t, kept)
	require.Equal(t, []string{"x"}, f.temporal.texts(t, "a"))
	require.Zero(t, f.Status())
}

func TestKeptIsHandedOverInOrder(t *testing.T) {
	t.Parallel()
	f := setup(t)
	lanes := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}
	f.keep(t, 30, lanes...)
	require.Equal(t, 300, f.Status().Waiting)
	require.True(t, f.Away())
	require.Empty(t, f.temporal.taken)
	f.run(t)
	f.temporal.answer(nil)
	f.drained(t)
	for _, lane := range lanes {
		require.Equal(t, numbers(30), f.temporal.texts(t, lane))
	}
	require.False(t, f.Away())
	kept, err := f.hand(event("a", "after"), time.Second)
	require.NoError(t, err)
	require.False(t, kept)
	require.Zero(t, f.Status().Bytes)
}

// An event that comes while earlier ones of its lane wait goes behind them, even if Temporal is back. Other lanes
// need not wait.
func TestNothingOvertakesItsLane(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.keep(t, 1, "a")
	f.temporal.answer(nil)
	kept, err := f.hand(event("b", "other lane"), time.Second)
	require.NoError(t, err)
	require.True(t, kept, "Temporal did not answer last")
	f.run(t)
	f.drained(t)
	f.stop()

	f = open(t, f.folder, f.temporal)
	f.keep(t, 1, "a")
	f.temporal.mu.Lock()
	f.temporal.err, f.temporal.each = nil, func(e spool.Event) error {
		if string(e.Data) == `"0"` {
			return errAway
		}
		return nil
	}
	f.temporal.mu.Unlock()
	f.run(t)
	for n := 1; n < 6; n++ {
		require.Eventually(t, func() bool {
			kept, err := f.hand(event("b", "other lane"), time.Second)
			return err == nil && !kept
		}, 5*time.Second, time.Millisecond, "one event alone fails")
		kept, err = f.hand(event("a", fmt.Sprint(n)), time.Second)
		require.NoError(t, err)
		require.True(t, kept, "Temporal would take it, and it belongs behind the first one")
	}
	f.temporal.mu.Lock()
	f.temporal.each = nil
	f.temporal.mu.Unlock()
	f.drained(t)
	require.Equal(t, append([]string{"0"}, numbers(6)...), f.temporal.texts(t, "a"))
}

// An event that hangs on its way to Temporal is not overtaken by later ones of its lane.
func TestNothingOvertakesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	began := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		kept, err := f.Hand(t.Context(), event("a", "0"), func(ctx context.Context) error {
			close(began)
			<-ctx.Done()
			return ctx.Err()
		})
		require.NoError(t, err)
		require.True(t, kept)
	})
	<-began
	started := time.Now()
	require.Eventually(t, func() bool { return time.Since(started) > 150*time.Millisecond }, time.Second, time.Millisecond)
	kept, err := f.hand(event("a", "1"), 5*time.Second)
	require.NoError(t, err)
	require.True(t, kept, "it waited for the first one, which was kept")
	require.Less(t, time.Since(started), 2*time.Second, "a call that hangs is given up after a second")
	group.Wait()
	f.run(t)
	f.drained(t)
	require.Equal(t, numbers(2), f.temporal.texts(t, "a"))
}

func TestNothingInPlainOnDisk(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.temporal.answer(errAway)
	for range 20 {
		_, err := f.hand(event("conversation/shop/KEY", "my brakes squeal oTESTfollower-_0123456789abc"), time.Second)
		require.NoError(t, err)
	}
	found, err := os.ReadFile(filepath.Join(f.folder, spool.FileName))
	require.NoError(t, err)
	for _, plain := range []string{"squeal", "oTEST", "conversation/shop/KEY", "inbound"} {
		require.NotContains(t, string(found), plain)
	}
	info, err := os.Stat(filepath.Join(f.folder, spool.FileName))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NotContains(t, fmt.Sprint(f.List()), "squeal")
	require.NotContains(t, f.log.String(), "squeal")
}

func TestFullSpoolTakesNothing(t *testing.T) {
	t.Parallel()
	probe := setup(t)
	probe.keep(t, 1, "a")
	size := probe.Status().Bytes
	now := time.Now()
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	for name, tt := range map[string]struct {
		change func(*spool.Options)
		later  time.Duration
	}{
		"events": {func(o *spool.Options) { o.MaxEvents = 3 }, 0},
		"bytes":  {func(o *spool.Options) { o.MaxBytes = 3*size + 10 }, 0},
		"age":    {func(o *spool.Options) { o.MaxAge, o.Now = time.Hour, clock }, 61 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			f := setup(t, tt.change)
			f.keep(t, 3, "a")
			require.NoError(t, nilWhere(f.Room(), tt.later > 0))
			mu.Lock()
			now = now.Add(tt.later)
			mu.Unlock()
			for _, lane := range []string{"a", "b"} {
				_, err := f.hand(event(lane, "one too many"), 250*time.Millisecond)
				require.ErrorIs(t, err, spool.ErrFull)
			}
			require.ErrorIs(t, f.Room(), spool.ErrFull)
			require.NotEmpty(t, f.Status().Full)
			require.Equal(t, 3, f.Status().Waiting)
			f.temporal.answer(nil)
			kept, err := f.hand(event("b", "Temporal is back"), time.Second)
			require.NoError(t, err)
			require.False(t, kept, "a full spool does not keep Temporal from taking it")
			f.run(t)
			f.drained(t)
			require.Equal(t, numbers(3), f.temporal.texts(t, "a"))
			require.NoError(t, f.Room())
		})
	}
}

// nilWhere drops an error that is not checked.
func nilWhere(err error, asked bool) error {
	if asked {
		return err
	}
	return nil
}

// If neither accepts an event, it is retried until the time is over, and no longer.
func TestNeitherTakesIt(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *spool.Options) { o.MaxEvents = 1 })
	f.keep(t, 1, "a")
	began := time.Now()
	_, err := f.hand(event("b", "x"), 600*time.Millisecond)
	require.ErrorIs(t, err, spool.ErrFull)
	require.ErrorIs(t, err, errAway)
	require.InDelta(t, 600, time.Since(began).Milliseconds(), 400)
	back := time.AfterFunc(300*time.Millisecond, func() { f.temporal.answer(nil) })
	defer back.Stop()
	kept, err := f.hand(event("b", "y"), 5*time.Second)
	require.NoError(t, err)
	require.False(t, kept)
}

func TestRestartTakesUpWhatWaits(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.keep(t, 5, "a", "b")
	before := f.List()
	f.stop()
	f = open(t, f.folder, f.temporal)
	require.Equal(t, before, f.List())
	kept, err := f.hand(event("a", "5"), time.Second)
	require.NoError(t, err)
	require.True(t, kept)
	f.run(t)
	f.temporal.answer(nil)
	f.drained(t)
	require.Equal(t, numbers(6), f.temporal.texts(t, "a"))
	require.Equal(t, numbers(5), f.temporal.texts(t, "b"))
	f.stop()
	require.Empty(t, open(t, f.folder, f.temporal).List())
}

func TestDrainSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.keep(t, 2, "a")
	f.run(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, f.Drain(ctx), "2 events are left")
}

// What Temporal will never accept blocks nothing and is not lost.
func TestRefusedIsSetAside(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.keep(t, 3, "a")
	refusal := fmt.Errorf("%w: no such form", spool.ErrRefused)
	answer := func(e spool.Event) error {
		if string(e.Data) == `"1"` || string(e.Data) == `"straight"` {
			return refusal
		}
		return nil
	}
	f.temporal.mu.Lock()
	f.temporal.each = answer
	f.temporal.mu.Unlock()
	f.run(t)
	f.drained(t)
	kept, err := f.hand(event("a", "straight"), time.Second)
	require.NoError(t, err)
	require.True(t, kept, "it is safe before it is acknowledged")
	require.Equal(t, []string{"0", "2"}, f.temporal.texts(t, "a"))
	require.Equal(t, 2, f.Status().Refused)
	require.Contains(t, f.List()[0].Refused, "no such form")
	require.Contains(t, f.log.String(), "set aside")
	f.stop()

	f = open(t, f.folder, f.temporal)
	require.Equal(t, 2, f.Status().Refused, "also after a restart")
	f.temporal.mu.Lock()
	f.temporal.each, f.temporal.err = nil, nil
	f.temporal.mu.Unlock()
	require.ErrorIs(t, f.Drop(99), spool.ErrNotRefused)
	require.NoError(t, f.Drop(f.List()[1].ID))
	n, err := f.Retry()
	require.NoError(t, err)
	require.Equal(t, 1, n)
	f.run(t)
	f.drained(t)
	require.Equal(t, []string{"0", "2", "1"}, f.temporal.texts(t, "a"))
	require.Zero(t, f.Status().Bytes)
	f.stop()
	require.Empty(t, open(t, f.folder, f.temporal).List())
}

// One event that is never accepted, while others are, does not make the spool refuse everything.
func TestOneThatIsNeverTakenIsSetAside(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *spool.Options) { o.MaxAge = 700 * time.Millisecond })
	f.keep(t, 2, "a")
	f.temporal.mu.Lock()
	f.temporal.each = func(e spool.Event) error {
		if string(e.Data) == `"0"` {
			return errAway
		}
		return nil
	}
	f.temporal.mu.Unlock()
	f.run(t)
	require.Eventually(t, func() bool {
		_, err := f.hand(event("b", "x"), time.Second)
		return err == nil && f.Status().Refused == 1
	}, 10*time.Second, 10*time.Millisecond)
	f.drained(t)
	require.Equal(t, []string{"1"}, f.temporal.texts(t, "a"))
}

// If Temporal is unavailable for longer than events may wait, nothing is set aside for that reason.
func TestAwayForLongSetsNothingAside(t *testing.T) {
	t.Parallel()
	f := setup(t, func(o *spool.Options) { o.MaxAge = 50 * time.Millisecond })
	f.keep(t, 1, "a")
	f.run(t)
	tries := func() int { f.temporal.mu.Lock(); defer f.temporal.mu.Unlock(); return f.temporal.tries }
	require.Eventually(t, func() bool { return tries() >= 4 }, 5*time.Second, 10*time.Millisecond)
	require.Equal(t, 1, f.Status().Waiting)
	require.Zero(t, f.Status().Refused)
}

func TestPanicLeavesTheLaneOpen(t *testing.T) {
	t.Parallel()
	f := setup(t)
	require.Panics(t, func() {
		_, _ = f.Hand(t.Context(), event("a", "x"), func(context.Context) error { panic("boom") })
	})
	kept, err := f.hand(event("a", "y"), time.Second)
	require.NoError(t, err)
	require.False(t, kept)
}

// A sender that leaves does not withdraw its event, and says nothing about Temporal.
func TestSenderThatGoesAway(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	kept, err := f.Hand(ctx, event("a", "x"), func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	require.NoError(t, err)
	require.True(t, kept)
	require.False(t, f.Away())
}

func TestReachedIsKept(t *testing.T) {
	t.Parallel()
	f := setup(t)
	require.False(t, f.Reached("temporal:7233/default"))
	require.NoError(t, f.Reach("temporal:7233/default"))
	f.stop()
	f = open(t, f.folder, f.temporal)
	require.True(t, f.Reached("temporal:7233/default"))
	require.False(t, f.Reached("other:7233/default"))
}

func TestOptionsAreRequired(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*spool.Options){
		"folder": func(o *spool.Options) { o.Folder = "" }, "owner": func(o *spool.Options) { o.Owner = "" },
		"keys": func(o *spool.Options) { o.Keys = nil }, "deliver": func(o *spool.Options) { o.Deliver = nil },
	} {
		_, err := spool.Open(options(t, t.TempDir(), &temporal{}, change))
		require.Error(t, err, name)
	}
	require.False(t, errors.Is(spool.ErrFull, spool.ErrDisk))
}
