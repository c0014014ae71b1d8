package limit

import (
	"sync"
	"time"
)

// Daily limits how often callers may do something within a day: each caller, and all together. It is safe for
// concurrent use.
type Daily struct {
	now       func() time.Time
	zone      *time.Location
	each, all int

	mu    sync.Mutex
	day   time.Time // its midnight
	used  map[string]int
	total int
}

// NewDaily makes a Daily whose days begin at midnight in a time zone. If now is nil, it uses time.Now.
func NewDaily(now func() time.Time, zone *time.Location, each, all int) *Daily {
	if now == nil {
		now = time.Now
	}
	return &Daily{now: now, zone: zone, each: each, all: all}
}

// Allow takes n from the caller's remaining allowance for today. If less than n remains, it takes nothing and returns
// false.
func (d *Daily) Allow(caller string, n int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.turn(d.now().In(d.zone))
	if d.used[caller]+n > d.each || d.total+n > d.all {
		return false
	}
	d.used[caller] += n
	d.total += n
	return true
}

// turn begins a new day. Setting the clock back over midnight does not repeat a day. A clock that was days ahead
// starts again.
func (d *Daily) turn(now time.Time) {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, d.zone)
	if !today.After(d.day) && d.day.Sub(today) <= 36*time.Hour {
		return
	}
	d.day, d.used, d.total = today, map[string]int{}, 0
}
