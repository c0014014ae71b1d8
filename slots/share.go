package slots

import "time"

// Share is what one process has.
type Share struct {
	Process string
	Slots   int
	// Lost is how long the slots of a process that is not heard of any more stay taken; 0: it is heard of.
	Lost time.Duration
}

// Shares tells who has how many slots at a time, and how many there are; 0: nobody has said.
func (l Ledger) Shares(now time.Time) (shares []Share, all int) {
	for _, h := range l.Holders {
		over := h.Until.Add(h.Room)
		if now.After(over) {
			continue // it has ended; the next ask removes it
		}
		share := Share{Process: h.Process, Slots: h.Slots}
		if now.After(h.Until) {
			share.Lost = max(over.Sub(now), time.Nanosecond)
		}
		shares = append(shares, share)
		if all == 0 || h.Cap < all {
			all = h.Cap
		}
	}
	return shares, all
}
