package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // images without an operating system have no time zones
)

// Hours are when agents are there to answer followers.
type Hours struct {
	Open     string `env:"OPEN" help:"business hours in which followers are answered, such as Mo-Fr 09:00-18:00, several separated by commas; outside of them a message is answered by a text that says when somebody is back; empty: always open" example:"Mo-Fr 09:00-18:00,Sa 10:00-14:00"`
	Zone     string `env:"ZONE" envDefault:"Asia/Shanghai" help:"time zone of the business hours, and of the times on the H5 page where the phone runs no script" example:"Asia/Shanghai"`
	Holidays string `env:"HOLIDAYS" help:"days without business hours, single ones and ranges, separated by commas; cn means the public holidays of mainland China and the workdays shifted for them, as far as the release has them" example:"cn,2026-12-25"`
	Workdays string `env:"WORKDAYS" help:"days at a weekend on which the hours of a Monday hold, separated by commas, besides those that come with cn" example:"2026-09-27,2026-10-10"`
}

// Schedule is the parsed form of business hours. The zero value is always open.
type Schedule struct {
	zone     *time.Location
	week     map[time.Weekday][]span
	holidays []days
	workdays []days

	publicHolidays, publicWorkdays []days          // of the calendar
	years                          map[string]bool // years with known public holidays; nil: no calendar
}

// span is a part of a day, in minutes.
type span struct{ from, to int }

// days are dates from the first to the last, as 2026-10-01.
type days struct{ from, to string }

var weekdays = []string{"Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"}

// Location returns the time zone in Zone.
func (h Hours) Location() (*time.Location, error) {
	zone, err := time.LoadLocation(h.Zone)
	if err != nil || h.Zone == "Local" { // meaningless in images without a time zone
		return nil, errors.New("no time zone")
	}
	return zone, nil
}

// Schedule parses the settings.
func (h Hours) Schedule() (Schedule, error) {
	s := Schedule{week: map[time.Weekday][]span{}}
	var err error
	if s.zone, err = h.Location(); err != nil {
		return s, err
	}
	for _, item := range listOf(h.Open) {
		if err := s.open(item); err != nil {
			return s, err
		}
	}
	calendars, own := h.calendars()
	if s.holidays, err = daysOf(own); err != nil {
		return s, err
	}
	if s.workdays, err = daysOf(listOf(h.Workdays)); err != nil {
		return s, err
	}
	for _, calendar := range calendars {
		if err := s.add(calendar); err != nil {
			return s, err
		}
	}
	return s, nil
}

// open parses one item, such as Mo-Fr 09:00-18:00.
func (s *Schedule) open(item string) error {
	onDays, hours, ok := strings.Cut(item, " ")
	first, last, isRange := strings.Cut(onDays, "-")
	if !isRange {
		last = first
	}
	from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
	begin, end, hasEnd := strings.Cut(strings.TrimSpace(hours), "-")
	minute, beginErr := minuteOf(begin)
	until, endErr := minuteOf(end)
	if !ok || from < 0 || to < 0 || !hasEnd || errors.Join(beginErr, endErr) != nil || until <= minute {
		return fmt.Errorf("%q is not written as Mo-Fr 09:00-18:00", item)
	}
	for day := from; ; day = (day + 1) % 7 {
		weekday := time.Weekday(day)
		s.week[weekday] = append(s.week[weekday], span{minute, until})
		slices.SortFunc(s.week[weekday], func(a, b span) int { return a.from - b.from })
		if day == to {
			return nil
		}
	}
}

func minuteOf(text string) (int, error) {
	if text == "24:00" {
		return 24 * 60, nil
	}
	at, err := time.Parse("15:04", text)
	return at.Hour()*60 + at.Minute(), err
}

func daysOf(items []string) ([]days, error) {
	var all []days
	for _, item := range items {
		from, to, isRange := strings.Cut(item, "..")
		if !isRange {
			to = from
		}
		_, fromErr := time.Parse(time.DateOnly, from)
		_, toErr := time.Parse(time.DateOnly, to)
		if errors.Join(fromErr, toErr) != nil || to < from {
			return nil, fmt.Errorf("%q is neither a date nor a range of dates such as 2026-10-01..2026-10-08", item)
		}
		all = append(all, days{from, to})
	}
	return all, nil
}

func within(all []days, date string) bool {
	return slices.ContainsFunc(all, func(d days) bool { return d.from <= date && date <= d.to })
}

// furthest is how far ahead to look for the next opening, in days.
const furthest = 400

// Opens reports whether agents are there, and otherwise when they will be next, in the schedule's zone. If they never
// are, the returned time is in a day.
func (s Schedule) Opens(at time.Time) (next time.Time, open bool) {
	if len(s.week) == 0 {
		return time.Time{}, true
	}
	at = at.In(s.zone)
	for ahead := range furthest {
		day := time.Date(at.Year(), at.Month(), at.Day()+ahead, 0, 0, 0, 0, s.zone)
		for _, hours := range s.on(day) {
			begin, end := s.clock(day, hours.from), s.clock(day, hours.to)
			switch {
			case !at.Before(end):
			case !at.Before(begin):
				return time.Time{}, true
			default:
				return begin, false
			}
		}
	}
	return at.Add(24 * time.Hour), false
}

// clock is a minute of a day by local clocks.
func (s Schedule) clock(day time.Time, minute int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, minute, 0, 0, s.zone)
}

// on returns the hours of a date.
func (s Schedule) on(day time.Time) []span {
	date, weekday := day.Format(time.DateOnly), day.Weekday()
	switch {
	case within(s.workdays, date):
		weekday = time.Monday
	case within(s.holidays, date):
		return nil
	case within(s.publicWorkdays, date):
		weekday = time.Monday
	case within(s.publicHolidays, date):
		return nil
	}
	return s.week[weekday]
}

func (k *checker) hours() {
	h := k.config.Hours
	for _, one := range []struct {
		name string
		of   Hours
	}{
		{"HOURS_ZONE", Hours{Zone: h.Zone}}, {"HOURS_OPEN", Hours{Zone: "UTC", Open: h.Open}},
		{"HOURS_HOLIDAYS", Hours{Zone: "UTC", Holidays: h.Holidays}},
		{"HOURS_WORKDAYS", Hours{Zone: "UTC", Workdays: h.Workdays}},
	} {
		_, err := one.of.Schedule()
		k.require(err == nil, one.name, fmt.Sprintf("cannot be understood (%v)", err))
	}
}
