package conversation

import "time"

// front is what comes next.
type front int

const (
	frontNothing front = iota
	frontWaiting       // Waiting[0]
	frontTurn          // Turns[0]
)

// next says what the lane may begin now.
func (l *Lane) next(now time.Time) front {
	if l.Active != nil || l.pauses(now) {
		return frontNothing
	}
	choice, order := l.first()
	if choice == frontNothing || l.shut(choice, order) {
		return frontNothing
	}
	if choice == frontTurn && !l.Turns[0].Fresh && l.awaitsEarlier(now, order) {
		return frontNothing
	}
	return choice
}

// first is what stands first in the lane, by order.
func (l *Lane) first() (front, Order) {
	switch {
	case len(l.Turns) > 0 && (len(l.Waiting) == 0 || !l.Waiting[0].Order.before(l.Turns[0].Order)):
		return frontTurn, l.Turns[0].Order
	case len(l.Waiting) > 0:
		return frontWaiting, l.Waiting[0].Order
	}
	return frontNothing, Order{}
}

// shut reports whether what comes next is kept back. What a person tries again goes.
func (l *Lane) shut(choice front, order Order) bool {
	return (choice != frontTurn || l.Turns[0].Fresh) && l.keeps(order)
}
