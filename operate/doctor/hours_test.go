package doctor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestHoursTellOfAnOutdatedCalendar(t *testing.T) {
	t.Parallel()
	schedule, err := config.Hours{Open: "Mo-Fr 09:00-18:00", Zone: "Asia/Shanghai", Holidays: "cn"}.Schedule()
	require.NoError(t, err)
	check := func(at time.Time) Finding {
		checks := Hours(HoursOptions{Missing: schedule.Missing, Now: func() time.Time { return at }})
		require.Len(t, checks, 1)
		return checks[0].Run(t.Context())
	}
	require.Equal(t, OK, check(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)).Verdict)
	found := check(time.Date(9998, 12, 24, 0, 0, 0, 0, time.UTC))
	require.Equal(t, Warn, found.Verdict)
	require.Contains(t, found.Detail, "9998")
	require.Contains(t, found.Remedy, "WECHAT_C4C_HOURS_HOLIDAYS")
	require.Empty(t, Hours(HoursOptions{}), "no calendar, nothing to check")
}
