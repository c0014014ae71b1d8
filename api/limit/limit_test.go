package limit_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/limit"
)

// clock is a time set by tests.
type clock struct{ nanoseconds atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1_700_000_000, c.nanoseconds.Load()) }
func (c *clock) advance(d time.Duration) { c.nanoseconds.Add(int64(d)) }

func TestAllow(t *testing.T) {
	t.Parallel()
	var c clock
	l := limit.New(c.now, 2, 3)
	for range 3 {
		require.False(t, l.Spent("a"))
		require.True(t, l.Allow("a"))
	}
	require.True(t, l.Spent("a"))
	require.False(t, l.Allow("a"))
	require.True(t, l.Allow("b"), "each has tokens of their own")

	c.advance(500 * time.Millisecond)
	require.False(t, l.Spent("a"))
	require.True(t, l.Allow("a"), "two a second")
	require.False(t, l.Allow("a"))
	c.advance(time.Hour)
	for range 3 {
		require.True(t, l.Allow("a"))
	}
	require.False(t, l.Allow("a"), "no more than the burst is saved up")
}

func TestSpentTakesNothing(t *testing.T) {
	t.Parallel()
	var c clock
	l := limit.New(c.now, 1, 1)
	for range 5 {
		require.False(t, l.Spent("a"))
	}
	require.True(t, l.Allow("a"))
}

func TestReserve(t *testing.T) {
	t.Parallel()
	var c clock
	l := limit.New(c.now, 10, 2)
	for _, want := range []time.Duration{0, 0, 100 * time.Millisecond, 200 * time.Millisecond} {
		wait, ok := l.Reserve("a", 200*time.Millisecond)
		require.True(t, ok)
		require.Equal(t, want, wait)
	}
	for range 3 {
		_, ok := l.Reserve("a", 200*time.Millisecond)
		require.False(t, ok, "a refusal takes nothing, however often")
	}
	c.advance(100 * time.Millisecond)
	wait, ok := l.Reserve("a", 200*time.Millisecond)
	require.True(t, ok)
	require.Equal(t, 200*time.Millisecond, wait)
}

func TestCallersAreForgotten(t *testing.T) {
	t.Parallel()
	var c clock
	l := limit.New(c.now, 1, 2)
	require.True(t, l.Allow("busy"))
	require.True(t, l.Allow("busy"))
	for i := range limit.MaxCallers - 1 {
		require.True(t, l.Allow(strconv.Itoa(i)))
	}
	c.advance(time.Second)
	require.True(t, l.Allow("busy"))
	require.True(t, l.Allow("one more"), "makes room")
	require.True(t, l.Spent("busy"), "who is not quiet is remembered")

	for i := range limit.MaxCallers {
		l.Allow("other " + strconv.Itoa(i))
	}
	require.False(t, l.Spent("busy"), "memory is bounded even where nobody is quiet")
}

func TestAtOnce(t *testing.T) {
	t.Parallel()
	l := limit.New(nil, 0.001, 10)
	var allowed atomic.Int32
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if l.Allow("a") {
				allowed.Add(1)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, 10, allowed.Load())
}
