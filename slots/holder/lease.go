package holder

import "time"

// instant is a moment. The time since an instant is the larger of what two clocks say: the monotonic clock of some
// systems stops while the machine sleeps, and the wall clock may be set back.
type instant struct{ time.Time }

func at() instant { return instant{time.Now()} }

func (i instant) since(before instant) time.Duration {
	return max(i.Sub(before.Time), i.Round(0).Sub(before.Round(0)))
}

// lease is what the latest answer allowed.
type lease struct {
	number int64   // number of the ask that brought it
	asked  instant // when the process asked for it
	length time.Duration
	room   time.Duration // how long calls may continue after its end
	slots  int
	pages  int
	more   bool // others are to give up slots for this process
}

func (l lease) holds(now instant) bool { return l.length > 0 && now.since(l.asked) < l.length }

// latest is the latest ask.
type latest struct {
	at      instant // when it was made, or when it failed
	number  int64
	wants   int
	charged int // the most slots that the ledger attributes to this process
	// chargedPages is how many of those slots may be reads of the page.
	chargedPages int
	failed       bool
}

// need is how much work the process has had.
type need struct {
	pressed instant // when a call last had to wait for a slot
	peak    [2]int  // most calls running or waiting: since the latest ask, and before it

	longest  [2]time.Duration // slowest call of this period and of the one before
	ended    [2]int           // how many calls ended in each period
	turnedAt instant
}

func (n *need) took(now instant, d time.Duration) {
	if now.since(n.turnedAt) > lately {
		n.longest = [2]time.Duration{0, n.longest[0]}
		n.ended = [2]int{0, n.ended[0]}
		n.turnedAt = now
	}
	n.ended[0]++
	n.longest[0] = max(n.longest[0], d)
}

// isPressed reports whether calls recently had to wait.
func (n *need) isPressed(now instant) bool {
	return !n.pressed.IsZero() && now.since(n.pressed) < pressedFor
}
