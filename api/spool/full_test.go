package spool_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/spool"
)

// fill makes Temporal accept nothing more of a lane.
func (f *temporal) fill(lane string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.each = nil, func(e spool.Event) error {
		if e.Lane == lane {
			return fmt.Errorf("%w: enough", spool.ErrLaneFull)
		}
		return nil
	}
}

// empty makes Temporal accept everything.
func (f *temporal) empty() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.each = nil, nil
}

// A full lane waits alone: Temporal is available for all others.
func TestFullLaneWaitsAlone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.temporal.fill("a")
	f.run(t)
	for i := range 4 {
		kept, err := f.hand(event("a", fmt.Sprint(i)), time.Minute)
		require.NoError(t, err)
		require.True(t, kept)
		kept, err = f.hand(event("b", fmt.Sprint(i)), time.Minute)
		require.NoError(t, err)
		require.False(t, kept)
		require.False(t, f.Away())
	}
	require.Equal(t, 4, f.Status().Waiting)
	require.Zero(t, f.Status().Refused)
	require.False(t, f.Late(), "nobody else has kept anything")

	f.temporal.empty()
	f.drained(t)
	require.Equal(t, numbers(4), f.temporal.texts(t, "a"))
	kept, err := f.hand(event("a", "straight"), time.Minute)
	require.NoError(t, err)
	require.False(t, kept)
}

// Events that waited for an unavailable Temporal keep waiting if their lane turns out to be full.
func TestLaneIsFullAfterAnOutage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.keep(t, 3, "a", "b")
	f.temporal.fill("a")
	f.run(t)
	require.Eventually(t, func() bool { return f.Status().Waiting == 3 }, time.Minute, time.Millisecond)
	require.False(t, f.Away())
	f.stop()

	f = open(t, f.folder, f.temporal)
	f.temporal.empty()
	f.run(t)
	f.drained(t)
	require.Equal(t, numbers(3), f.temporal.texts(t, "a"))
}

// A follower whose conversation accepts no more does not fill the spool.
func TestFullLaneGetsItsShare(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*spool.Options){
		"events": func(o *spool.Options) { o.MaxEvents = 80 },
		"bytes":  func(o *spool.Options) { o.MaxBytes = 80 * 200 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, change)
			f.temporal.fill("a")
			kept, err := 0, error(nil)
			for ; err == nil && kept < 80; kept++ {
				_, err = f.hand(event("a", "x"), 200*time.Millisecond)
			}
			require.ErrorIs(t, err, spool.ErrFull)
			require.LessOrEqual(t, kept, 11)
			require.NoError(t, f.Room())
			f.temporal.empty()
			f.keep(t, 20, "b") // Temporal is unavailable
			require.Equal(t, kept-1+20, f.Status().Waiting)
		})
	}
}
