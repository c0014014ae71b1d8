package config

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// yearDays are the public holidays of a year, and the weekend days that are worked instead.
type yearDays struct{ holidays, workdays string }

// calendars are the public holidays included in the release, by country and year.
var calendars = map[string]map[int]yearDays{
	// China's State Council announces the next year's in autumn: "国务院办公厅关于…年部分节假日安排的通知".
	"cn": {
		2026: { // https://www.gov.cn/zhengce/content/202511/content_7047090.htm
			holidays: "2026-01-01..2026-01-03,2026-02-15..2026-02-23,2026-04-04..2026-04-06,2026-05-01..2026-05-05," +
				"2026-06-19..2026-06-21,2026-09-25..2026-09-27,2026-10-01..2026-10-07",
			workdays: "2026-01-04,2026-02-14,2026-02-28,2026-05-09,2026-09-20,2026-10-10",
		},
	},
}

// Calendars are the calendars that HOURS_HOLIDAYS may name.
func Calendars() []string { return slices.Sorted(maps.Keys(calendars)) }

// calendars returns the calendars that Holidays names, and its other items.
func (h Hours) calendars() (named, others []string) {
	for _, item := range listOf(h.Holidays) {
		if _, ok := calendars[item]; ok {
			named = append(named, item)
			continue
		}
		others = append(others, item)
	}
	return named, others
}

// UsesCalendar reports whether Holidays names a calendar of the release.
func (h Hours) UsesCalendar() bool {
	named, _ := h.calendars()
	return len(named) > 0
}

// add adds the days of a calendar. Days in the settings themselves take precedence.
func (s *Schedule) add(calendar string) error {
	if s.years == nil {
		s.years = map[string]bool{}
	}
	for year, of := range calendars[calendar] {
		holidays, err := daysOf(listOf(of.holidays))
		if err != nil {
			return err
		}
		workdays, err := daysOf(listOf(of.workdays))
		if err != nil {
			return err
		}
		s.publicHolidays, s.publicWorkdays = append(s.publicHolidays, holidays...), append(s.publicWorkdays, workdays...)
		s.years[strconv.Itoa(year)] = true
	}
	for _, own := range s.holidays {
		s.years[own.from[:4]], s.years[own.to[:4]] = true, true
	}
	return nil
}

// announced is the month from which the next year's public holidays are known.
const announced = time.December

// Missing is the year whose public holidays are needed but in neither the release nor the settings: the present year,
// and in December the next. It is 0 if no calendar is used, or nothing is missing.
func (s Schedule) Missing(at time.Time) int {
	if s.years == nil {
		return 0
	}
	at = at.In(s.zone)
	needed := []int{at.Year()}
	if at.Month() >= announced {
		needed = append(needed, at.Year()+1)
	}
	for _, year := range needed {
		if !s.years[strconv.Itoa(year)] {
			return year
		}
	}
	return 0
}
