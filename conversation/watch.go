package conversation

import "time"

// Pauses between two questions for a sync's state. Each is twice as long as the one before, so that no history grows
// without end.
const (
	firstAsk = 5 * time.Minute
	lastAsk  = 24 * time.Hour
)

// askable is how many syncs of the lane may have to be asked for their state: the active one, and parked ones that
// keep the lane shut.
func (l *Lane) askable() int { return 1 + len(l.Parked) }

// askAt is when to ask a sync for its state, since it may have been terminated; zero: never.
func (l *Lane) askAt(i int) time.Time {
	if i == 0 {
		if l.Active == nil || l.Active.Asked >= maxAsked {
			return time.Time{}
		}
		return time.Unix(l.Active.Since, 0).Add(askAfter(l.Active.Asked))
	}
	if p := l.Parked[i-1]; p.Everything && p.Asked < maxAsked {
		return time.Unix(p.Since, 0).Add(askAfter(p.Asked))
	}
	return time.Time{}
}

// ask records that a sync is asked, and returns its id.
func (l *Lane) ask(i int, now time.Time) (id string) {
	var asked *int
	if i == 0 {
		id, asked = l.Active.WorkflowID, &l.Active.Asked
	} else {
		id, asked = l.Parked[i-1].WorkflowID, &l.Parked[i-1].Asked
	}
	for *asked++; *asked < maxAsked && !l.askAt(i).After(now); *asked++ {
	}
	return id
}

// maxAsked limits how often a sync is asked; it is enough for more than fifty years.
const maxAsked = 20_000

// askAfter is how long after a sync began it is asked for its state, if it was asked this many times before.
func askAfter(asked int) time.Duration {
	var after time.Duration
	pause := firstAsk
	for range asked + 1 {
		if pause == lastAsk {
			return after + time.Duration(asked+1)*lastAsk
		}
		after += pause
		pause = min(2*pause, lastAsk)
		asked--
	}
	return after
}
