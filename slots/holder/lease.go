package holder

import "time"

// instant is a moment. How much time has passed since one says the clock that says more: the monotonic one of some
// systems rests while the machine does, and the wall clock may be set back.
type instant struct{ time.Time }

func at() instant { return instant{time.Now()} }

func (i instant) since(before instant) time.Duration {
	return max(i.Sub(before.Time), i.Round(0).Sub(before.Round(0)))
}

// lease is what the latest answer allowed.
type lease struct {
	number int64   // of the ask for it
	asked  instant // when the process asked for it
	length time.Duration
	room   time.Duration // how long calls may go on after its end
	slots  int
	pages  int
	more   bool // others are to give up some for this process
}

func (l lease) holds(now instant) bool { return l.length > 0 && now.since(l.asked) < l.length }

// latest is the latest ask.
type latest struct {
	at      instant // when it was made, or when it failed
	number  int64
	wants   int
	charged int // how many slots the ledger counts as this process's, at most
	// chargedPages is how many of them may be reads of the page.
	chargedPages int
	failed       bool
}

// need is what a process has had to do.
type need struct {
	pressed instant // when a call had to wait for a slot last
	peak    [2]int  // most calls under way or waiting, since the latest ask and before it

	longest  [2]time.Duration // longest call of this while and of the one before
	ended    [2]int           // how many ended in them
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

// isPressed reports whether calls had to wait lately.
func (n *need) isPressed(now instant) bool {
	return !n.pressed.IsZero() && now.since(n.pressed) < pressedFor
}
