package prove

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// record is what one follower and the agent who answers him remember: what the api has acknowledged.
type record struct {
	follower string
	said     []string // messages that WeChat was told to be taken, in order
	answers  []answer // the agent's replies, in order
}

// answer is one reply.
type answer struct {
	text, smaID string
	// acknowledged tells that C4C was told it is taken. Where the answer of the api was lost it may have been taken.
	acknowledged bool
}

// seen is what the two systems show in the end.
type seen struct {
	threads [][]string      // the follower's lines, by ticket
	inbox   []string        // the texts on the phone
	unknown map[string]bool // sma ids of replies whose outcome is unknown, and which wait for a person that says so
}

// balance compares what was acknowledged with what is there.
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

// compare wants every message once in C4C and every answer once on the phone, all in order. Of an answer whose outcome
// is unknown, or that nobody acknowledged, there may be one or none.
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

// count finds what is lost, doubled, out of order or from nowhere among what was found. Texts that may be there or not
// are counted once at most, wherever they stand.
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

// The comparison must notice what it is there for.
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
