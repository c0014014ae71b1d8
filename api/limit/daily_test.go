package limit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/api/limit"
)

// A day's allowance exists once, whatever the clock does around midnight.
func TestDaysAboutMidnight(t *testing.T) {
	t.Parallel()
	china := time.FixedZone("CST", 8*60*60)
	now := time.Date(2026, 3, 1, 23, 59, 58, 0, china)
	daily := limit.NewDaily(func() time.Time { return now }, china, 2, 3)
	at := func(moved time.Duration, n int) bool {
		now = now.Add(moved)
		return daily.Allow("oAlice", n)
	}
	require.True(t, at(0, 2))
	require.False(t, at(time.Second, 1))
	require.True(t, at(time.Second, 1), "midnight in China, four in the afternoon elsewhere")
	require.False(t, at(-2*time.Second, 2), "a clock that was set back brings no day once more")
	require.True(t, at(0, 1), "what is left is left")
	require.False(t, at(2*time.Second, 1), "nor the one after it")
	require.False(t, at(12*time.Hour, 1))
	require.True(t, at(12*time.Hour, 2), "the next day")
	require.True(t, at(10*24*time.Hour, 2), "a clock that is set ahead")
	require.True(t, at(-10*24*time.Hour, 2), "and back: it does not wait ten days")
	require.False(t, at(0, 1))
}
