package conversation

import "time"

// Late is what a lane knows of events that processes kept while Temporal was away: they come late, and of two processes
// one may hand over the later ones first. All times are in milliseconds since 1970.
type Late struct {
	// Since is when the first of them came that followed closely on each other, Last is when the newest came.
	Since int64 `json:"since,omitempty"`
	Last  int64 `json:"last,omitempty"`
	// Until is how long the lane begins nothing, so that what was written before may still come; 0: it may begin.
	Until int64 `json:"until,omitempty"`
}

const (
	// lateness is how long processes differ in handing over what they kept: each of them notices by itself that Temporal
	// is back.
	lateness = 2 * time.Second
	// latePatience is how long a lane waits for all of it at most: somebody who writes without a pause, or a Temporal that
	// comes and goes, must not stop it.
	latePatience = 30 * time.Second
)

// came notes that a late event has come, and has the lane wait for others.
func (l *Late) came(now time.Time) {
	if l.over(now) {
		l.Since = now.UnixMilli()
	}
	l.Last = now.UnixMilli()
	l.Until = min(now.Add(lateness).UnixMilli(), time.UnixMilli(l.Since).Add(latePatience).UnixMilli())
	l.pass(now)
}

// over reports whether the next late event belongs to another time than those before it.
func (l *Late) over(now time.Time) bool {
	return now.UnixMilli() >= time.UnixMilli(l.Last).Add(lateness).UnixMilli()
}

// waits reports whether something that was written before may still come.
func (l *Late) waits(now time.Time) bool { return now.UnixMilli() < l.Until }

// pass forgets times that are over.
func (l *Late) pass(now time.Time) {
	switch {
	case l.over(now):
		*l = Late{}
	case !l.waits(now):
		l.Until = 0
	}
}
