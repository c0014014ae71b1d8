package conversation

import (
	"slices"
	"time"
)

// Parked is a sync that lets later ones pass.
type Parked struct {
	WorkflowID string `json:"id"`
	Order      Order  `json:"order"`
	// Everything is set if the cause affects every sync. Nothing written later passes, or it would overtake.
	Everything bool `json:"everything,omitempty"`
	// Passed is set once a later sync has waited for it in vain.
	Passed bool   `json:"passed,omitempty"`
	Key    string `json:"key,omitempty"` // of a submission
	Parking
}

// Parking is how long a sync has been parked under one cause, across retries.
type Parking struct {
	Cause string `json:"cause,omitempty"` // error type
	Since int64  `json:"since"`           // seconds since 1970
	Asked int    `json:"asked,omitempty"` // how often it was asked for its state
}

// maxParked limits the parked syncs of a lane that a conversation remembers.
const maxParked = 200

// park remembers a sync that has parked, and lets others pass.
func (l *Lane) park(p Parked) {
	if l.isActive(p.WorkflowID) {
		p.continueFrom(l.Active.Before)
		l.Active = nil
	}
	l.dropTurn(p.WorkflowID)
	if at := l.parkedIndex(p.WorkflowID); at >= 0 {
		p.Passed = l.Parked[at].Passed
		p.continueFrom(&l.Parked[at].Parking)
		l.Parked[at] = p
		return
	}
	l.Parked = append(l.Parked, p)
	if len(l.Parked) > maxParked {
		// A sync that keeps the lane shut must be forgotten last.
		at := max(0, slices.IndexFunc(l.Parked, func(p Parked) bool { return !p.Everything }))
		l.Parked = slices.Delete(l.Parked, at, at+1)
	}
}

// continueFrom continues an earlier parking under the same cause. Missed checks are not made up for.
func (p *Parking) continueFrom(before *Parking) {
	if before == nil || before.Cause != p.Cause {
		return
	}
	now := p.Since
	*p = *before
	for p.Asked < maxAsked && p.Since+int64(askAfter(p.Asked)/time.Second) <= now {
		p.Asked++
	}
}

// parking is how a sync is parked; nil: it is not parked.
func (l *Lane) parking(id string) *Parking {
	if at := l.parkedIndex(id); at >= 0 {
		parking := l.Parked[at].Parking
		return &parking
	}
	return nil
}

// parkedIndex is the position of a sync among the parked ones; -1: not parked.
func (l *Lane) parkedIndex(id string) int {
	return slices.IndexFunc(l.Parked, func(p Parked) bool { return p.WorkflowID == id })
}

// unpark removes a sync from the parked ones because it continues. It reports whether the sync was parked.
func (l *Lane) unpark(id string) bool {
	at := l.parkedIndex(id)
	if at >= 0 {
		l.Parked = slices.Delete(l.Parked, at, at+1)
	}
	return at >= 0
}

// keepsBack reports whether a sync, parked under a cause that affects everything, keeps back what was written after it.
func (l *Lane) keepsBack(order Order) bool {
	return slices.ContainsFunc(l.Parked, func(p Parked) bool { return p.Everything && p.Order.before(order) })
}
