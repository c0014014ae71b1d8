package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func TestBusinessHours(t *testing.T) {
	t.Parallel()
	// 2026-09-28 is a Monday.
	hours := config.Hours{
		Open: "Mo-Fr 09:00-12:00,Mo-Fr 13:00-18:00, Sa 10:00-14:00", Zone: "Asia/Shanghai",
		Holidays: "2026-10-01..2026-10-08,2026-12-25", Workdays: "2026-10-10",
	}
	for _, tt := range []struct{ name, at, opens string }{
		{"open", "2026-09-28 09:00", ""},
		{"last minute", "2026-09-28 17:59", ""},
		{"lunch", "2026-09-28 12:00", "2026-09-28 13:00"},
		{"morning", "2026-09-28 06:00", "2026-09-28 09:00"},
		{"evening", "2026-09-28 18:00", "2026-09-29 09:00"},
		{"Saturday", "2026-09-26 11:00", ""},
		{"Saturday afternoon", "2026-09-26 14:00", "2026-09-28 09:00"},
		{"before the holidays", "2026-09-30 20:00", "2026-10-09 09:00"},
		{"holiday", "2026-10-05 10:00", "2026-10-09 09:00"},
		{"single holiday", "2026-12-25 10:00", "2026-12-26 10:00"},
		{"working Saturday", "2026-10-10 16:00", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			schedule, err := hours.Schedule()
			require.NoError(t, err)
			zone, err := time.LoadLocation("Asia/Shanghai")
			require.NoError(t, err)
			at, err := time.ParseInLocation("2006-01-02 15:04", tt.at, zone)
			require.NoError(t, err)
			next, open := schedule.Opens(at.UTC())
			require.Equal(t, tt.opens == "", open)
			if !open {
				require.Equal(t, tt.opens, next.Format("2006-01-02 15:04"), "in the zone of the hours")
			}
		})
	}
}

func TestHoursAtTheEdges(t *testing.T) {
	t.Parallel()
	_, open := config.Schedule{}.Opens(time.Now())
	require.True(t, open, "no hours: always open")

	allDay, err := config.Hours{Open: "Sa-Mo 00:00-24:00", Zone: "UTC"}.Schedule()
	require.NoError(t, err)
	next, open := allDay.Opens(time.Date(2026, 9, 29, 0, 0, 0, 0, time.UTC)) // a Tuesday
	require.False(t, open)
	require.Equal(t, "2026-10-03 00:00", next.Format("2006-01-02 15:04"))
	_, open = allDay.Opens(time.Date(2026, 9, 28, 23, 59, 59, 0, time.UTC))
	require.True(t, open)

	never, err := config.Hours{Open: "Mo 09:00-10:00", Zone: "UTC", Holidays: "2026-01-01..2028-12-31"}.Schedule()
	require.NoError(t, err)
	at := time.Date(2026, 9, 28, 9, 30, 0, 0, time.UTC)
	next, open = never.Opens(at)
	require.False(t, open)
	require.Equal(t, at.Add(24*time.Hour), next)

	// In the night when clocks go forward, the office still opens when its own clock shows nine.
	berlin, err := config.Hours{Open: "Su 09:00-10:00", Zone: "Europe/Berlin"}.Schedule()
	require.NoError(t, err)
	next, _ = berlin.Opens(time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC))
	require.Equal(t, "2026-03-29 07:00", next.UTC().Format("2006-01-02 15:04"))
}

func TestHoursThatCannotBeUnderstood(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, change, variable, what string }{
		{"day", "HOURS_OPEN=Mon-Fri 09:00-18:00", "HOURS_OPEN", "Mo-Fr 09:00-18:00"},
		{"end before begin", "HOURS_OPEN=Mo-Fr 18:00-09:00", "HOURS_OPEN", "cannot be understood"},
		{"no end", "HOURS_OPEN=Mo-Fr 18:00", "HOURS_OPEN", "cannot be understood"},
		{"no hours", "HOURS_OPEN=Mo-Fr", "HOURS_OPEN", "cannot be understood"},
		{"minute", "HOURS_OPEN=Mo 09:60-10:00", "HOURS_OPEN", "cannot be understood"},
		{"calendar", "HOURS_HOLIDAYS=fr", "HOURS_HOLIDAYS", `"fr" is neither a date`},
		{"zone", "HOURS_ZONE=Shanghai", "HOURS_ZONE", "no time zone"},
		{"zone of the machine", "HOURS_ZONE=Local", "HOURS_ZONE", "no time zone"},
		{"holiday", "HOURS_HOLIDAYS=1.10.2026", "HOURS_HOLIDAYS", "neither a date"},
		{"range backwards", "HOURS_HOLIDAYS=2026-10-08..2026-10-01", "HOURS_HOLIDAYS", "neither a date"},
		{"no such day", "HOURS_WORKDAYS=2026-02-30", "HOURS_WORKDAYS", "neither a date"},
		{"of one account", "ACCOUNT_DEFAULT_HOURS_OPEN=always", "ACCOUNT_DEFAULT_HOURS_OPEN", "cannot be understood"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := config.Load(production(tt.change))
			require.ErrorContains(t, err, prefix+tt.variable+" cannot be understood")
			require.ErrorContains(t, err, tt.what)
		})
	}
}

func FuzzHours(f *testing.F) {
	f.Add("Mo-Fr 09:00-18:00", "2026-10-01..2026-10-08", int64(1790000000))
	f.Add("Su-Sa 00:00-24:00,Mo 00:00-00:01", "", int64(0))
	f.Fuzz(func(t *testing.T, open, holidays string, at int64) {
		schedule, err := config.Hours{Open: open, Holidays: holidays, Zone: "UTC"}.Schedule()
		if err != nil {
			return
		}
		at %= 4_000_000_000
		next, isOpen := schedule.Opens(time.Unix(at, 0))
		if !isOpen && !next.After(time.Unix(at, 0)) {
			t.Fatalf("closed, and open again at %s, which is not after %d", next, at)
		}
	})
}
