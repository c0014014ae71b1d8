package conversation

import "time"

// earlierPatience is how long a sync that is tried again lets parked ones ask for their turn that were written before
// it: syncs that are tried again together are told oldest first, and on a busy system their reports arrive in another
// order.
const earlierPatience = 10 * time.Second

// awaitsEarlier reports whether the next sync waits for parked ones that belong before it. Each is waited for once.
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
