package limit_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/limit"
)

func TestShares(t *testing.T) {
	t.Parallel()
	s := limit.NewShares(3, 5)
	require.True(t, s.Take("a", 2))
	require.False(t, s.Take("a", 2), "more than one may hold")
	require.True(t, s.Take("a", 1))
	require.True(t, s.Take("b", 2))
	require.False(t, s.Take("c", 1), "more than all may hold")
	require.EqualValues(t, 5, s.Held())
	s.Give("a", 3)
	require.True(t, s.Take("c", 3))
	s.Give("b", 2)
	s.Give("c", 3)
	require.Zero(t, s.Held())
}

func TestSharesAreWaitedFor(t *testing.T) {
	t.Parallel()
	s := limit.NewShares(1, 1)
	require.True(t, s.Take("a", 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.False(t, s.Wait(ctx, "a", 1), "nothing comes free in time")
	require.False(t, s.Wait(t.Context(), "a", 2), "so much never comes free")
	got := make(chan bool)
	go func() { got <- s.Wait(t.Context(), "b", 1) }()
	s.Give("a", 1)
	require.True(t, <-got)
	s.Give("b", 1)
	require.Zero(t, s.Held())
}

func TestSharesAtOnce(t *testing.T) {
	t.Parallel()
	s := limit.NewShares(2, 3)
	var group sync.WaitGroup
	for i := range 100 {
		group.Go(func() {
			who := string(rune('a' + i%5))
			if s.Wait(t.Context(), who, 1) {
				defer s.Give(who, 1)
				assert.LessOrEqual(t, s.Held(), int64(3))
			}
		})
	}
	group.Wait()
	require.Zero(t, s.Held())
}

func TestDaily(t *testing.T) {
	t.Parallel()
	china := time.FixedZone("UTC+8", 8*60*60)
	now := time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC) // an hour before midnight there
	d := limit.NewDaily(func() time.Time { return now }, china, 3, 5)
	require.True(t, d.Allow("a", 2))
	require.False(t, d.Allow("a", 2), "more than one may in a day")
	require.True(t, d.Allow("a", 1))
	require.True(t, d.Allow("b", 2))
	require.False(t, d.Allow("c", 1), "more than all may in a day")
	now = now.Add(59 * time.Minute)
	require.False(t, d.Allow("c", 1))
	now = now.Add(time.Minute)
	require.True(t, d.Allow("a", 3), "another day")
}
