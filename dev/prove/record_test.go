package prove

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// record is what one follower and the agent who answers remember: what the api has acknowledged.
type record struct {
	follower string
	said     []string // messages that the api acknowledged to WeChat, in order
	answers  []answer // the agent's replies, in order
}

// answer is one reply.
type answer struct {
	text, smaID string
	// acknowledged reports whether the api acknowledged it to C4C. If the api's answer was lost, the reply may have been
	// accepted.
	acknowledged bool
}

// seen is the final state of the two systems.
type seen struct {
	threads [][]string      // the follower's lines, by ticket
	inbox   []string        // the texts on the phone
	unknown map[string]bool // sma ids of replies of unknown outcome, parked for a person
}

// balance compares what was acknowledged with what was delivered.
type balance struct {
	messages, answers                 int // acknowledged
	lost, doubled, misplaced, strange int
	unknown                           int // answers that wait for a person
	faults                            []string
}

func (b *balance) add(other balance) {
	b.messages += other.messages
	b.answers += other.answers
	b.lost += other.lost
	b.doubled += other.doubled
	b.misplaced += other.misplaced
	b.strange += other.strange
	b.unknown += other.unknown
	b.faults = append(b.faults, other.faults...)
}

func (b balance) sound() bool { return b.lost+b.doubled+b.misplaced+b.strange == 0 }

// compare expects every message once in C4C and every answer once on the phone, all in order. An answer of unknown
// outcome, or one that nobody acknowledged, may be there once or not at all.
func (r record) compare(s seen) balance {
	b := balance{messages: len(r.said)}
	lines := slices.Concat(s.threads...)
	b.count(r.follower+" said", r.said, lines, nil)

	var must []string
	may := map[string]bool{}
	for _, a := range r.answers {
		if s.unknown[a.smaID] {
			b.unknown++
		}
		if a.acknowledged {
			b.answers++
		}
		if !a.acknowledged || s.unknown[a.smaID] {
			may[a.text] = true
			continue
		}
		must = append(must, a.text)
	}
	b.count(r.follower+" read", must, s.inbox, may)
	return b
}

// count counts the texts that are lost, doubled, out of order or unexpected. Texts that may be there or not are counted
// at most once, wherever they are.
func (b *balance) count(what string, want, found []string, may map[string]bool) {
	times := map[string]int{}
	var order []string
	for _, text := range found {
		times[text]++
		switch {
		case times[text] > 1:
			b.doubled++
			b.faults = append(b.faults, fmt.Sprintf("%s %q %d times", what, text, times[text]))
		case slices.Contains(want, text):
			order = append(order, text)
		case !may[text]:
			b.strange++
			b.faults = append(b.faults, fmt.Sprintf("%s %q, which nobody wrote", what, text))
		}
	}
	var there []string
	for _, text := range want {
		if times[text] == 0 {
			b.lost++
			b.faults = append(b.faults, fmt.Sprintf("%s not: %q", what, text))
			continue
		}
		there = append(there, text)
	}
	if !slices.Equal(there, order) {
		b.misplaced++
		b.faults = append(b.faults, fmt.Sprintf("%s out of order: %s", what, strings.Join(order, ", ")))
	}
}

// The comparison must notice each kind of fault.
func TestCompareNotices(t *testing.T) {
	t.Parallel()
	r := record{follower: "Alice", said: []string{"m1", "m2", "m3"},
		answers: []answer{{"a1", "1", true}, {"a2", "2", true}, {"a3", "3", false}}}
	for _, test := range []struct {
		name  string
		seen  seen
		want  balance
		sound bool
	}{
		{"all once", seen{threads: [][]string{{"m1", "m2", "m3"}}, inbox: []string{"a1", "a2", "a3"}}, balance{}, true},
		{"in two tickets", seen{threads: [][]string{{"m1"}, {"m2", "m3"}}, inbox: []string{"a1", "a2"}}, balance{}, true},
		{"a message lost", seen{threads: [][]string{{"m1", "m3"}}, inbox: []string{"a1", "a2"}}, balance{lost: 1}, false},
		{"a message doubled", seen{threads: [][]string{{"m1", "m2", "m2", "m3"}}, inbox: []string{"a1", "a2"}},
			balance{doubled: 1}, false},
		{"messages in another order", seen{threads: [][]string{{"m2", "m1", "m3"}}, inbox: []string{"a1", "a2"}},
			balance{misplaced: 1}, false},
		{"an answer lost", seen{threads: [][]string{{"m1", "m2", "m3"}}, inbox: []string{"a2"}}, balance{lost: 1}, false},
		{"an answer of unknown outcome", seen{threads: [][]string{{"m1", "m2", "m3"}}, inbox: []string{"a2"},
			unknown: map[string]bool{"1": true}}, balance{unknown: 1}, true},
		{"an answer of unknown outcome, twice", seen{threads: [][]string{{"m1", "m2", "m3"}},
			inbox: []string{"a1", "a1", "a2"}, unknown: map[string]bool{"1": true}},
			balance{unknown: 1, doubled: 1}, false},
		{"an answer twice that nobody acknowledged", seen{threads: [][]string{{"m1", "m2", "m3"}},
			inbox: []string{"a1", "a2", "a3", "a3"}}, balance{doubled: 1}, false},
		{"somebody else's answer", seen{threads: [][]string{{"m1", "m2", "m3"}}, inbox: []string{"a1", "a2", "b1"}},
			balance{strange: 1}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := r.compare(test.seen)
			require.Equal(t, test.sound, got.sound())
			require.Equal(t, test.sound, len(got.faults) == 0)
			require.Equal(t, [7]int{3, 2, test.want.lost, test.want.doubled, test.want.misplaced, test.want.strange,
				test.want.unknown},
				[7]int{got.messages, got.answers, got.lost, got.doubled, got.misplaced, got.strange, got.unknown})
		})
	}
}
