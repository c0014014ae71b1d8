package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wechat-c4c/wechat-c4c/config"
)

func chinese(t *testing.T, holidays, workdays string) config.Schedule {
	t.Helper()
	s, err := config.Hours{Open: "Mo-Fr 09:00-18:00", Zone: "Asia/Shanghai", Holidays: "cn, " + holidays,
		Workdays: workdays}.Schedule()
	require.NoError(t, err)
	return s
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	require.NoError(t, err)
	moment, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	require.NoError(t, err)
	return moment
}

func TestPublicHolidays(t *testing.T) {
	t.Parallel()
	s := chinese(t, "", "")
	for day, open := range map[string]bool{
		"2026-02-13": true,  // a Friday
		"2026-02-14": true,  // a Saturday that is worked
		"2026-02-16": false, // the eve of the Spring Festival, a Monday
		"2026-02-23": false, // its last day
		"2026-02-24": true,
		"2026-10-07": false,
		"2026-10-10": true,
		"2026-10-11": false, // a Sunday
	} {
		_, got := s.Opens(at(t, day+" 10:00"))
		require.Equal(t, open, got, day)
	}
	next, _ := s.Opens(at(t, "2026-02-14 20:00"))
	require.Equal(t, "2026-02-24 09:00", next.Format("2006-01-02 15:04"))
}

// A shop that opens in the holidays, or stays closed on a day that others work, says so in its settings.
func TestOwnDaysGoBeforePublicOnes(t *testing.T) {
	t.Parallel()
	s := chinese(t, "2026-10-10", "2026-10-02")
	_, open := s.Opens(at(t, "2026-10-02 10:00"))
	require.True(t, open, "a workday of its own in the holidays")
	_, open = s.Opens(at(t, "2026-10-10 10:00"))
	require.False(t, open, "a holiday of its own on a day on which others work")
}

func TestCalendarThatIsOutdated(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		now, holidays string
		missing       int
	}{
		{"2026-06-01 10:00", "", 0},
		{"2025-05-01 00:00", "", 2025},
		// No release knows these years yet.
		{"9997-11-30 23:59", "9997-01-01..9997-01-03", 0},
		{"9997-12-01 00:00", "9997-01-01..9997-01-03", 9998},
		{"9997-12-01 00:00", "9997-01-01,9998-01-01..9998-01-03", 0},
		{"9998-02-01 00:00", "9998-01-01..9998-01-03", 0},
		{"9998-02-01 00:00", "", 9998},
	} {
		require.Equal(t, tt.missing, chinese(t, tt.holidays, "").Missing(at(t, tt.now)), "%s with %q", tt.now, tt.holidays)
	}
	s, err := config.Hours{Open: "Mo-Fr 09:00-18:00", Zone: "Asia/Shanghai"}.Schedule()
	require.NoError(t, err)
	require.Zero(t, s.Missing(at(t, "2031-01-01 00:00")), "no calendar: nothing is missing")
}

// Only weekend days are worked in exchange for holidays, and each year is complete.
func TestCalendarsAreWholeYears(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"cn"}, config.Calendars())
	s := chinese(t, "", "")
	years := map[int]struct {
		open     int      // days: those of the year without its weekends and public holidays
		weekends []string // days at weekends that are worked
	}{
		2026: {365 - 104 - 13, []string{"01-04", "02-14", "02-28", "05-09", "09-20", "10-10"}},
	}
	for year := 2026; year < 2050; year++ {
		want, ok := years[year]
		first := time.Date(year, time.January, 1, 10, 0, 0, 0, at(t, "2026-01-01 10:00").Location())
		require.Equal(t, ok, s.Missing(first) == 0, "%d: in holidays.go and in years of this test, or in neither", year)
		if !ok {
			continue
		}
		days := 0
		var weekends []string
		for day := first; day.Year() == year; day = day.AddDate(0, 0, 1) {
			if _, open := s.Opens(day); !open {
				continue
			}
			days++
			if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
				weekends = append(weekends, day.Format("01-02"))
			}
		}
		require.Equal(t, want.open, days, year)
		require.Equal(t, want.weekends, weekends, year)
	}
}
