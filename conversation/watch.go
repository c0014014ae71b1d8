package conversation

import "time"

// Pauses between two questions where a sync is: each is twice as long as the one before, so that no history grows for
// ever.
const (
	firstAsk = 5 * time.Minute
	lastAsk  = 24 * time.Hour
)

// askable is how many syncs of the lane may have to be asked where they are: the active one, and parked ones that keep
// the lane shut.
func (l *Lane) askable() int { return 1 + len(l.Parked) }

// askAt is when a sync is to be asked where it is, since it may have been terminated; zero: never.
func (l *Lane) askAt(i int) time.Time {
	if i == 0 {
		if l.Active == nil || l.Active.Asked >= maxAsked {
			return time.Time{}
		}
		return time.Unix(l.Active.Since, 0).Add(asking(l.Active.Asked))
	}
	if p := l.Parked[i-1]; p.Everything && p.Asked < maxAsked {
		return time.Unix(p.Since, 0).Add(asking(p.Asked))
	}
	return time.Time{}
}

// ask notes that a sync is asked, and names it.
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

// maxAsked is how often a sync is asked at most: for more than fifty years.
const maxAsked = 20_000

// asking is how long after it began a sync is asked, having been asked so often.
func asking(asked int) time.Duration {
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
