package window

import (
	"cmp"
	"slices"
	"time"
)

// Opening is the last time a trigger opened the window, and what was spent of it.
type Opening struct {
	Trigger Trigger `json:"trigger"`
	At      int64   `json:"at"` // seconds since 1970
	Spent   int     `json:"spent,omitempty"`
	UsedUp  bool    `json:"used_up,omitempty"` // WeChat said so
}

// Ledger is our view of what WeChat counts, kept to spend messages well. WeChat alone decides whether a message goes
// out. The zero value allows nothing.
type Ledger struct {
	Openings []Opening `json:"openings,omitempty"` // at most one per trigger
	// Closed is the last opening that WeChat has closed since, in seconds since 1970. Late events from before it open
	// nothing.
	Closed int64 `json:"closed,omitempty"`
}

// Open records a trigger, which allows its number of messages again. A trigger older than the last one of its kind
// changes nothing: events may arrive late.
func (l *Ledger) Open(trigger Trigger, at time.Time) {
	opened := Opening{Trigger: trigger, At: at.Unix()}
	i := l.index(trigger)
	switch {
	case opened.At <= l.Closed:
	case i < 0:
		l.Openings = append(l.Openings, opened)
	case opened.At >= l.Openings[i].At:
		l.Openings[i] = opened
	}
}

func (l *Ledger) index(trigger Trigger) int {
	return slices.IndexFunc(l.Openings, func(o Opening) bool { return o.Trigger == trigger })
}

// Left is how many messages may still be sent.
func (l *Ledger) Left(rules Rules, now time.Time) int { return Left(l.Grants(rules), now) }

// Spares reports whether an automatic text may be sent. The last message is reserved for the service agent.
func (l *Ledger) Spares(rules Rules, now time.Time) bool { return l.Left(rules, now) > 1 }

// Spend takes one message from the trigger that ends first, as WeChat presumably does, and returns that trigger.
func (l *Ledger) Spend(rules Rules, now time.Time) Trigger {
	for _, g := range l.Grants(rules) {
		if g.Alive(now) && g.Left > 0 {
			l.Openings[l.index(g.Trigger)].Spent++
			return g.Trigger
		}
	}
	return Unknown
}

// Close records WeChat's answer that no window is open (errcode 45015).
func (l *Ledger) Close() {
	for _, o := range l.Openings {
		l.Closed = max(l.Closed, o.At)
	}
	l.Openings = nil
}

// UseUp records WeChat's answer that every message of the window is spent (errcode 45047).
func (l *Ledger) UseUp() {
	for i := range l.Openings {
		l.Openings[i].UsedUp = true
	}
}

// Ends is when the window opened by a trigger ends; zero: the trigger opened none.
func (l *Ledger) Ends(rules Rules, trigger Trigger) time.Time {
	for _, g := range l.Grants(rules) {
		if g.Trigger == trigger {
			return time.Unix(g.Until, 0)
		}
	}
	return time.Time{}
}

// Grants are what the openings allow, the one that ends first in front. Some may have ended.
func (l *Ledger) Grants(rules Rules) []Grant {
	grants := make([]Grant, 0, len(l.Openings))
	for _, o := range l.Openings {
		count, life := rules.of(o.Trigger)
		g := Grant{Trigger: o.Trigger, Left: max(0, count-o.Spent), Until: time.Unix(o.At, 0).Add(life).Unix()}
		if o.UsedUp {
			g.Left = 0
		}
		grants = append(grants, g)
	}
	slices.SortStableFunc(grants, func(a, b Grant) int { return cmp.Compare(a.Until, b.Until) })
	return grants
}
