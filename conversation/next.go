package conversation

import "time"

// front is the place that the next sync comes from.
type front int

const (
	frontNothing front = iota
	frontWaiting       // Waiting[0]
	frontTurn          // Turns[0]
)

// next chooses what the lane may begin now.
func (l *Lane) next(now time.Time) front {
	if l.Active != nil || l.pauses(now) {
		return frontNothing
	}
	choice, order := l.firstInOrder()
	if choice == frontNothing || l.nextKeptBack(choice, order) {
		return frontNothing
	}
	if choice == frontTurn && !l.Turns[0].Fresh && l.awaitsEarlier(now, order) {
		return frontNothing
	}
	return choice
}

// firstInOrder is the first in the lane by order.
func (l *Lane) firstInOrder() (front, Order) {
	switch {
	case len(l.Turns) > 0 && (len(l.Waiting) == 0 || !l.Waiting[0].Order.before(l.Turns[0].Order)):
		return frontTurn, l.Turns[0].Order
	case len(l.Waiting) > 0:
		return frontWaiting, l.Waiting[0].Order
	}
	return frontNothing, Order{}
}

// nextKeptBack reports whether the next sync is kept back. A sync that a person retries is not.
func (l *Lane) nextKeptBack(choice front, order Order) bool {
	return (choice != frontTurn || l.Turns[0].Fresh) && l.keepsBack(order)
}

// earlierPatience is how long a retried sync waits for parked syncs with earlier messages to ask for their turn.
// Syncs retried together are signalled oldest first, but on a busy system their reports arrive in another order.
const earlierPatience = 10 * time.Second

// awaitsEarlier reports whether the next sync waits for parked syncs that belong before it. Each is waited for once.
func (l *Lane) awaitsEarlier(now time.Time, order Order) bool {
	for i := range l.Parked {
		p := &l.Parked[i]
		if p.Passed || !p.Order.before(order) {
			continue
		}
		if l.Early == 0 {
			l.Early = now.Add(earlierPatience).UnixMilli()
		}
		if now.UnixMilli() < l.Early {
			return true
		}
		p.Passed = true
	}
	l.Early = 0
	return false
}
