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

// came records a late event and makes the lane wait for others.
func (l *Late) came(now time.Time) {
	if l.over(now) {
		l.Since = now.UnixMilli()
	}
	l.Last = now.UnixMilli()
	l.Until = min(now.Add(lateness).UnixMilli(), time.UnixMilli(l.Since).Add(latePatience).UnixMilli())
	l.pass(now)
}

// over reports whether the next late event begins a new burst.
func (l *Late) over(now time.Time) bool {
	return now.UnixMilli() >= time.UnixMilli(l.Last).Add(lateness).UnixMilli()
}

// waits reports whether earlier messages may still arrive.
func (l *Late) waits(now time.Time) bool { return now.UnixMilli() < l.Until }

// pass clears times that have passed.
func (l *Late) pass(now time.Time) {
	switch {
	case l.over(now):
		*l = Late{}
	case !l.waits(now):
		l.Until = 0
	}
}
