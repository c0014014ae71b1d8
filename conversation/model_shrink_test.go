package conversation_test

import (
	"slices"
	"strings"
	"time"
)

// kindOf is the part of a failure before the colon.
func kindOf(failure string) string {
	kind, _, _ := strings.Cut(failure, ":")
	return kind
}

// shrink shortens a failing script as much as possible within the time, by leaving choices out. The failure must stay
// of the same kind.
func shrink(s script, failure string, limit time.Duration) script {
	until := time.Now().Add(limit)
	fails := func(choices []choice) bool {
		got, _ := play(script{s.Seed, choices}, nil)
		return got != "" && kindOf(got) == kindOf(failure)
	}
	choices := s.Choices
	for size := len(choices); size > 0 && time.Now().Before(until); {
		shorter := false
		for at := 0; at < len(choices) && time.Now().Before(until); {
			rest := slices.Concat(choices[:at], choices[min(at+size, len(choices)):])
			if fails(rest) {
				choices, shorter = rest, true
			} else {
				at += size
			}
		}
		if !shorter || size > len(choices) {
			size = min(size/2, len(choices))
		}
	}
	for i := range choices { // replace them by simpler ones
		for _, n := range []uint64{0, 1, 2, 3} {
			simpler := slices.Clone(choices)
			simpler[i].N = n
			if time.Now().Before(until) && choices[i].N > 3 && fails(simpler) {
				choices = simpler
			}
		}
	}
	return script{s.Seed, choices}
}
