package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

// An account that uses the release's calendar is warned when a year is missing; one without hours needs none.
func TestStatusAsksForTheHolidays(t *testing.T) {
	t.Parallel()
	cfg := config.Development()
	december := time.Date(9998, 12, 2, 12, 0, 0, 0, time.UTC)
	question, err := statusQuestion(cfg, "", december)
	require.NoError(t, err)
	require.Empty(t, question.HolidaysMissing)

	cfg.Hours = config.Hours{Open: "Mo-Fr 09:00-18:00", Zone: "Asia/Shanghai", Holidays: "cn"}
	question, err = statusQuestion(cfg, "", time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	require.Zero(t, question.HolidaysMissing[cfg.Account])
	question, err = statusQuestion(cfg, "", december)
	require.NoError(t, err)
	require.Equal(t, 9998, question.HolidaysMissing[cfg.Account])
}
