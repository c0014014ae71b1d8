package conversation

import (
	"encoding/json"
	"slices"
)

// UnmarshalJSON reads a state and drops values that no step can have written, so that steps never fail on them.
func (s *State) UnmarshalJSON(data []byte) error {
	type plain State
	if err := json.Unmarshal(data, (*plain)(s)); err != nil {
		return err
	}
	s.Messages.Waiting = slices.DeleteFunc(s.Messages.Waiting, func(w Waiting) bool {
		return w.Inbound == nil || !w.Inbound.usable()
	})
	s.Replies.Waiting = slices.DeleteFunc(s.Replies.Waiting, func(w Waiting) bool { return w.Reply == nil })
	for _, l := range []*Lane{&s.Messages, &s.Replies} {
		if l.Active != nil {
			bound(&l.Active.Asked, maxAsked)
			bound(&l.Active.Since, maxTime)
			l.Active.Before.bound()
		}
		for i := range l.Parked {
			l.Parked[i].bound()
		}
		for i := range l.Turns {
			l.Turns[i].Before.bound()
		}
	}
	return nil
}

func (p *Parking) bound() {
	if p != nil {
		bound(&p.Asked, maxAsked)
		bound(&p.Since, maxTime)
	}
}

// maxTime is a time far in the future, in seconds since 1970.
const maxTime = 1 << 40

// bound clamps a number to between 0 and a limit.
func bound[N int | int64](n *N, limit N) { *n = max(0, min(*n, limit)) }
