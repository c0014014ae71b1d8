package conversation

import (
	"cmp"
	"strings"
)

// Order is a sync's place in its lane: first by when it was written, then by the number from WeChat or C4C.
type Order struct {
	At int64  `json:"at,omitempty"` // seconds since 1970
	ID string `json:"id,omitempty"` // a decimal number of any length; without one it comes first
}

// Compare is negative where o comes before p.
func (o Order) Compare(p Order) int {
	return cmp.Or(cmp.Compare(o.At, p.At), compareNumbers(o.ID, p.ID))
}

// before reports whether o comes before p.
func (o Order) before(p Order) bool { return o.Compare(p) < 0 }

// place is where something belongs in an ordered list: behind its equals. Most belong at the end.
func place[T any](list []T, o Order, orderOf func(T) Order) int {
	at := len(list)
	for at > 0 && o.before(orderOf(list[at-1])) {
		at--
	}
	return at
}

// compareNumbers compares decimal numbers of any length.
func compareNumbers(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) }
