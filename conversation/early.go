package conversation

import "time"

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
