package web

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRecentForgetsByItself: followers' reads do not stay in memory until someone else needs the room.
func TestRecentForgetsByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRecent[string](time.Now, time.Second, 100).atMost(time.Hour)
		r.keep("a", "Li Lei")
		time.Sleep(30 * time.Minute)
		r.keep("b", "Han Meimei")
		value, ok := r.stale("a")
		require.True(t, ok)
		require.Equal(t, "Li Lei", value)
		time.Sleep(40 * time.Minute)
		require.Equal(t, 1, remembers(r))
		_, ok = r.stale("b")
		require.True(t, ok)
		time.Sleep(30 * time.Minute)
		require.Zero(t, remembers(r))
		r.keep("c", "Wang Wei")
		time.Sleep(2 * time.Hour)
		require.Zero(t, remembers(r), "and again")
	})
}

// TestRecentDatesFromTheBeginning: what is read while something changes counts as read before the change.
func TestRecentDatesFromTheBeginning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRecent[string](time.Now, 15*time.Second, 100)
		var changed time.Time
		value, err := r.get("a", func() (string, error) {
			time.Sleep(time.Second)
			changed = time.Now()
			time.Sleep(3 * time.Second)
			return "before", nil
		})
		require.NoError(t, err)
		require.Equal(t, "before", value)
		r.outdate("a", changed)
		_, ok := r.fresh("a")
		require.False(t, ok)
	})
}

// remembers is the number of remembered values.
func remembers(r *recent[string]) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.values)
}

// TestReadsAreForgottenWithinTheHour checks that the page's caches do so.
func TestReadsAreForgottenWithinTheHour(t *testing.T) {
	t.Parallel()
	r := newReads(time.Now)
	for _, most := range []time.Duration{r.customers.most, r.tickets.most, r.threads.most} {
		require.Equal(t, staleFor, most)
	}
}

// The memory of remembered values is limited, regardless of who fills it.
func TestWhatIsRememberedIsBoundedInBytes(t *testing.T) {
	t.Parallel()
	r := newRecent[string](time.Now, time.Hour, 1000).bounded(1600, func(s string) int64 { return int64(len(s)) })
	for i := range 500 {
		r.keep(fmt.Sprintf("%03d", i), strings.Repeat("x", 90))
		require.LessOrEqual(t, r.weight, int64(1600))
	}
	require.Greater(t, len(r.values), 10)
	r.keep("large", strings.Repeat("x", 101))
	_, ok := r.fresh("large")
	require.False(t, ok, "one is not to push out all others")
	for i := range 500 {
		r.keep("one", strings.Repeat("x", i%90))
	}
	var weight int64
	for key, kept := range r.values {
		weight += int64(len(key) + len(kept.value))
	}
	require.Equal(t, weight, r.weight)
}
