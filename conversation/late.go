package conversation

import "time"

// Late tracks events that processes kept while Temporal was unavailable. They arrive late, and one process may
// deliver later events before another delivers earlier ones. All times are in milliseconds since 1970.
type Late struct {
	// Since is when the first late event of the current burst came, Last when the newest came.
	Since int64 `json:"since,omitempty"`
	Last  int64 `json:"last,omitempty"`
	// Until is how long the lane begins nothing, so that earlier messages can still arrive; 0: it may begin.
	Until int64 `json:"until,omitempty"`
}

const (
	// lateness is how far apart processes deliver the events they kept: each notices by itself that Temporal is back.
	lateness = 2 * time.Second
	// latePatience is the longest that a lane waits for a burst. A follower who writes without a pause, or a Temporal
	// that keeps failing, must not stop it.
	latePatience = 30 * time.Second
)

// recordLate notes that a late event has come, and makes the lane wait for others.
func (l *Late) recordLate(now time.Time) {
	if l.burstOver(now) {
		l.Since = now.UnixMilli()
	}
	l.Last = now.UnixMilli()
	l.Until = min(now.Add(lateness).UnixMilli(), time.UnixMilli(l.Since).Add(latePatience).UnixMilli())
	l.clearPassed(now)
}

// burstOver reports whether the next late event begins a new burst.
func (l *Late) burstOver(now time.Time) bool {
	return now.UnixMilli() >= time.UnixMilli(l.Last).Add(lateness).UnixMilli()
}

// waits reports whether earlier messages may still arrive.
func (l *Late) waits(now time.Time) bool { return now.UnixMilli() < l.Until }

// clearPassed clears times that have passed.
func (l *Late) clearPassed(now time.Time) {
	switch {
	case l.burstOver(now):
		*l = Late{}
	case !l.waits(now):
		l.Until = 0
	}
}
