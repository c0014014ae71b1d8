package conversation

import (
	"slices"
	"time"
)

// Parked is a sync that lets those behind it pass.
type Parked struct {
	WorkflowID string `json:"id"`
	Order      Order  `json:"order"`
	// Everything is set where the cause hits every sync: nothing written later passes, or it would overtake.
	Everything bool `json:"everything,omitempty"`
	// Passed is set once one written later has waited for it in vain.
	Passed bool   `json:"passed,omitempty"`
	Key    string `json:"key,omitempty"` // of a submission
	Parking
}

// Parking is since when a sync has been parked under one cause, however often it was tried again.
type Parking struct {
	Cause string `json:"cause,omitempty"` // error type
	Since int64  `json:"since"`           // seconds since 1970
	Asked int    `json:"asked,omitempty"` // how often it was asked where it is
}

// maxParked bounds the parked syncs of a lane that a conversation remembers.
const maxParked = 200

// park remembers a sync that has parked, and lets others pass.
func (l *Lane) park(p Parked) {
	if l.isActive(p.WorkflowID) {
		p.again(l.Active.Before)
		l.Active = nil
	}
	l.dropTurn(p.WorkflowID)
	if at := l.parked(p.WorkflowID); at >= 0 {
		p.Passed = l.Parked[at].Passed
		p.again(&l.Parked[at].Parking)
		l.Parked[at] = p
		return
	}
	l.Parked = append(l.Parked, p)
	if len(l.Parked) > maxParked {
		// One that keeps the lane shut must not be forgotten before the others.
		at := max(0, slices.IndexFunc(l.Parked, func(p Parked) bool { return !p.Everything }))
		l.Parked = slices.Delete(l.Parked, at, at+1)
	}
}

// again goes on with an earlier time under the same cause. What was due in between is not made up for.
func (p *Parking) again(before *Parking) {
	if before == nil || before.Cause != p.Cause {
		return
	}
	now := p.Since
	*p = *before
	for p.Asked < maxAsked && p.Since+int64(asking(p.Asked)/time.Second) <= now {
		p.Asked++
	}
}

// parking is how a sync is parked; nil: it is not.
func (l *Lane) parking(id string) *Parking {
	if at := l.parked(id); at >= 0 {
		parking := l.Parked[at].Parking
		return &parking
	}
	return nil
}

// parked is the place of a sync among the parked ones; -1: it has none.
func (l *Lane) parked(id string) int {
	return slices.IndexFunc(l.Parked, func(p Parked) bool { return p.WorkflowID == id })
}

// unpark forgets that a sync has parked: it goes on. It reports whether it had.
func (l *Lane) unpark(id string) bool {
	at := l.parked(id)
	if at >= 0 {
		l.Parked = slices.Delete(l.Parked, at, at+1)
	}
	return at >= 0
}

// keeps reports whether a sync parked under a cause that hits everything keeps back what was written after it.
func (l *Lane) keeps(order Order) bool {
	return slices.ContainsFunc(l.Parked, func(p Parked) bool { return p.Everything && p.Order.before(order) })
}
